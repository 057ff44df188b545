import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/server.ts'
import { TalkingDevice } from './device.ts'
import { Speaker, startMessagingWorld, type Message, type MessagingWorld } from './world.ts'

let world: MessagingWorld
let second: TestServer
/** People at one server, and the same at the other. */
let here: Speaker[]
let there: Speaker[]
beforeAll(async () => {
  world = await startMessagingWorld()
  const { slapd, database } = world.server
  second = await startServer({ slapd, database })
  // Once somebody has signed in, the company is there.
  await world.speaker('hr')
  const logins = ['hr', 'staff', world.otherLogin()]
  here = await Promise.all(logins.map((login) => world.speaker(login)))
  there = await Promise.all(
    here.map(async ({ id }, n) => new Speaker(await second.login(logins[n] ?? '', 'dolores'), id)),
  )
}, 120_000)
afterAll(async () => {
  await second?.closeInstance()
  await world?.close()
})

const who = fc.integer({ min: 0, max: 2 })
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('say' as const),
      who,
      isHere: fc.boolean(),
      isLost: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('recall' as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('cut' as const), device: fc.integer({ min: 0, max: 5 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('connect' as const), device: fc.integer({ min: 0, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deafen' as const) }) },
)

const CALM = Array.from({ length: 30 }, (_, n) => ({
  kind: 'say' as const,
  who: n % 3,
  isHere: n % 2 === 0,
  isLost: n % 5 === 0,
}))

it('[K1] [S3] whatever breaks, every device has each message once, in the order of the conversation, as it is now', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(step, { minLength: 20, maxLength: 40 }),
      async (isCalm, steps) => {
        const [owner, ...others] = here
        const { id } = await owner!.group('History', ...others)
        const devices = [...here, ...there].map((speaker) => new TalkingDevice(speaker, id))
        const online = new Set(devices)
        await Promise.all(devices.map((device) => device.connect()))
        const said: Message[] = []
        const work: Promise<unknown>[] = []
        for (const [n, one] of steps.entries()) {
          // Where nothing breaks nobody asks again, so that all has to be told.
          if (isCalm && one.kind !== 'say' && one.kind !== 'recall') continue
          switch (one.kind) {
            case 'say': {
              // All that is said is said at the same time; an answer that is lost is asked for again.
              const speaker = (one.isHere ? here : there)[one.who]!
              const more = { idempotencyKey: crypto.randomUUID() }
              const say = async () => said.push(await speaker.say(id, `line ${n}`, more))
              work.push(one.isLost ? speaker.say(id, `line ${n}`, more).then(say) : say())
              break
            }
            case 'recall': {
              const mine = said.find(({ senderId }) => senderId === here[one.who]?.id)
              if (mine) work.push(here[one.who]!.recall(id, mine.id))
              break
            }
            case 'cut': {
              const device = devices[one.device]
              if (device && online.delete(device)) await device.cut()
              break
            }
            case 'connect': {
              const device = devices[one.device]
              if (device && !online.has(device)) work.push(device.connect())
              if (device) online.add(device)
              break
            }
            case 'deafen':
              await world.server.database.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE application_name = 'dolores listener' AND datname = current_database()`)
          }
        }
        await Promise.all(work)
        for (const device of devices) if (!online.has(device)) await device.connect()
        const truth = await owner!.messages(id)
        expect(truth?.filter(({ kind }) => kind !== 'NOTICE')).toHaveLength(said.length)
        for (const device of devices)
          await expect.poll(() => device.shown, { timeout: 15_000 }).toEqual(truth)
        await Promise.all(devices.map((device) => device.cut()))
      },
    ),
    { numRuns: 6, examples: [[true, CALM]] },
  )
}, 120_000)
