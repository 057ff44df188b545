import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { pause } from '../../src/clock.ts'
import { fileStore } from '../../web/sdk/node/file-store.ts'
import { memoryStore } from '../../web/sdk/store.ts'
import { Canaries } from '../support/lane/canary.ts'
import { VIEWERS } from '../support/lane/founding.ts'
import { KILLED } from '../support/lane/killed.ts'
import { LANE_TIMEOUT, type Floor, type Lane } from '../support/lane/lane.ts'
import { ONE_SERVER } from '../support/lane/one-server.ts'
import { play, rest } from '../support/lane/play.ts'
import { scriptOf, type Step } from '../support/lane/script.ts'
import { SdkDevice } from '../support/lane/sdk-device.ts'
import { Stage } from '../support/lane/stage.ts'
import { Violation } from '../support/lane/violation.ts'

const PATIENCE_MS = 60_000
/** What happens to the devices of the SDK, which do the rest by themselves. */
const ACTS = ['restart', 'log out', 'wait for others', 'look after']

/** The client of the SDK on two devices of everybody, beside the ones that the test moves step by step. */
async function playWithClients(lane: Lane, seed: number, turns: number): Promise<Stage['judge']['counts']> {
  const folder = await mkdtemp(join(tmpdir(), 'dolores-sdk-'))
  const floor = await lane.lay(new Canaries())
  const stage = await Stage.set(floor)
  const devices = devicesOf(stage, floor, folder)
  try {
    for (const device of devices) device.start()
    const faults = [...lane.faults, ...ACTS, ...ACTS]
    const script = scriptOf(seed, { turns, devices: stage.phones.length, faults, faultPercent: 45 })
    await play(stage, script, (step) => happen(step, devices, floor, stage))
    await comeToRest(stage, devices)
    return stage.judge.counts
  } catch (error) {
    throw new Error(`seed ${seed}: ${String(error)}\n${floor.log().slice(-20).join('')}`, { cause: error })
  } finally {
    await Promise.all(devices.map((device) => device.close()))
    await stage.close()
    await floor.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function devicesOf(stage: Stage, floor: Floor, folder: string): SdkDevice[] {
  const idOf = (login: string) =>
    stage.phones.find(({ name }) => name.endsWith(` of ${login}`))?.viewerId ?? ''
  return Object.keys(VIEWERS).flatMap((login) => {
    const kept = memoryStore()
    const stores = { tab: () => kept, program: () => fileStore(join(folder, login)) }
    return Object.entries(stores).map(
      ([kind, open]) =>
        new SdkDevice({
          name: `the ${kind} of ${login}`,
          login,
          viewerId: idOf(login),
          url: floor.urls[0] ?? '',
          journal: stage.journal,
          open,
        }),
    )
  })
}

async function happen(step: Step, devices: readonly SdkDevice[], floor: Floor, stage: Stage): Promise<void> {
  const device = devices[step.a % devices.length]
  switch (step.act) {
    case 'restart':
      return device?.restart()
    case 'log out':
      return device?.logOut()
    case 'wait for others':
      return device?.waitForOthers()
    case 'look after':
      await Promise.all(devices.map((each) => each.lookAfter()))
      return
    default:
      return floor.fault(step, stage)
  }
}

/** Every client that may be signed in shows the newest version, by itself. */
async function comeToRest(stage: Stage, devices: readonly SdkDevice[]): Promise<void> {
  await rest(stage)
  const entries = await stage.editor.entries()
  const mayEnter = (id: string) =>
    entries.some((e) => e.kind === 'staff' && e.id === id && e.status === 'ACTIVE')
  const { version } = stage.past.head
  for (const device of devices.filter(({ viewerId }) => mayEnter(viewerId))) {
    for (const deadline = Date.now() + PATIENCE_MS; ; await pause(20)) {
      await device.lookAfter()
      const { cursor, isLive } = device
      if (isLive && cursor !== null && stage.journal.position(cursor).version >= version) break
      if (Date.now() > deadline)
        throw new Violation('I1', `${device.name} does not come to rest: ${JSON.stringify(device.status)}`)
    }
  }
  await stage.judge.settle()
}

const SEED = Number(process.env['HISTORY_SEED'] ?? 7)

it(
  '[I1] [I2] [I3] [I4] [I6] [I10] [K1] [K3] [P3] [P4] [R2] clients of the SDK under random edits, pruning, restarts and ended sessions: nothing wrong is shown at any moment',
  async () => {
    const counts = await playWithClients(ONE_SERVER, SEED, 60)
    expect(counts.get('stored')).toBeGreaterThan(200)
    expect(counts.get('ended')).toBeGreaterThan(0)
  },
  LANE_TIMEOUT,
)

it(
  '[K1] [L1] [T76] clients of the SDK while server, slapd and PostgreSQL are killed with -9: they come back by themselves, with the truth',
  async () => {
    const counts = await playWithClients(KILLED, SEED, 16)
    expect(counts.get('stored')).toBeGreaterThan(50)
  },
  LANE_TIMEOUT,
)
