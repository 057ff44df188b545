import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { signIn } from '../browser/browser.ts'
import { startChromium } from '../support/chromium.ts'
import { startSlapd, TEST_BASE } from '../support/slapd.ts'
import { longListCompany } from './browser-company.ts'
import { measureConsole } from './console-session.ts'
import type { Bench } from './figures.ts'
import { signedIn, startInstanceProcess } from './instance.ts'
import { LdapLine } from './ldap-line.ts'
import { startDatabase } from './world.ts'

/**
 * Issue 6, item 10: the console in a real browser, before a whole server with a large company: opened, to its last page, in
 * another order, searched, a person edited and saved. `BENCH_PEOPLE` names another number of people.
 */
export const bench: Bench = async ({ isSmall, say }) => {
  const people = isSmall ? 3000 : Number(process.env['BENCH_PEOPLE'] ?? 100_000)
  const folder = await mkdtemp(join(tmpdir(), 'dolores-console-'))
  const pages = join(folder, 'pages')
  await build({ configFile: 'web/vite.config.ts', logLevel: 'warn', build: { outDir: pages } })
  const { ldif, first } = longListCompany({ baseDn: TEST_BASE, people, listed: 100 })
  const slapd = await startSlapd({ ldif })
  const database = await startDatabase()
  const instance = await startInstanceProcess(slapd, database.url, { BENCH_PAGES: pages })
  const line = await LdapLine.open(slapd.options)
  try {
    await signedIn(instance.url, 'hr')
    say(`${people} people are in the directory`)
    const context = await startChromium(join(folder, 'profile'))
    const page = context.pages()[0] ?? (await context.newPage())
    page.setDefaultTimeout(60_000)
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.addInitScript(`Object.defineProperty(navigator, 'language', { get: () => 'zh-CN' })
      Object.defineProperty(navigator, 'languages', { get: () => ['zh-CN'] })`)
    await page.goto(instance.url)
    await signIn(page, 'hr')
    await page.getByRole('tree').waitFor({ timeout: 120_000 })
    await page.locator('.status-bar').waitFor({ state: 'detached' })
    const figures = await measureConsole({
      page,
      url: instance.url,
      people,
      rounds: isSmall ? 2 : 5,
      edit: (title) => line.send(line.replace(first, 'title', title)),
      usage: async () => await instance.usage(),
      say,
    })
    await context.close()
    return figures
  } finally {
    line.close()
    await instance.stop()
    await database.stop()
    await slapd.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
