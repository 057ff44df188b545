import { fileURLToPath } from 'node:url'
import { afterEach, expect, it, vi } from 'vitest'
import { openDatabase } from '../../src/changelog/database.ts'
import { readSince } from '../../src/changelog/log.ts'
import { ACCESS_TOKEN_SECONDS } from '../../src/identity/access-tokens.ts'
import { EndedSessions } from '../../src/identity/ended-sessions.ts'
import { Sessions } from '../../src/identity/sessions.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { createLogger } from '../../src/log.ts'
import { Client } from '../support/client.ts'
import { createDatabase } from '../support/database.ts'
import { Device } from '../support/device.ts'
import { idOf } from '../support/entries.ts'
import { InstanceProcess } from '../support/instance-process.ts'
import { startSlapd, TEST_BASE } from '../support/slapd.ts'

const PATIENCE = { timeout: 60_000, interval: 50 }
const HOUR = 3_600_000
const CLOCK = fileURLToPath(new URL('../support/shifted-clock.mjs', import.meta.url))

let cleanUp: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanUp.toReversed()) await clean()
  cleanUp = []
})

async function comesTo(device: Device, text: string): Promise<void> {
  await vi.waitFor(async () => {
    await device.catchUp()
    expect(JSON.stringify([...device.copy.staff.values()])).toContain(text)
  }, PATIENCE)
}

it('[T83] instances whose clocks are an hour fast, an hour slow and in other time zones lead in turn: order is by version, and all agree', async () => {
  const database = await createDatabase()
  const slapd = await startSlapd({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  const db = await openDatabase(database.url)
  cleanUp.push(
    () => database.drop(),
    () => slapd.stop(),
    () => db.close(),
  )
  const start = async (shiftMs: number, TZ: string) => {
    const settings = { NODE_OPTIONS: `--import ${CLOCK}`, SHIFT_MS: String(shiftMs), TZ }
    const instance = await InstanceProcess.start({ slapd, databaseUrl: database.url, settings })
    cleanUp.push(() => instance.kill9())
    return instance
  }
  const title = (text: string) =>
    slapd.ldapmodify(
      `dn: uid=staff,${slapd.layout.people}\nchangetype: modify\nreplace: title\ntitle: ${text}\n`,
    )
  const fast = await start(HOUR, 'America/New_York')
  const slow = await start(-HOUR, 'Australia/Lord_Howe')
  const right = await start(0, 'UTC')

  const client = new Client(right.url)
  await client.login('hr', 'dolores')
  const device = new Device(client)
  await device.load()
  await title('by the fast one')
  await comesTo(device, 'by the fast one')
  await fast.kill9()
  await title('by the next')
  await comesTo(device, 'by the next')

  // Each signs tokens by its own clock. A token that is not good elsewhere is refused there, and a new one is had for it.
  const onSlow = new Client(slow.url)
  await onSlow.login('hr', 'dolores')
  const abroad = new Client(right.url)
  abroad.tokens = onSlow.tokens
  const { errors } = await abroad.ask('{ viewer { staff { login } } }')
  expect(errors[0]?.extensions['code']).toBe('UNAUTHENTICATED')
  await abroad.refresh()
  expect(await abroad.query('{ viewer { staff { login } } }')).toEqual({
    viewer: { staff: { login: 'hr' } },
  })
  onSlow.tokens = abroad.tokens
  await onSlow.query('{ viewer { staff { login } } }')

  const there = new Device(onSlow, device.copy)
  await title('at the end')
  await comesTo(there, 'at the end')
  expect(there.copy).toEqual(await new Device(abroad).load())
  const titles = (await readSince(db, 1, 100)).flatMap(({ changes }) =>
    changes.map(({ after }) => after?.kind === 'staff' && after.title),
  )
  expect(titles).toEqual(['by the fast one', 'by the next', 'at the end'])
}, 300_000)

it('[T83] [T49] a clock that jumps an hour ahead and back, or is an hour slow, makes nobody forget that a session has ended', async () => {
  const database = await createDatabase()
  const db = await openDatabase(database.url)
  cleanUp.push(
    () => database.drop(),
    () => db.close(),
  )
  const sessions = new Sessions(db, 'a secret of the tests, long enough for that')
  const endOne = async () => {
    const { id } = await sessions.create(idOf(1), { address: '127.0.0.1', userAgent: null })
    await sessions.revoke(id, null)
    return id
  }
  let shift = 0
  const ended = new EndedSessions(sessions, { now: () => Date.now() + shift }, createLogger('silent'))
  const early = await endOne()
  await ended.read()
  expect(ended.has(early)).toBe(true)
  shift = HOUR
  await ended.read()
  shift = 0
  // What ended while the clock was wrong, and what was forgotten by it.
  const meanwhile = await endOne()
  await ended.read()
  expect([ended.has(early), ended.has(meanwhile)]).toEqual([true, true])
  shift = -HOUR
  const late = await endOne()
  await ended.read()
  expect(ended.has(late)).toBe(true)
  // By the slow clock a token of it would be good until then.
  shift = -HOUR + HOUR + (ACCESS_TOKEN_SECONDS - 1) * 1000
  await ended.read()
  expect(ended.has(late)).toBe(true)
})
