import type { WholeDelta } from '../../../web/sdk/staging.ts'
import type { History, Step, StepOf } from './history.ts'
import { difference, look } from './invariants.ts'
import { Seat } from './seat.ts'
import { World } from './world.ts'

/** Turns of the event loop after which nothing is expected to come any more. */
const PATIENCE = 300

/** A history as it happens. */
interface Scene {
  readonly world: World
  readonly seats: readonly Seat[]
  seat(n: number): Seat
  /** Everything that an instance has to push is on its way, and has arrived. */
  push(n: number): Promise<void>
}

type Acts = { readonly [Do in Step['do']]: (scene: Scene, step: StepOf<Do>) => unknown }

const ACTS: Acts = {
  edit: ({ world }, { edit }) => world.commit([edit]),
  refresh: ({ world }, { edits }) => world.commit(edits),
  pull: (scene, { seat, crash }) => scene.seat(seat).pull(crash),
  page: (scene, { seat }) => scene.seat(seat).page(),
  follow: async (scene, { seat }) => {
    await scene.seat(seat).follow()
    for (const n of scene.world.instances.keys()) await scene.push(n)
  },
  leave: (scene, { seat }) => scene.seat(seat).leave(),
  push: (scene, { instance }) => scene.push(instance),
  receive: (scene, { seat, how, crash }) => scene.seat(seat).receive(how, crash),
  hear,
  restart: (scene, { seat }) => scene.seat(seat).restart(),
  prune: ({ world }, { keep }) => world.prune(keep),
  away: (scene, { seat, edit }) => {
    scene.world.commit([edit])
    scene.world.prune(0)
    scene.seat(seat).leave()
    return scene.seat(seat).pull()
  },
  lag: ({ world }, { instance }) => {
    const it = world.instance(instance)
    it.isLagging = !it.isLagging
    if (!it.isLagging) it.replica.look()
  },
  look: ({ world }, { instance }) => world.instance(instance).replica.look(),
  move: (scene, { seat }) => {
    const it = scene.seat(seat)
    it.leave()
    it.instance = scene.world.instances.find((other) => other !== it.instance) ?? it.instance
  },
  roam,
  restore: ({ world }, { back }) => world.restore(back),
  borrow: (scene, { seat, from }) => scene.seat(seat).borrow(scene.seat(from)),
  damage: (scene, { seat, row }) => scene.seat(seat).damage(row),
  write: readYourWrites,
  rest,
}

/** Lets a history happen; throws Violation where a promise does not hold. */
export async function run(history: History): Promise<void> {
  const world = new World(history.pace)
  try {
    const seats = history.seats.map((plan) => new Seat(world, plan))
    const scene: Scene = {
      world,
      seats,
      seat: (n) => {
        const seat = seats[n % seats.length]
        if (!seat) throw new Error('nobody watches')
        return seat
      },
      push: async (n) => {
        const instance = world.instance(n)
        await world.push(instance)
        for (const seat of seats) seat.arrived(instance)
      },
    }
    for (const seat of seats) await seat.pull()
    for (const step of history.steps) await perform(scene, step)
    await rest(scene)
  } finally {
    world.close()
  }
}

async function perform<Do extends Step['do']>(scene: Scene, step: StepOf<Do>): Promise<void> {
  const act: (scene: Scene, step: StepOf<Do>) => unknown = ACTS[step.do]
  const replaced = scene.world.instances.map((instance) => instance.replaced)
  await act(scene, step)
  // Whoever follows is told at once that history was replaced, whatever the state will be when others are pushed to.
  for (const [n, instance] of scene.world.instances.entries())
    if (instance.replaced !== replaced[n]) await scene.push(n)
}

async function roam(scene: Scene, { seat, edit }: StepOf<'roam'>): Promise<void> {
  const { world } = scene
  const it = scene.seat(seat)
  for (const instance of world.instances) instance.isLagging = instance !== it.instance
  world.commit([edit])
  it.instance.replica.look()
  await it.pull()
  it.leave()
  it.instance = world.instances.find((other) => other !== it.instance) ?? it.instance
  await it.pull()
}

async function hear(scene: Scene, { seat }: StepOf<'hear'>): Promise<void> {
  const it = scene.seat(seat)
  await it.follow()
  await scene.push(scene.world.instances.indexOf(it.instance))
  it.receiveAll()
}

/** K3, I11: what was written through one instance is read through another that is told the version. */
async function readYourWrites(scene: Scene, { seat, edit }: StepOf<'write'>): Promise<void> {
  const { world } = scene
  world.commit([edit])
  const it = scene.seat(seat)
  const writer = world.instances.find((other) => other !== it.instance) ?? it.instance
  writer.replica.look()
  const written = world.today(writer)
  const page = await writer.sync.snapshot(it.personId, 1, null)
  if (page.kind === 'SnapshotPage') await it.instance.sync.waitFor(page.version)
  it.restart()
  const made = await it.pull()
  const { cursor } = it.device
  if (made.kind === 'committed' && cursor) look('read', { written, shown: world.past.at(cursor) })
}

/** All is quiet: what was pushed has arrived, and everybody asks until there is nothing more. */
async function rest(scene: Scene): Promise<void> {
  const { world, seats } = scene
  for (const instance of world.instances) instance.replica.look()
  for (const n of world.instances.keys()) await scene.push(n)
  const pulled = new Map<Seat, WholeDelta | null>()
  for (const seat of seats) pulled.set(seat, await comeToRest(scene, seat))
  for (const [seat, delta] of pulled) await expectRest(scene, seat, delta)
}

/** Answers what a question told after everything pushed was read; null when it did not follow, or not in order. */
async function comeToRest(scene: Scene, seat: Seat): Promise<WholeDelta | null> {
  await receiveUntilCurrent(scene, seat)
  const { isFollowing } = seat
  for (let again = 0; again < 10; again++) {
    const made = await seat.pull()
    if (made.kind === 'committed' && isAtHead(scene, seat)) return isFollowing ? made.delta : null
  }
  throw new Error('a device never comes to rest')
}

/** Pushes that take more than one turn to work out come a few turns later. */
async function receiveUntilCurrent({ world }: Scene, seat: Seat): Promise<void> {
  seat.receiveAll()
  for (let turn = 0; turn < PATIENCE && seat.isFollowing; turn++) {
    const { rows } = seat.device.store
    if (!rows || difference(rows, world.today(seat.instance).view(seat.personId)) === null) return
    await new Promise(setImmediate)
    seat.arrived(seat.instance)
    seat.receiveAll()
  }
}

function isAtHead({ world }: Scene, { device, instance }: Seat): boolean {
  return device.cursor !== null && world.past.at(device.cursor) === world.today(instance)
}

async function expectRest(
  { world, seats }: Scene,
  { device, personId, instance }: Seat,
  pulled: WholeDelta | null,
): Promise<void> {
  if (device.held.kind !== 'copy') return
  const fresh = []
  for (const { sync } of world.instances) {
    const page = await sync.snapshot(personId, 5000, null)
    if (page.kind === 'Resync') throw new Error(`a snapshot from its beginning: ${page.reason}`)
    fresh.push({ cursor: page.version, digest: page.digest })
  }
  const head = world.today(instance)
  const twins = seats.flatMap((seat) => {
    const { held } = seat.device
    const isTwin = seat.personId === personId && held.kind === 'copy'
    return isTwin && world.past.at(held.copy.cursor) === head ? [{ digest: held.copy.digest }] : []
  })
  look('rested', { personId, head, copy: device.held.copy, pulled, twins, fresh })
}
