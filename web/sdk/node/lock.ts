import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { kill, pid } from 'node:process'

export interface Lock {
  release(): Promise<void>
}

/** Takes a folder for this process until it is released or the process is gone. Rejects while another one has it. */
export async function lockFolder(folder: string): Promise<Lock> {
  const path = join(folder, 'lock')
  const own = `${pid} ${performance.timeOrigin}`
  for (let attempt = 0; ; attempt++) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.writeFile(own)
      await file.close()
      return { release: () => rm(path, { force: true }) }
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error
      const holder = await readFile(path, 'utf8').catch(() => '')
      if (attempt > 0 || isAlive(holder, own))
        throw new Error(`${folder} is in use by process ${holder.split(' ')[0]}: one process at a time.`, {
          cause: error,
        })
      await rm(path, { force: true })
    }
  }
}

/** In a container, whoever comes after a process that was killed may well have its number. */
function isAlive(holder: string, own: string): boolean {
  const holderPid = Number(holder.split(' ')[0])
  if (!Number.isInteger(holderPid) || holderPid <= 0) return false
  if (holderPid === pid) return holder === own
  try {
    kill(holderPid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
