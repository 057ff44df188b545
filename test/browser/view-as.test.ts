import type { Page } from 'playwright-core'
import { describe, expect, it, vi } from 'vitest'
import { audienceOf } from '../../src/access/grant.ts'
import { View } from '../../src/access/view.ts'
import { violations } from './axe.ts'
import { shoot, type BrowserWorld } from './browser.ts'
import { useBrowserWorld } from './world.ts'

vi.setConfig({ testTimeout: 60_000 })

let world: BrowserWorld
useBrowserWorld((started) => (world = started))

const state = () => world.server.instance.replica.state
const person = (login: string) => {
  const found = [...state().all('staff')].find((s) => s.login === login)
  if (!found) throw new Error(`there is no ${login}`)
  return found
}
const banner = (page: Page) => page.locator('.looking-banner')
/** What lies on the device: names of databases, keys, caches, and all that stands under them. */
const kept = async (page: Page) =>
  (await page.evaluate(`(async () => {
    const stored = []
    for (const { name } of await indexedDB.databases()) stored.push('db ' + name)
    for (const store of [localStorage, sessionStorage])
      for (const key of Object.keys(store)) stored.push(key + '=' + store.getItem(key))
    for (const name of await caches.keys())
      for (const { url } of await (await caches.open(name)).keys()) stored.push(url)
    return stored.sort()
  })()`)) as string[]

/** HR looks as the guest, from their drawer. */
async function looking(page: Page, login = 'guest'): Promise<void> {
  page.setDefaultTimeout(12_000)
  await page.goto(`/admin/staff/${person(login).id}`)
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^(操作|Actions)$/ })
    .click()
  await page.getByRole('menuitem', { name: /^(以此人身份查看|Look as this person)$/ }).click()
  await banner(page).waitFor()
}

