import { parseArgs } from 'node:util'
import { openDatabase, type Database } from '../changelog/database.ts'
import { readHead } from '../changelog/log.ts'
import { confirm, readSource } from '../changelog/nodes.ts'
import { pause } from '../clock.ts'
import { messageOf } from '../errors.ts'
import { databaseUrl } from './database-url.ts'
import { leftOut, projectorHealth, requestReconcile } from '../projector/status.ts'

const USAGE = `npm run sync -- [--status] [--confirm] [--full]

How the log follows the directory.
  --status   where it stands, and which entries are malformed (the default)
  --confirm  lets the pass through at which it has stopped, because the directory is right
  --full     compares everything with the directory now`

/** How long an answer of the running server is waited for. */
const PATIENCE_MS = 30_000
const SHOWN = 20

try {
  await main()
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}

async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({ options: { status: flag, confirm: flag, full: flag, help: flag } })
  if (values.help) return console.log(USAGE)
  const db = await openDatabase(await databaseUrl())
  try {
    if (values.confirm) await confirmStop(db)
    if (values.full) await compareAll(db)
    if (values.status || !(values.confirm || values.full)) await showStatus(db)
  } finally {
    await db.close()
  }
}

async function showStatus(db: Database): Promise<void> {
  const { isAlive, stopped, reconciledAt } = await projectorHealth(db)
  const { version } = await readHead(db)
  const { count, first } = await leftOut(db, SHOWN)
  console.log(`Version of the log: ${version}`)
  console.log(`Projector: ${isAlive ? 'at work' : 'none runs'}`)
  if (stopped !== null) console.log(`It takes nothing from the directory. ${stopped}`)
  console.log(`Last full comparison: ${reconciledAt?.toISOString() ?? 'none yet'}`)
  console.log(`Malformed entries, left out: ${count}`)
  for (const { id, rdn, problems } of first) console.log(`  ${rdn} (${id}): ${problems.join('; ')}`)
  if (count > first.length) console.log(`  and ${count - first.length} more`)
}

async function confirmStop(db: Database): Promise<void> {
  const { stopped } = await readSource(db)
  if (stopped === null || !(await confirm(db))) {
    return console.log('Nothing waits for a confirmation.')
  }
  console.log(`Confirmed: ${stopped}`)
  const isThrough = await until(async () => (await readSource(db)).stopped === null)
  console.log(isThrough ? 'The log follows the directory again.' : 'No projector has taken it up yet.')
}

async function compareAll(db: Database): Promise<void> {
  await requestReconcile(db)
  const isDone = await until(async () => (await readSource(db)).reconciledAt !== null)
  console.log(
    isDone
      ? 'Everything was compared with the directory.'
      : 'Asked for. It has not ended yet; see `npm run sync -- --status`.',
  )
}

async function until(isSo: () => Promise<boolean>): Promise<boolean> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await pause(200)) {
    if (await isSo()) return true
  }
  return false
}
