import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { jpegOf } from '../support/photos.ts'
import { violations } from './axe.ts'
import { subjectOf } from '../../web/sdk/subject.ts'
import { shoot, signIn, type BrowserWorld } from './browser.ts'
import { useBrowserWorld } from './world.ts'

let world: BrowserWorld
useBrowserWorld((started) => (world = started))

const people = () => world.server.slapd.layout.people
const modify = (login: string, change: string) =>
  world.server.slapd.ldapmodify(`dn: uid=${login},${people()}\nchangetype: modify\n${change}\n`)
const state = () => world.server.instance.replica.state
const person = (login: string) => {
  const found = [...state().all('staff')].find((s) => s.login === login)
  if (!found) throw new Error(`there is no ${login}`)
  return found
}
const department = (id: string) => state().get('department', id)?.name ?? ''
/** The department of somebody, opened by its address. */
async function openHome(page: Page, login: string): Promise<void> {
  await page.goto(`/departments/${person(login).memberships[0]?.departmentId}`)
  await page.getByRole('option').first().waitFor()
}
const databases = (page: Page) =>
  page.evaluate(`indexedDB.databases().then((all) => all.map(({ name }) => name))`)

describe('signing in', () => {
  it('says what is wrong, then opens; a reload stays signed in, without a password', async () => {
    const page = await world.page()
    await page.goto('/')
    await page.locator('[name=login]').waitFor()
    await shoot(page, 'login')
    await signIn(page, 'hr', 'wrong')
    await page.getByText('账号或密码不正确').waitFor()
    await shoot(page, 'login-refused')
    await signIn(page, 'hr')
    await page.getByRole('tree').waitFor()
    await page.reload()
    await page.getByRole('tree').waitFor()
    expect(await page.locator('[name=password]').count()).toBe(0)
  })

  it('[T110] [T118] keeps no token where a script could read it, and nothing at all after signing out', async () => {
    const page = await world.signedIn('staff')
    await page.getByRole('treeitem').first().waitFor()
    const kept = await page.evaluate(
      `JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])`,
    )
    expect(kept).not.toMatch(/eyJ|dolores_session|token/i)
    expect(await databases(page)).toEqual([expect.stringContaining(person('staff').id)])
    await page.getByRole('link', { name: '我', exact: true }).click()
    await page.getByRole('button', { name: '退出登录' }).click()
    await page.locator('[name=login]').waitFor()
    await expect.poll(() => databases(page)).toEqual([])
    expect(await page.evaluate(`localStorage.getItem('dolores.account')`)).toBeNull()
    await page.reload()
    await page.locator('[name=login]').waitFor()
  })

  it('[T118] says that whom somebody has starred goes with them, then forgets it in every tab when they sign out', async () => {
    const context = await world.context()
    const page = await world.signedIn('hr', context)
    const other = await world.page(context)
    await other.goto(`/staff/${person('staff').id}`)
    await other.getByRole('article').waitFor()
    await page.goto(`/staff/${person('staff').id}`)
    await page.getByRole('button', { name: '设为星标' }).click()
    const kept = () => page.evaluate(`JSON.stringify({ ...localStorage })`)
    expect(await kept()).toContain(person('staff').id)
    // Of an account before, by an app that did not forget.
    await page.evaluate(`localStorage.setItem('dolores.favourites.somebody', '{"starred":["x"]}')`)
    await page.goto('/me')
    const leave = page.getByRole('button', { name: '退出登录' })
    const question = page.getByRole('dialog', { name: '退出登录' })
    await leave.click()
    await question.getByText('1 位星标联系人只保存在这台设备上').waitFor()
    await shoot(page, 'sign-out')
    await question.getByRole('button', { name: '取消' }).click()
    expect(await kept()).toContain(person('staff').id)
    await leave.click()
    await question.getByRole('button', { name: '仍要退出' }).click()
    for (const each of [page, other]) await each.locator('[name=login]').waitFor()
    await expect.poll(kept).not.toContain('favourites')
    expect(await kept()).not.toContain(person('staff').id)
    await signIn(page, 'hr')
    await page.getByRole('link', { name: '联系人' }).click()
    // Nobody is starred any more: the own department stands there.
    await page.locator('.people-column').getByRole('option', { name: '韩蕊' }).waitFor()
  })

  it('one click is enough for the logins of a demo', async () => {
    const page = await world.page({ language: 'en-GB' })
    await page.goto('/')
    await page.getByRole('button', { name: 'guest' }).click()
    await page.getByRole('tree').waitFor()
    await shoot(page, 'guest-en')
  })
})

