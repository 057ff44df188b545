import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it, vi } from 'vitest'
import { migrate } from '../../src/changelog/migrate.ts'
import { LdapPool } from '../../src/directory/pool.ts'
import { DirectoryWriter } from '../../src/directory/writer.ts'
import { serviceUser } from '../../src/local/child.ts'
import { PrivatePostgres } from '../../src/local/postgres.ts'
import { World } from './world.ts'

const SCRIPT = fileURLToPath(new URL('./projector-process.ts', import.meta.url))
const SEED = 20260101
const ROUNDS = 6
const WRITERS = 2

let cleanUp: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const clean of cleanUp.toReversed()) await clean()
  cleanUp = []
})

/** Numbers from 0 up to a limit, the same in every run. */
function numbers(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return Math.floor((state / 0x80000000) * limit)
  }
}

it('[L1][L2][T76] slapd, PostgreSQL and the projector killed with -9 under writes: log and directory agree', async () => {
  const postgres = await ownPostgres()
  const world = await World.start({ databaseUrl: postgres.url() })
  cleanUp.push(() => world.close())
  const random = numbers(SEED)
  const projector = ownProjector(world, postgres.url())

  const writing = { on: true }
  const tally = { done: 0 }
  const writers = Array.from({ length: WRITERS }, (_, n) => write(world, numbers(SEED + n), writing, tally))
  const followsOn = async () => {
    const version = await world.version()
    const done = tally.done
    await vi.waitFor(async () => expect(await world.version()).toBeGreaterThan(version + 3), {
      timeout: 60_000,
    })
    expect(tally.done).toBeGreaterThan(done)
  }
  await followsOn()
  const kills = [
    async () => {
      await world.slapd.kill9()
      await world.slapd.restart()
    },
    () => postgres.killAndRestart(),
    () => projector.kill(),
  ]
  for (let round = 0; round < ROUNDS; round++) {
    const chosen = kills.filter((_, n) => n === round % kills.length || random(3) === 0)
    await Promise.all(chosen.map((kill) => kill()))
    await followsOn()
  }
  writing.on = false
  await Promise.all(writers)
  await world.consumed(30_000)
  await world.expectAgreement()
  expect(await world.version()).toBeGreaterThan(ROUNDS * 3)
}, 300_000)

/** Random writes one after another; what fails because something was just killed is tried no more. */
async function write(
  world: World,
  random: (limit: number) => number,
  writing: { on: boolean },
  tally: { done: number },
): Promise<void> {
  const pool = new LdapPool(world.slapd.options)
  const writer = new DirectoryWriter(pool)
  const { departments, people, trash } = world.slapd.layout
  const unit = () => `ou=${random(8)}`
  const someUnit = () => (random(2) === 0 ? `${unit()},${departments}` : `${unit()},${unit()},${departments}`)
  const somebody = () => `uid=p${random(60)},${people}`
  const text = () => `t${random(1e6)}`
  const units = ['organizationalUnit', 'dlrDepartmentEntry']
  const titled = () => [{ operation: 'replace' as const, attribute: 'title', values: [text()] }]
  const actions = [
    () => writer.add(somebody(), { objectClass: 'inetOrgPerson', cn: text(), sn: 's' }),
    () => writer.modify(somebody(), titled()),
    () => writer.modify(somebody(), titled()),
    () => writer.remove(somebody()),
    () => writer.add(someUnit(), { objectClass: units }),
    () => writer.move(someUnit(), someUnit()),
    () => writer.move(someUnit(), `ou=${text()},${trash}`),
    () => writer.remove(someUnit()),
  ]
  while (writing.on) {
    const isDone = await actions[random(actions.length)]?.().then(
      () => true,
      () => false,
    )
    if (isDone) tally.done++
  }
  await pool.close()
}

/** A PostgreSQL that may be killed; it waits for the disk, as a real one does. */
async function ownPostgres() {
  const dir = await mkdtemp(join(tmpdir(), 'dolores-crash-'))
  await chmod(dir, 0o711)
  const start = () => PrivatePostgres.start({ dir: join(dir, 'postgres'), user: serviceUser() })
  let server = await start()
  cleanUp.push(async () => {
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  })
  await migrate(server.url)
  return {
    url: () => server.url,
    killAndRestart: async () => {
      server.kill()
      await server.exited
      server = await start()
    },
  }
}

/** Starts again by itself when it ends, as a supervisor would have it. */
function ownProjector(world: World, databaseUrl: string) {
  const { log: _, ...directory } = world.slapd.options
  const args = ['--import', 'tsx', SCRIPT, JSON.stringify({ databaseUrl, directory })]
  let isWanted = true
  let ended = Promise.resolve()
  let child: ChildProcess | null = null
  const start = () => {
    child = spawn(process.execPath, args, { stdio: 'ignore' })
    ended = once(child, 'exit').then(() => {
      if (isWanted) start()
    })
  }
  const kill = async () => {
    child?.kill('SIGKILL')
    await ended
  }
  start()
  cleanUp.push(() => {
    isWanted = false
    return kill()
  })
  return { kill }
}
