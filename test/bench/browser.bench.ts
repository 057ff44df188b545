import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { startSlapd, TEST_BASE } from '../support/slapd.ts'
import { longListCompany } from './browser-company.ts'
import { measureBrowser } from './browser-session.ts'
import type { Bench } from './figures.ts'
import { signedIn, startInstanceProcess } from './instance.ts'
import { LdapLine } from './ldap-line.ts'
import { startDatabase } from './world.ts'

/**
 * Issue 5, items 3 and 8: the app in a real browser, before a whole server with a large company: the first download, coming
 * back to the copy, changes, scrolling and searching. The figures of the page at rest say what the machine itself does.
 */
export const bench: Bench = async ({ isSmall, say }) => {
  const people = isSmall ? 3000 : 100_000
  const folder = await mkdtemp(join(tmpdir(), 'dolores-browser-'))
  const pages = join(folder, 'pages')
  await build({ configFile: 'web/vite.config.ts', logLevel: 'warn', build: { outDir: pages } })
  const { ldif, first } = longListCompany({ baseDn: TEST_BASE, people, listed: people / 5 })
  const slapd = await startSlapd({ ldif })
  const database = await startDatabase()
  const instance = await startInstanceProcess(slapd, database.url, { BENCH_PAGES: pages })
  const line = await LdapLine.open(slapd.options)
  try {
    await signedIn(instance.url, 'hr')
    say(`${people} people are in the directory`)
    return await measureBrowser({
      url: instance.url,
      profile: join(folder, 'profile'),
      people,
      rounds: isSmall ? 2 : 5,
      edit: (title) => line.send(line.replace(first, 'title', title)),
      say,
    })
  } finally {
    line.close()
    await instance.stop()
    await database.stop()
    await slapd.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