describe('contacts', () => {
  it('shows tree, people and a person, each with its address', async () => {
    const page = await world.signedIn('hr')
    await shoot(page, 'contacts')
    await page.getByRole('treeitem').nth(1).click()
    await page.getByRole('option').first().click()
    await page.getByRole('article').waitFor()
    await shoot(page, 'person')
    const address = page.url()
    expect(address).toMatch(/\/departments\/[0-9a-f-]+\/staff\/[0-9a-f-]+$/)
    const name = await page.getByRole('article').getByRole('heading').textContent()
    await page.reload()
    await page.getByRole('article').waitFor()
    expect(await page.getByRole('article').getByRole('heading').textContent()).toBe(name)
    await page.goBack()
    await page.goto('/no/such/page')
    await page.getByText('没有这个页面').waitFor()
  })

  it('follows the directory while one looks at it: a new title, a new name, somebody who leaves', async () => {
    const page = await world.signedIn('hr')
    await openHome(page, 'staff')
    await page.getByRole('option', { name: person('staff').name }).click()
    const card = page.getByRole('article')
    await modify('staff', 'replace: displayName\ndisplayName: Renamed Live')
    await card.getByRole('heading', { name: 'Renamed Live' }).waitFor()
    await page.getByRole('option', { name: 'Renamed Live' }).waitFor()
    const colleague = [...state().all('staff')].find(
      (s) =>
        s.status === 'ACTIVE' &&
        s.login !== 'staff' &&
        s.memberships[0]?.departmentId === person('staff').memberships[0]?.departmentId,
    )
    if (!colleague) throw new Error('nobody works with them')
    await page.getByRole('option', { name: colleague.name }).click()
    await card.getByRole('heading', { name: colleague.name }).waitFor()
    await world.server.slapd.ldapmodify(`dn: uid=${colleague.login},${people()}\nchangetype: delete\n`)
    await page.getByText('这位联系人已离职').waitFor()
    await shoot(page, 'left')
    expect(await page.getByRole('option', { name: colleague.name }).count()).toBe(0)
  })

  it('[K2] [D5] [T119] what is revoked vanishes at once, from the screen and from the device', async () => {
    const page = await world.signedIn('guest')
    await page.getByRole('treeitem').first().waitFor()
    const view = world.server.instance.sync.view(person('guest').id)
    const [seen] = view.staffList(null, true)
    const { login } = [...state().all('staff')].find((s) => s.id === seen?.id) ?? person('')
    const photo = (await jpegOf(200, 200)).toString('base64')
    await modify(
      login,
      `replace: jpegPhoto\njpegPhoto:: ${photo}\n-\nreplace: dlrAvatarHash\ndlrAvatarHash: ${'a'.repeat(64)}`,
    )
    await page.goto(`/staff/${seen?.id}`)
    const picture = await page.locator('.card img').getAttribute('src')
    const loads = `new Promise((resolve) => {
      const image = new Image()
      image.onload = () => resolve(true)
      image.onerror = () => resolve(false)
      image.src = '${picture}'
    })`
    expect(await page.evaluate(loads)).toBe(true)
    await modify('guest', 'delete: dlrRole')
    await page.getByText('还没有你可以查看的联系人').waitFor()
    expect(await page.evaluate(loads)).toBe(false)
    await shoot(page, 'revoked')
    const rows = await page.evaluate(`new Promise((resolve) => {
      const open = indexedDB.open('dolores.${person('guest').id}')
      open.onsuccess = () => {
        const all = open.result.transaction('staff').objectStore('staff').getAll()
        all.onsuccess = () => resolve(JSON.stringify(all.result).match(/"login"/g)?.length ?? 0)
      }
    })`)
    expect(rows).toBe(0)
  })

  it('[P4] [T49] an account that is disabled is shown the door within a moment, and nothing stays on the device', async () => {
    const login =
      [...state().all('staff')].find((s) => s.status === 'ACTIVE' && s.login.startsWith('p'))?.login ?? ''
    const page = await world.signedIn(login)
    await modify(login, 'replace: dlrDisabled\ndlrDisabled: TRUE')
    await page.getByText('登录已失效').waitFor()
    await expect.poll(() => databases(page)).toEqual([])
  })

  it('finds people and departments offline too, by what one remembers of them', async () => {
    const page = await world.signedIn('hr')
    await page.context().setOffline(true)
    await page.getByText(/离线|正在连接/).waitFor()
    await shoot(page, 'offline')
    await page.keyboard.press('Control+k')
    const wanted = [...state().all('staff')].find((s) => s.status === 'ACTIVE' && s.pinyin !== null)
    if (!wanted) throw new Error('nobody has a pinyin')
    await page.keyboard.type((wanted.pinyin ?? '').replace(/\s/g, ''))
    await page.getByRole('option', { name: wanted.name }).first().waitFor()
    await shoot(page, 'search')
    await page.keyboard.press('Enter')
    await page.getByRole('article').waitFor()
    await page.context().setOffline(false)
    await expect.poll(() => page.getByText(/离线|正在连接/).count(), { timeout: 20_000 }).toBe(0)
  })

  it('is worked by keys alone: the tree, the list, the search', async () => {
    const page = await world.signedIn('hr')
    await page.getByRole('treeitem').first().focus()
    await page.keyboard.press('ArrowDown')
    const second = page.getByRole('treeitem').nth(1)
    const focused = () => page.evaluate(`document.activeElement?.getAttribute('data-id')`)
    await expect.poll(focused).toBe(await second.getAttribute('data-id'))
    await page.keyboard.press('Enter')
    await expect.poll(() => second.getAttribute('aria-selected')).toBe('true')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => page.getByRole('treeitem').count()).toBe(1)
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => page.getByRole('treeitem').count()).toBeGreaterThan(5)
    await page.getByRole('option').first().focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('article').waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
  })

  it('stars somebody, and shows them first the next time', async () => {
    const page = await world.signedIn('hr')
    await openHome(page, 'staff')
    await page.getByRole('option').first().click()
    const name = (await page.getByRole('article').getByRole('heading').textContent()) ?? ''
    await page.getByRole('button', { name: '设为星标' }).click()
    await page.goto('/')
    await page.getByRole('listbox', { name: '星标联系人' }).getByRole('option', { name }).waitFor()
    await shoot(page, 'starred')
  })

  it.each([
    ['light', false],
    ['dark', true],
  ] as const)('on a phone has starred and frequent people above the departments, %s', async (name, dark) => {
    const page = await world.signedIn('hr', { phone: true, dark })
    const strip = page.getByRole('navigation', { name: '星标与常用' })
    expect(await strip.count()).toBe(0)
    const [starred, looked] = [person('staff'), person('guest')]
    await page.goto(`/staff/${starred.id}`)
    await page.getByRole('button', { name: '设为星标' }).click()
    for (const id of [looked.id, looked.id]) {
      await page.goto(`/staff/${id}`)
      await page.getByRole('article').waitFor()
    }
    await page.getByRole('button', { name: '返回' }).click()
    await strip.getByRole('link').nth(1).waitFor()
    await shoot(page, `phone-starred-${name}`)
    expect(await violations(page)).toEqual([])
    expect(await strip.getByRole('link').allTextContents()).toEqual([
      expect.stringContaining(`${starred.name}星标联系人`),
      expect.stringMatching(new RegExp(`${looked.name}$`)),
    ])
    await modify('staff', `replace: displayName\ndisplayName: Starred ${name}`)
    await strip.getByRole('link', { name: `Starred ${name}` }).click()
    await page
      .getByRole('article')
      .getByRole('heading', { name: `Starred ${name}` })
      .waitFor()
  })

  it('on a phone shows one column after the other, with a way back', async () => {
    const page = await world.signedIn('hr', { phone: true })
    await shoot(page, 'phone-tree')
    await page.getByRole('treeitem').nth(1).click()
    await page.getByRole('option').first().waitFor()
    await shoot(page, 'phone-people')
    await page.getByRole('option').first().click()
    await page.getByRole('article').waitFor()
    await shoot(page, 'phone-person')
    await page.getByRole('button', { name: '返回' }).click()
    await page.getByRole('option').first().waitFor()
    await page.getByRole('button', { name: '返回' }).click()
    await page.getByRole('tree').waitFor()
  })
})

