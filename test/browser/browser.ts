import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { build } from 'vite'
import { demoLdif } from '../../src/local/demo/company.ts'
import { launchChromium } from '../support/chromium.ts'
import { startServer, type TestServer, type TestServerOptions } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

/** A browser also writes down requests that fail and lines that break: those that a test provokes are its own business. */
const PROVOKED = /^Failed to load resource|^WebSocket connection|net::ERR/

/** Where pictures of what a test has seen are kept, to be looked at. */
const SHOTS = '.dolores/screenshots'
export interface PageOptions {
  readonly phone?: boolean
  readonly dark?: boolean
  readonly language?: string
}

/** The app in a real browser, before a whole server with the demo company. */
export class BrowserWorld {
  server: TestServer
  readonly browser: Browser
  /** What pages have complained about: nothing is expected to. */
  readonly complaints: string[] = []
  readonly #folder: string
  readonly #first: TestServer

  private constructor(server: TestServer, browser: Browser, folder: string) {
    this.server = server
    this.#first = server
    this.browser = browser
    this.#folder = folder
  }

  static async start(o: TestServerOptions & { people?: number } = {}): Promise<BrowserWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'dolores-app-'))
    await buildAsShipped(folder)
    const ldif = [...demoLdif({ baseDn: TEST_BASE, people: o.people ?? 200 })].join('')
    const server = await startServer({ ldif, mode: 'demo', pages: folder, ...o })
    await server.login('hr', 'dolores')
    const browser = await launchChromium()
    return new BrowserWorld(server, browser, folder)
  }

  /** The server is started anew at the same address, with the app as `change` leaves its folder. */
  async restart(change: (folder: string) => Promise<void> = async () => {}): Promise<void> {
    await change(this.#folder)
    const { slapd, database, url } = this.server
    await this.server.closeInstance()
    const settings = { PORT: new URL(url).port }
    this.server = await startServer({ slapd, database, mode: 'demo', pages: this.#folder, settings })
  }

  /** A browser of its own: nothing is shared with other contexts. */
  async context({
    phone = false,
    dark = false,
    language = 'zh-CN',
  }: PageOptions = {}): Promise<BrowserContext> {
    return await this.browser.newContext({
      baseURL: this.server.url,
      locale: language,
      colorScheme: dark ? 'dark' : 'light',
      viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 800 },
      hasTouch: phone,
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    })
  }

  async page(o: PageOptions | BrowserContext = {}): Promise<Page> {
    const context = 'newPage' in o ? o : await this.context(o)
    const page = await context.newPage()
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error' && !PROVOKED.test(message.text())) this.complaints.push(message.text())
    })
    return page
  }

  /** A page on which somebody has signed in and sees their contacts. */
  async signedIn(login: string, o: PageOptions | BrowserContext = {}): Promise<Page> {
    const page = await this.page(o)
    await page.goto('/')
    await signIn(page, login)
    await page.getByRole('tree').waitFor()
    return page
  }

  close(): Promise<void> {
    return this.browser
      .close()
      .then(() => this.server.closeInstance())
      .then(() => this.#first.close())
      .then(() => rm(this.#folder, { recursive: true, force: true }))
  }
}

/** Of a build for tests libraries give all elements one id, and React is the one for development. */
async function buildAsShipped(folder: string): Promise<void> {
  const before = process.env['NODE_ENV']
  process.env['NODE_ENV'] = 'production'
  try {
    await build({
      configFile: 'web/vite.config.ts',
      logLevel: 'warn',
      build: { outDir: folder, emptyOutDir: true },
    })
  } finally {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  }
}

export async function signIn(page: Page, login: string, password = 'dolores'): Promise<void> {
  await page.locator('[name=login]').fill(login)
  await page.locator('[name=password]').fill(password)
  await page.locator('form button').click()
}

/** Keeps a picture of a page. */
export async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(SHOTS, { recursive: true })
  await page.screenshot({ path: join(SHOTS, `${name}.png`) })
}
