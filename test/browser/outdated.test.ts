import type { BrowserContext, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violations } from './axe.ts'
import { shoot, signIn, type BrowserWorld } from './browser.ts'
import { useBrowserWorld } from './world.ts'

let world: BrowserWorld
useBrowserWorld((started) => (world = started))

/** What the app says of itself is made a number that the server serves no more; the refusal is the server's own. */
async function age(context: BrowserContext): Promise<void> {
  await context.route('**/graphql', async (route) => {
    const headers = route.request().headers()
    const isOurs = 'dolores-protocol' in headers
    await route.continue(isOurs ? { headers: { ...headers, 'dolores-protocol': '0' } } : {})
  })
}

/** The same of a socket alone. */
async function ageSockets(page: Page): Promise<void> {
  await page.routeWebSocket('**/graphql', (socket) => {
    const server = socket.connectToServer()
    socket.onMessage((message) => server.send(String(message).replace('"protocol":1', '"protocol":0')))
  })
}

/** The device has an app whose page the server has no more. */
const keepOldShell = (page: Page) =>
  page.evaluate(`(async () => {
    const [name] = await caches.keys()
    const cache = await caches.open(name)
    const text = await (await cache.match('/index.html')).text()
    const page = new Response(text.replace('<html', '<html data-old'), { headers: { 'content-type': 'text/html' } })
    await cache.put('/index.html', page)
  })()`)
const OLD = `'old' in document.documentElement.dataset`
const installed = (page: Page) =>
  expect.poll(() => page.evaluate(`navigator.serviceWorker.controller !== null`)).toBe(true)
const texts = { 'zh-CN': /应用版本过旧/, en: /no longer works with this version/ } as const
const buttons = { 'zh-CN': '更新', en: 'Update' } as const

describe('[W1] a server that serves this version of the app no more', () => {
  it.each(['zh-CN', 'en'] as const)(
    'is told to people with the way out, which loads the app anew: %s',
    async (language) => {
      const dark = language === 'en'
      const context = await world.context({ language, dark })
      const page = await world.signedIn('hr', context)
      await installed(page)
      await age(context)
      await page.reload()
      await page.getByRole('alert').filter({ hasText: texts[language] }).waitFor()
      await page.getByRole('tree').waitFor()
      await shoot(page, `outdated-${language}`)
      expect(await violations(page)).toEqual([])
      await keepOldShell(page)
      await page.reload()
      await expect.poll(() => page.evaluate(OLD).catch(() => 'navigating')).toBe(true)
      await page.getByRole('alert').waitFor()
      await context.unroute('**/graphql')
      await page.getByRole('button', { name: buttons[language] }).click()
      await expect.poll(() => page.evaluate(OLD).catch(() => 'navigating'), { timeout: 20_000 }).toBe(false)
      await page.getByRole('tree').waitFor()
      await expect.poll(() => page.locator('.status-bar').count()).toBe(0)
    },
  )

  it('is told where there is no copy yet, on a phone too', async () => {
    const context = await world.context({ phone: true })
    await age(context)
    const page = await world.page(context)
    await page.goto('/')
    await signIn(page, 'staff')
    await page.getByRole('alert').filter({ hasText: texts['zh-CN'] }).waitFor()
    await page.getByRole('button', { name: '更新' }).waitFor()
    await shoot(page, 'outdated-phone')
  })

  it('is told when the socket is closed for it while one looks, and every tab says so', async () => {
    const context = await world.context()
    const page = await world.page(context)
    await ageSockets(page)
    await page.goto('/')
    await signIn(page, 'hr')
    await page.getByRole('alert').filter({ hasText: texts['zh-CN'] }).waitFor()
    const other = await world.page(context)
    await other.goto('/')
    await other.getByRole('alert').filter({ hasText: texts['zh-CN'] }).waitFor()
    await other.getByRole('tree').waitFor()
  })

  it('is told again, and takes nothing away, when the new version cannot be had now', async () => {
    const context = await world.context()
    const page = await world.signedIn('hr', context)
    await installed(page)
    await age(context)
    await page.reload()
    await page.getByRole('alert').filter({ hasText: texts['zh-CN'] }).waitFor()
    await page.context().setOffline(true)
    await page.getByRole('button', { name: '更新' }).click()
    await page.getByRole('alert').filter({ hasText: '服务器没有响应' }).waitFor()
    await page.reload()
    await page.getByRole('tree').waitFor()
  })
})
