import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { shoot, signIn, type BrowserWorld } from './browser.ts'
import { useBrowserWorld } from './world.ts'

let world: BrowserWorld
useBrowserWorld((started) => (world = started))

/**
 * Waits for what an expression of the page gives. Not `waitForFunction`: the page's
 * Content-Security-Policy refuses that its script is evaluated a second time.
 */
const eventually = (page: Page, expression: string) =>
  expect.poll(() => page.evaluate(expression).catch(() => 'navigating'), { timeout: 20_000 })
/** The app itself is on the device. */
const installed = (page: Page) => eventually(page, `navigator.serviceWorker.controller !== null`).toBe(true)
const modify = (change: string) =>
  world.server.slapd.ldapmodify(
    `dn: uid=staff,${world.server.slapd.layout.people}\nchangetype: modify\n${change}\n`,
  )

describe('[7] without the server', () => {
  it('opens from the device, finds people, and goes on when the server is back', async () => {
    const page = await world.signedIn('hr')
    await installed(page)
    await page.context().setOffline(true)
    await page.reload()
    await page.getByRole('tree').waitFor()
    await page.getByText(/^离线/).waitFor()
    await shoot(page, 'offline-reload')
    await page.goto('/me/settings')
    await page.getByRole('heading', { name: '设置' }).waitFor()
    await page.goto('/')
    await page.getByRole('tree').waitFor()
    await modify('replace: displayName\ndisplayName: While offline')
    await page.context().setOffline(false)
    await page.keyboard.press('Control+k')
    await page.keyboard.type('While offline')
    await page.getByRole('option', { name: 'While offline' }).first().waitFor()
  })

  it('lives through a restart of the server, and through a token that ran out meanwhile', async () => {
    const page = await world.signedIn('hr')
    await world.restart()
    await modify('replace: displayName\ndisplayName: After the restart')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('After the restart')
    await page.getByRole('option', { name: 'After the restart' }).first().waitFor({ timeout: 25_000 })
  })

  it('[K2] [T119] shows no copy that was away from the server for longer than its lease, whatever the clock says', async () => {
    const page = await world.signedIn('hr')
    await installed(page)
    await page.context().setOffline(true)
    // Eight days later.
    await page.context().addInitScript(`{
      const now = Date.now
      Date.now = () => now() + 8 * 86_400_000
    }`)
    await page.reload()
    // It is kept, and says so: it opens when the server is reached.
    await page.getByText('长时间未联网，本机通讯录已锁定').waitFor()
    expect(await page.getByRole('tree').count()).toBe(0)
    await shoot(page, 'expired')
  })

  it('is not put off by a clock that is wrong by days, either way', async () => {
    for (const days of [-3, 3]) {
      const context = await world.context()
      await context.addInitScript(`{
        const now = Date.now
        Date.now = () => now() + ${days} * 86_400_000
      }`)
      const page = await world.signedIn('hr', context)
      await modify(`replace: displayName\ndisplayName: Clock ${days}`)
      await page.keyboard.press('Control+k')
      await page.keyboard.type(`Clock ${days}`)
      await page
        .getByRole('option', { name: `Clock ${days}` })
        .first()
        .waitFor()
      await page.reload()
      await page.getByRole('tree').waitFor()
    }
  })
})

describe('a device that cannot keep the copy', () => {
  it('says so instead of loading for ever, and opens when there is room again', async () => {
    const context = await world.context()
    const page = await world.page(context)
    await page.goto('/')
    await page.evaluate(`{
      IDBObjectStore.prototype.put = () => {
        throw new DOMException('full', 'QuotaExceededError')
      }
    }`)
    await signIn(page, 'hr')
    await page.getByRole('alert').getByText('无法在本机保存通讯录').waitFor()
    expect(await page.getByRole('progressbar').count()).toBe(0)
    await shoot(page, 'not-kept')
    // A page that is loaded anew has its own functions again.
    await page.getByRole('button', { name: '重试' }).click()
    await page.getByRole('tree').waitFor()
  })
})