describe('[T39] looking at the directory as somebody else', () => {
  it('shows exactly what they see, below a banner, with nothing to edit; it ends where it began', async () => {
    const page = await world.signedIn('hr')
    const guest = person('guest')
    await looking(page)
    await page.getByRole('tree').waitFor()
    await banner(page).getByText(`你正以 ${guest.name} 的身份查看通讯录`).waitFor()
    expect(await page.title()).toContain(guest.name)
    const view = new View(audienceOf(state(), guest.id), state())
    const tops = [...state().all('department')].filter(
      ({ id, parentId }) => view.department(id) && (parentId === null || !view.department(parentId)),
    )
    const shown = await page.getByRole('treeitem', { level: 1 }).allInnerTexts()
    expect(new Set(shown.map((text) => text.split('\n')[0]?.trim()))).toEqual(
      new Set(tops.map(({ name }) => name)),
    )
    const all = [...state().all('staff')].filter((s) => s.status === 'ACTIVE')
    const names = new Set(all.filter((s) => view.staff(s.id)).map(({ name }) => name))
    const hidden = all.find((s) => !names.has(s.name))
    const seen = [...state().all('staff')].find((s) => s.id !== guest.id && view.staff(s.id))
    if (!hidden || !seen) throw new Error('the guest sees all or nobody')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill(seen.name)
    await page
      .locator('.search')
      .getByRole('option', { name: new RegExp(seen.name) })
      .first()
      .click()
    await page.getByRole('heading', { name: seen.name }).waitFor()
    expect(await page.getByRole('button', { name: /星标/ }).count()).toBe(0)
    await shoot(page, 'view-as')
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill(hidden.name)
    await page.getByText('没有找到').or(page.locator('.search').getByRole('option')).first().waitFor()
    expect(await page.getByRole('option', { name: hidden.name }).count()).toBe(0)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('combobox').count()).toBe(0)
    expect(await page.getByRole('link', { name: /管理|我/ }).count()).toBe(0)
    await banner(page).getByRole('button', { name: '结束查看' }).click()
    await page.getByRole('dialog').getByText(guest.name).first().waitFor()
    expect(await banner(page).count()).toBe(0)
    const client = await world.server.login('hr', 'dolores')
    const log = await client.query(
      `{ admin { auditLog(filter: { action: "access.viewAs" }, first: 1) { edges { node { actorLogin onBehalfOf } } } } }`,
    )
    expect(JSON.stringify(log)).toContain(guest.id)
    expect(JSON.stringify(log)).toContain('"hr"')
  })

  it('leaves nothing on the device, and is gone when the page is loaded anew', async () => {
    const page = await world.signedIn('hr')
    await page.getByRole('tree').waitFor()
    await page.goto('/admin')
    await page.getByRole('grid').waitFor()
    const before = await kept(page)
    await looking(page)
    await page.getByRole('tree').waitFor()
    const view = new View(audienceOf(state(), person('guest').id), state())
    const seen = [...state().all('staff')].find((s) => view.staff(s.id) && s.id !== person('guest').id)
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill(seen?.name ?? '')
    await page.locator('.search').getByRole('option').first().click()
    await page.getByRole('heading', { name: seen?.name ?? '' }).waitFor()
    expect(await kept(page)).toEqual(before)
    // Nor in the history of the browser: the address stays where it was.
    expect(new URL(page.url()).pathname).toBe(`/admin/staff/${person('guest').id}`)
    await page.reload()
    await page.getByRole('dialog').getByText(person('guest').name).first().waitFor()
    expect(await banner(page).count()).toBe(0)
    expect(await kept(page)).toEqual(before)
  })

  it('the server refuses edits with what the page has, and what it showed goes with the right to look', async () => {
    const page = await world.signedIn('hr', { dark: true, language: 'en', phone: true })
    let token = ''
    page.on('request', (request) => {
      if ((request.postData() ?? '').includes('query Snapshot'))
        token = request.headers()['authorization'] ?? ''
    })
    await looking(page, 'staff')
    await page.getByRole('tree').waitFor()
    await shoot(page, 'view-as-dark')
    expect(await violations(page)).toEqual([])
    const tried = await fetch(`${world.server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: token, 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'mutation { updateProfile(input: { nickname: "x" }) { __typename } }' }),
    })
    expect(tried.status).toBe(403)
    expect(person('staff').nickname).not.toBe('x')
    // Whoever is looked as sees all at once what the one who looks may not: it is over at the next question.
    const client = await world.server.login('hr', 'dolores')
    await client.query('mutation ($i: UpdateStaffInput!) { updateStaff(input: $i) { __typename } }', {
      i: { id: person('staff').id, isDisabled: true },
    })
    await expect.poll(() => person('staff').status).toBe('DISABLED')
    await banner(page).getByRole('button', { name: 'Read again' }).click()
    await page.getByText('Looking as somebody else is over').waitFor()
    expect(await page.getByRole('tree').count()).toBe(0)
    await banner(page).getByRole('button', { name: 'End' }).click()
    await page.getByRole('dialog').waitFor()
  })

  it('is offered where access is explained; refused for oneself with a reason; the back button ends it', async () => {
    const page = await world.signedIn('hr')
    page.setDefaultTimeout(12_000)
    await page.goto('/admin')
    await page.getByRole('link', { name: '角色与权限' }).click()
    await page.getByRole('link', { name: '权限检查' }).click()
    const pick = async (login: string) => {
      await page.getByLabel('查看的人', { exact: true }).click()
      await page.keyboard.type(login)
      await page.locator('.ant-select-item-option', { hasText: new RegExp(`· ${login}$`) }).click()
      await page.getByRole('button', { name: `以 ${person(login).name} 的身份查看` }).click()
    }
    await pick('hr')
    await page.getByText('不能以此人身份查看').waitFor()
    expect(await banner(page).count()).toBe(0)
    await shoot(page, 'view-as-refused')
    await pick('guest')
    await banner(page).waitFor()
    await page.goBack()
    await expect.poll(() => banner(page).count()).toBe(0)
    expect(new URL(page.url()).pathname).toBe('/admin/access/explain')
    await page.getByLabel('查看的人', { exact: true }).waitFor()
  })
})