describe('[T55] two tabs', () => {
  it('are both up to date, and sign out together', async () => {
    const context = await world.context()
    const [one, other] = [await world.signedIn('hr', context), await world.page(context)]
    await other.goto('/')
    await other.getByRole('tree').waitFor()
    await openHome(one, 'staff')
    await openHome(other, 'staff')
    await modify('staff', 'replace: displayName\ndisplayName: In both tabs')
    for (const page of [one, other]) await page.getByText('In both tabs').first().waitFor()
    await one.reload()
    await one.getByText('In both tabs').first().waitFor()
    await one.goto('/me')
    await one.getByRole('button', { name: '退出登录' }).click()
    for (const page of [one, other]) await page.locator('[name=login]').waitFor()
    await expect.poll(() => databases(other)).toEqual([])
  })

  it('[T118] go over to whoever signs in last, with their token, and keep nothing of whom was there before', async () => {
    const context = await world.context()
    const [one, other] = [await world.page(context), await world.page(context)]
    for (const page of [one, other]) {
      await page.goto('/me')
      await page.locator('[name=login]').waitFor()
    }
    let letGo = () => {}
    const held = new Promise<void>((resolve) => (letGo = resolve))
    let isAsked = false
    await one.route('**/session', async (route) => {
      const response = await route.fetch()
      isAsked = true
      await held
      await route.fulfill({ response })
    })
    await signIn(one, 'hr')
    await expect.poll(() => isAsked).toBe(true)
    await signIn(other, 'staff')
    const waiting = `navigator.locks.query().then(({ pending }) => pending.some(({ name }) => name === 'dolores.session'))`
    await expect.poll(() => other.evaluate(waiting)).toBe(true)
    letGo()
    const { id } = person('staff')
    for (const page of [one, other])
      await expect.poll(() => databases(page), { timeout: 15_000 }).toEqual([`dolores.${id}`])
    const asked = one.waitForRequest((request) => request.headers()['authorization'] !== undefined)
    await one.locator('a[href="/me/sessions"]').click()
    expect(subjectOf((await asked).headers()['authorization'] ?? '')).toBe(id)
  })
})

