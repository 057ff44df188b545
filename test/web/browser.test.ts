import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { Administrator } from '../edit/world.ts'
import { bundleFor, openPage, startChromium } from '../support/chromium.ts'
import { Device } from '../support/device.ts'
import { clientFor } from '../support/pass.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'
import type * as InBrowser from './in-browser.ts'
import { STORE_CONTRACT } from './store-contract.ts'

/** The SDK in a real Chromium, with its IndexedDB. */
declare const sdk: typeof InBrowser

let server: TestServer
let profile: string
let script: string
let context: BrowserContext
let page: Page
beforeAll(async () => {
  profile = await mkdtemp(join(tmpdir(), 'dolores-chromium-'))
  script = await bundleFor(join(import.meta.dirname, 'in-browser.ts'), 'sdk')
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  await start()
})
afterAll(async () => {
  await context?.close()
  await server?.close()
  await rm(profile, { recursive: true, force: true })
})

async function start(): Promise<void> {
  context = await startChromium(profile)
  page = await openPage(context, server.url, script)
}

describe('a copy in IndexedDB', () => {
  it.each(STORE_CONTRACT.map(({ says }) => says))('%s', (says) => page.evaluate((s) => sdk.holds(s), says))

  it.each([
    ['people that are cut off', 'staff', '[{"id": "p1"'],
    ['people that are none', 'staff', '[null]'],
    ['people without their departments', 'staff', '[{"id":"p1","revision":"1","name":"A","login":"a"}]'],
    ['people that are no text', 'staff', 7],
    ['departments that are none', 'outline', '{"n":1,"departments":[{}],"standings":[]}'],
    ['departments without counts', 'outline', '{"n":1,"departments":[]}'],
    ['a head that is none', 'head', {}],
    ['a head without a note', 'head', { cursor: 'v1', digest: '', note: null }],
    ['first people that are none', 'first', '{}'],
  ])('[K1] with %s is no copy, and nothing of it stays', async (_, store, record) => {
    const damaged = await page.evaluate((args: [string, unknown]) => sdk.loadDamaged('damaged', ...args), [
      store,
      record,
    ] as [string, unknown])
    expect(damaged).toEqual({ isCopy: false, left: '[[],[],[],[]]' })
  })

  it('[K1] of which the database is deleted while it is open is written whole with the next step', async () => {
    expect(await page.evaluate(() => sdk.emptied('emptied'))).toEqual({ taken: 'applied', title: 'New' })
  })

  it('[K1] tells of departments with the counts of its version first, then of those who were asked for', async () => {
    const { said, rows, first, readBefore } = await page.evaluate(() => sdk.outlines('outlined'))
    expect(said).toEqual(rows)
    expect(said).toEqual([
      [300, 300, 0, 0, 1, 1],
      [300, 299, 1, 1, 1, 1],
      [299, 297, 2, 2, 2, 2],
      [297, 297, 0, 0, 2, 2],
    ])
    expect(readBefore).toBeLessThan(100)
    // The first of a department of 300 come before it is read.
    expect(first.map(({ before }) => before)).toEqual(first.map(({ after }) => after.slice(0, 32)))
    expect(first.map(({ before }) => before.slice(0, 3))).toEqual([
      ['p0', 'p1', 'p10'],
      ['p0', 'p10', 'p100'],
      ['p0', 'p10', 'p100'],
      ['p0', 'p10', 'p100'],
    ])
  })

  it('[K1] of the layout before is no copy, and nothing of it stays', async () => {
    expect(await page.evaluate(() => sdk.loadFormer('former'))).toEqual({
      isCopy: false,
      left: '[[],[],[],[]]',
    })
  })

  it('[K1] [T76] of a browser that is killed with -9 in the middle of its steps is true at its version', async () => {
    for (const wanted of [4, 9]) {
      await page.evaluate(() => sdk.writeForEver())
      await page.waitForFunction((n) => sdk.storedSteps() >= n, wanted)
      const gone = new Promise((resolve) => context.once('close', resolve))
      for (const pid of processesOf(profile)) process.kill(pid, 'SIGKILL')
      await gone
      await rm(join(profile, 'SingletonLock'), { force: true })
      await start()
      expect(await page.evaluate(() => sdk.stepOfKept())).toBeGreaterThanOrEqual(0)
    }
  }, 60_000)
})

