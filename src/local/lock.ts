import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Lets go of the folder. */
export type Release = () => Promise<void>

/**
 * Takes the folder for this process; a living process that has it already is named in the error. A lock whose process has
 * died is taken over, also when its number was given to another process since.
 */
export async function claim(dir: string): Promise<Release> {
  const path = join(dir, 'lock')
  const mine = `${process.pid} ${await startOf(process.pid)}\n`
  const own = `${path}.${process.pid}`
  await writeFile(own, mine, { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      if (await linked(own, path)) return async () => await rm(path, { force: true })
      const theirs = await readFile(path, 'utf8').catch(() => '')
      const pid = Number.parseInt(theirs, 10)
      if (theirs === `${pid} ${await startOf(pid)}\n`) {
        throw new Error(
          `Dolores already runs on ${dir}: process ${pid}. Stop it first, or set DATA_DIR to another folder.`,
        )
      }
      await discard(path, theirs)
    }
    throw new Error(`${path} keeps changing hands: several starts at once? Try again.`)
  } finally {
    await rm(own, { force: true })
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Removes the dead lock that was read, and puts back one that somebody else has made in the meantime. */
async function discard(path: string, content: string): Promise<void> {
  const aside = `${path}.old-${process.pid}`
  try {
    await rename(path, aside)
    if ((await readFile(aside, 'utf8')) !== content) await linked(aside, path)
  } catch {
    // Another starter was faster; the next round sees what it left.
  } finally {
    await rm(aside, { force: true })
  }
}

/** When a process was started, in whatever form the system tells it; empty when there is no such process. */
async function startOf(pid: number): Promise<string> {
  if (!Number.isInteger(pid) || pid < 1) return ''
  if (existsSync('/proc/self/stat')) {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    // Field 22 of proc(5); the name in field 2 may hold spaces and parentheses.
    const ticks = text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
    return ticks === '' ? '' : `${ticks} ${boot.trim()}`
  }
  return await run('ps', ['-o', 'lstart=', '-p', String(pid)]).then(
    (out) => out.stdout.trim(),
    () => '',
  )
}