it('a part of the app that cannot be fetched says so, and takes the rest of the page not with it', async () => {
  const context = await world.context()
  // As for whoever opens the app for the first time: nothing of it is on the device.
  await context.route('**/sw.js', (route) => route.abort())
  const page = await world.signedIn('hr', context)
  await page.route('**/assets/chart-page*.js', (route) => route.abort())
  await page.locator('a[href="/chart"]').click()
  await page.getByRole('alert').getByText('出了点问题').waitFor()
  await shoot(page, 'part-missing')
  expect(world.complaints.splice(0).join()).toContain('dynamically imported module')
  await page.locator('.rail a[href="/"]').click()
  await page.getByRole('tree').waitFor()
})

it('[T118] whoever signs out without the server stays signed out when it is back', async () => {
  const page = await world.signedIn('hr')
  await installed(page)
  await page.goto('/me')
  await page.context().setOffline(true)
  await page.getByRole('button', { name: '退出登录' }).click()
  await page.locator('[name=login]').waitFor()
  await page.reload()
  await page.locator('[name=login]').waitFor()
  await page.context().setOffline(false)
  await page.reload()
  await page.locator('[name=login]').waitFor()
  await eventually(page, `localStorage.getItem('dolores.leaving')`).toBeNull()
  await page.reload()
  await page.locator('[name=login]').waitFor()
})

it('[T118] a renewal that was under way when somebody signed out signs nobody in', async () => {
  const page = await world.signedIn('hr')
  let letGo = () => {}
  const held = new Promise<void>((resolve) => (letGo = resolve))
  let isAsked = false
  await page.route('**/session/refresh', async (route) => {
    const response = await route.fetch()
    isAsked = true
    await held
    await route.fulfill({ response })
  })
  await page.goto('/me')
  await expect.poll(() => isAsked).toBe(true)
  await page.getByRole('button', { name: '退出登录' }).click()
  await page.locator('[name=login]').waitFor()
  await page.evaluate(`{
    window.kept = []
    const set = Storage.prototype.setItem
    Storage.prototype.setItem = function (key, value) {
      window.kept.push(key)
      set.call(this, key, value)
    }
  }`)
  letGo()
  await page.evaluate(`navigator.locks.request('dolores.session', () => null)`)
  expect(await page.evaluate(`window.kept`)).not.toContain('dolores.account')
  await eventually(page, `localStorage.getItem('dolores.leaving')`).toBeNull()
  await page.locator('[name=login]').waitFor()
  await page.reload()
  await page.locator('[name=login]').waitFor()
})

describe('[7] a new version of the app', () => {
  it('is offered, begins when it is wanted and not before, and then is the one that opens', async () => {
    const page = await world.signedIn('hr')
    await installed(page)
    const version = () => page.evaluate(`caches.keys().then((names) => names.join())`)
    const before = await version()
    await world.restart(async (folder) => {
      const path = join(folder, 'sw.js')
      const source = await readFile(path, 'utf8')
      await writeFile(path, source.replace(/VERSION = '\w+'/, "VERSION = 'next'"))
    })
    await page.evaluate(`navigator.serviceWorker.getRegistration().then((r) => r.update()).then(() => null)`)
    await page.getByText('有新版本可用').waitFor()
    await shoot(page, 'update')
    expect(await version()).toContain(before)
    await page.evaluate(`window.isOld = true`)
    await page.getByRole('button', { name: '更新' }).click()
    await eventually(page, `window.isOld ?? null`).toBeNull()
    await page.getByRole('tree').waitFor()
    await expect.poll(version).toBe('shell-next')
  })
})

it('[T118] what the device keeps of the app is nothing of what people see', async () => {
  const page = await world.signedIn('hr')
  await installed(page)
  const kept = await page.evaluate(`(async () => {
    const texts = []
    for (const name of await caches.keys())
      for (const request of await (await caches.open(name)).keys())
        texts.push(request.url, await (await caches.match(request)).text())
    return texts.join('\\n')
  })()`)
  expect(kept).toContain('/assets/')
  const names = [...world.server.instance.replica.state.all('staff')]
    .map((s) => s.login)
    .filter((l) => l.length > 6)
  expect(names.filter((login) => String(kept).includes(login))).toEqual([])
  expect(kept).not.toMatch(/eyJ[\w-]{10}/)
})
