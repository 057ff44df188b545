import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pause } from '../clock.ts'
import { signal } from './child.ts'

const run = promisify(execFile)
const PATIENCE = [
  // Its guard may already be ending it; then fast shutdown; then immediate, from which the next start recovers.
  { signal: 0, ms: 500 },
  { signal: 'SIGINT', ms: 10_000 },
  { signal: 'SIGQUIT', ms: 10_000 },
] as const

/**
 * Ends the server that an earlier life left running on `data`, and notes in `dir` that it is ours from now on. Throws when
 * the process that started it still lives: two of us on one folder would end each other's database.
 */
export async function endLeftover(dir: string, data: string): Promise<void> {
  const note = join(dir, 'owner')
  const pidFile = join(data, 'postmaster.pid')
  const pid = await firstNumber(pidFile)
  if (pid !== null && (await isServerOf(pid, data))) {
    const owner = await firstNumber(note)
    if (owner !== null && owner !== process.pid && signal(owner, 0))
      throw new Error(
        `Process ${owner} already runs the private PostgreSQL in ${dir}. Stop it first, or set DATA_DIR to another folder.`,
      )
    await end(pid, dir)
  } else if (pid !== null) {
    // PostgreSQL would refuse to start when another process of its account has been given the old number.
    await rm(pidFile, { force: true })
  }
  await writeFile(note, `${process.pid}\n`)
}

async function end(pid: number, dir: string): Promise<void> {
  for (const step of PATIENCE) {
    signal(pid, step.signal)
    const deadline = Date.now() + step.ms
    while (Date.now() < deadline) {
      if (!signal(pid, 0)) return
      await pause(20)
    }
  }
  throw new Error(`A PostgreSQL from before (process ${pid}) still runs in ${dir} and does not end. Stop it.`)
}

async function firstNumber(path: string): Promise<number | null> {
  if (!existsSync(path)) return null
  const pid = Number.parseInt(await readFile(path, 'utf8'), 10)
  return pid > 1 ? pid : null
}

/** Whether the process is a PostgreSQL on this folder, and not a stranger that was given its number. */
async function isServerOf(pid: number, data: string): Promise<boolean> {
  if (!signal(pid, 0)) return false
  const command = existsSync('/proc/self')
    ? await readFile(`/proc/${pid}/cmdline`, 'utf8').then((text) => text.replaceAll('\0', ' '))
    : (await run('ps', ['-o', 'args=', '-p', String(pid)])).stdout
  return command.includes(data)
}