describe('a client in a browser', () => {
  it('loads once, shows changes as they happen, and after a reload asks only for what has changed', async () => {
    const device = new Device(await clientFor(server, 'hr'))
    const token = device.client.tokens?.accessToken ?? ''
    const first = await page.evaluate(([url = '', t = '']) => sdk.live(url, t), [server.url, token])
    expect(first).toMatchObject({ kind: 'live', asked: ['Snapshot', 'ChangesSince'] })
    await setTitle('In the browser')
    await page.evaluate(() => sdk.untilTitle('In the browser'))
    await page.close()
    await setTitle('While it was reloaded')
    page = await openPage(context, server.url, script)
    const second = await page.evaluate(([url = '', t = '']) => sdk.live(url, t), [server.url, token])
    await page.evaluate(() => sdk.untilTitle('While it was reloaded'))
    expect(second.asked).toEqual(['ChangesSince'])
    const { digest } = await device.load()
    expect(await page.evaluate(() => sdk.shown().digest)).toBe(digest)
  })

  it('[P4] [K2] has nothing left in IndexedDB when its session ends', async () => {
    const session = await server.login('hr', 'dolores')
    const token = session.tokens?.accessToken ?? ''
    await page.close()
    page = await openPage(context, server.url, script)
    await page.evaluate(([url = '', t = '']) => sdk.live(url, t), [server.url, token])
    expect(await page.evaluate(() => sdk.dump('copy'))).toContain('While it was reloaded')
    await session.query('mutation { logout }')
    await page.evaluate(() => sdk.untilEnded())
    expect(await page.evaluate(() => sdk.dump('copy'))).toBe('[[],[],[],[]]')
  })
})

describe('several tabs', () => {
  it('[K1] [K3] [P4] one of them speaks to the server, all show the same, another leads on, and all lose it together', async () => {
    const session = await server.login('hr', 'dolores')
    const token = session.tokens?.accessToken ?? ''
    await page.close()
    const tabs = [await openPage(context, server.url, script), await openPage(context, server.url, script)]
    const [first, second] = tabs
    if (!first || !second) throw new Error('there are two')
    const begin = (tab: Page) =>
      tab.evaluate(([url = '', t = '']) => sdk.live(url, t, true), [server.url, token])
    expect((await begin(first)).asked).toEqual(['Snapshot', 'ChangesSince'])
    const joined = await begin(second)
    expect(joined).toMatchObject({ kind: 'live', asked: [] })

    const heard = tabs.map((tab) => tab.evaluate(() => sdk.untilTitle('In both tabs')))
    await setTitle('In both tabs')
    await Promise.all(heard)
    const digests = await Promise.all(tabs.map((tab) => tab.evaluate(() => sdk.shown().digest)))
    expect(digests[1]).toBe(digests[0])
    const hr = new Administrator(session)
    const id = [...server.instance.replica.state.all('staff')].find(({ login }) => login === 'staff')?.id
    const { version } = await hr.edit('updateStaff', { id, ifRevision: null, title: 'Waited for' })
    expect(
      await second.evaluate(([v = '', t = '']) => sdk.waitFor(v, t), [version ?? '', 'Waited for']),
    ).toBe(true)

    await first.close()
    await setTitle('After the leader was closed')
    await second.evaluate(() => sdk.untilTitle('After the leader was closed'))
    expect(await second.evaluate(() => sdk.shown().asked)).not.toContain('Snapshot')

    const third = await openPage(context, server.url, script)
    await begin(third)
    await session.query('mutation { logout }')
    await Promise.all([second, third].map((tab) => tab.evaluate(() => sdk.untilEnded())))
    expect(await third.evaluate(() => sdk.dump('tabs'))).toBe('[[],[],[],[]]')
    page = third
  })
})

const setTitle = (title: string) =>
  server.slapd.ldapmodify(
    `dn: uid=staff,ou=people,${TEST_BASE}\nchangetype: modify\nreplace: title\ntitle: ${title}\n`,
  )

/** Processes of the browser that was started on a profile: all name it, and nobody else does. */
function processesOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`--user-data-dir=${folder}`)
      } catch {
        return false
      }
    })
    .map(Number)
}
