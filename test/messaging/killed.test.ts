import { afterAll, beforeAll, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { Client } from '../support/client.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { InstanceProcess } from '../support/instance-process.ts'
import { startSlapd, TEST_BASE, type TestSlapd } from '../support/slapd.ts'
import { TalkingDevice } from './device.ts'
import { Speaker } from './world.ts'

let slapd: TestSlapd
let database: TestDatabase
let servers: InstanceProcess[]
beforeAll(async () => {
  slapd = await startSlapd({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  database = await createDatabase()
  const options = { slapd, databaseUrl: database.url }
  servers = [await InstanceProcess.start(options), await InstanceProcess.start(options)]
}, 180_000)
afterAll(async () => {
  await Promise.all((servers ?? []).map((server) => server.kill9()))
  await database?.drop()
  await slapd?.stop()
})

async function signedIn(url: string, login: string): Promise<Speaker> {
  const client = new Client(url)
  await client.login(login, 'dolores')
  const { viewer } = await client.query('{ viewer { staff { id } } }')
  return new Speaker(client, (viewer as { staff: { id: string } }).staff.id)
}

/** Asks until there is an answer, each time at the next server. */
async function insist<T>(speakers: readonly Speaker[], ask: (speaker: Speaker) => Promise<T>): Promise<T> {
  for (let n = 0; ; n++) {
    const speaker = speakers[n % speakers.length]
    if (!speaker) throw new Error('nobody to ask')
    try {
      return await ask(speaker)
    } catch (error) {
      if (n >= 50) throw error
    }
  }
}

it('[10] a server killed with -9 while people talk: each message is written down once, and comes once to every device', async () => {
  const [first, second] = servers
  if (!first || !second) throw new Error('there are two servers')
  const hr = await Promise.all([first, second].map(({ url }) => signedIn(url, 'hr')))
  const staff = await Promise.all([second, first].map(({ url }) => signedIn(url, 'staff')))
  const { id } = await hr[0]!.group('Killed', staff[0]!)
  const near = new TalkingDevice(hr[0]!, id)
  const far = new TalkingDevice(staff[0]!, id)
  await Promise.all([near.connect(), far.connect()])

  const lines = Array.from({ length: 120 }, (_, n) => `line ${n}`)
  const say = async (text: string, n: number) => {
    const more = { idempotencyKey: `key ${n}` }
    await insist(n % 2 === 0 ? hr : staff, (speaker) => speaker.say(id, text, more))
    // Amid all of it, with requests under way.
    if (n === 30) await first.kill9()
  }
  await Promise.all(lines.map(say))

  await near.cut()
  const back = new TalkingDevice(hr[1]!, id)
  for (const [messageId, message] of near.messages) back.messages.set(messageId, message)
  await back.connect()
  const truth = await staff[0]!.messages(id, 100)
  const older = await staff[0]!.messages(id, 100, truth?.[0]?.seq ?? 0)
  const all = [...(older ?? []), ...(truth ?? [])]
  expect(all.flatMap(({ text }) => text ?? []).sort()).toEqual([...lines].sort())
  for (const device of [back, far]) await expect.poll(() => device.shown, { timeout: 15_000 }).toEqual(all)
  await Promise.all([back.cut(), far.cut()])
}, 120_000)