describe('[T110] names', () => {
  it('are text wherever they stand, whatever they look like', async () => {
    const page = await world.signedIn('hr')
    await openHome(page, 'staff')
    const evil = '<img src=x onerror=alert(1)><b>bold'
    await modify('staff', `replace: displayName\ndisplayName: ${evil}`)
    await modify('staff', 'replace: title\ntitle: javascript:alert(1)')
    await page.getByText(evil).first().click()
    await page.getByRole('article').getByText('javascript:alert(1)').first().waitFor()
    expect(await page.locator('img[src=x], b').count()).toBe(0)
    await page.keyboard.press('Control+k')
    await page.keyboard.type('staff')
    await page.getByRole('option', { name: evil }).first().waitFor()
    expect(department(person('staff').memberships[0]?.departmentId ?? '')).not.toBe('')
  })

  it('[T118] the page allows no script but its own, no frame around it, and no text as code', async () => {
    const response = await fetch(`${world.server.url}/`)
    const policy = response.headers.get('content-security-policy') ?? ''
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ])
      expect(policy).toContain(part)
    expect(policy).not.toContain('unsafe')
    expect(response.headers.get('cache-control')).toBe('no-cache')
    const [asset] = /\/assets\/[\w.-]+\.js/.exec(await response.text()) ?? []
    const script = await fetch(`${world.server.url}${asset}`)
    expect(script.headers.get('cache-control')).toContain('immutable')
    const page = await world.page()
    await page.goto('/')
    const outcome = await page.evaluate(`(() => {
      const script = document.createElement('script')
      try { script.text = 'window.hacked = 1' ; document.body.append(script) } catch {}
      try { document.body.innerHTML = '<img src=x onerror="window.hacked = 1">' } catch {}
      return window.hacked ?? null
    })()`)
    expect(outcome).toBeNull()
    world.complaints.length = 0
  })
})
