import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface OnlineTask {
  /** With the path. */
  readonly url: string
  /** The subscription, with the variable `since`. */
  readonly query: string
  readonly clients: number
  /** Taken in turn. */
  readonly accounts: readonly { readonly accessToken: string; readonly cursor: string }[]
}

export interface OnlineReport {
  /** Of each client, without its first answer. */
  readonly deltas: readonly number[]
  readonly megabytes: number
  /** Connections that were closed on a client. */
  readonly cuts: number
  /** Digests that the clients of each account have now: one when all agree. */
  readonly digests: readonly (readonly string[])[]
  readonly problems: readonly string[]
  readonly cpuMs: number
}

export interface Online {
  report(): Promise<OnlineReport>
  stop(): Promise<void>
}

const SCRIPT = fileURLToPath(new URL('./online-process.ts', import.meta.url))

/** Resolves when every client has its first answer. */
export async function startOnline(task: OnlineTask): Promise<Online> {
  const args = ['--import', 'tsx', SCRIPT, JSON.stringify(task)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  await Promise.race([
    once(child, 'message'),
    exited.then(() => Promise.reject(new Error('the clients ended before they followed'))),
  ])
  return {
    report: async () => {
      child.send('report')
      const [report] = (await once(child, 'message')) as [OnlineReport]
      return report
    },
    stop: async () => {
      child.disconnect()
      await exited
    },
  }
}
