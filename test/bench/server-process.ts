import { fork } from 'node:child_process'
import { once } from 'node:events'
import { compiled } from './compiled.ts'

/** What a process has used since it started; the stall is the longest one since the last question. */
export interface Spent {
  readonly cpuMs: number
  readonly stallMs: number
  readonly rss: number
}

/** A server that a bench measures, in a process of its own. */
export interface ServerProcess<Ready> {
  /** What the server said when it listened. */
  readonly ready: Ready
  spent(): Promise<Spent>
  /** Sends a message and answers the reply. */
  ask(message: object): Promise<unknown>
  stop(): Promise<void>
}

/** `BENCH_NODE_ARGS=--cpu-prof` shows where the time goes. */
const PROFILE = (process.env['BENCH_NODE_ARGS'] ?? '').split(' ').filter((arg) => arg !== '')

/** Starts a script of this folder, compiled; it calls `serve` (server-child.ts). */
export async function startServerProcess<Ready>(
  script: string,
  options: object,
): Promise<ServerProcess<Ready>> {
  const child = fork(await compiled(script), [JSON.stringify(options)], {
    execArgv: [...PROFILE, '--expose-gc'],
    serialization: 'advanced',
  })
  const exited = once(child, 'exit')
  const answer = async () => {
    const failed = exited.then(() => Promise.reject(new Error(`${script} ended too early`)))
    const [message]: unknown[] = await Promise.race([once(child, 'message'), failed])
    return message
  }
  const ready = (await answer()) as Ready
  const ask = async (message: object) => {
    child.send(message)
    return answer()
  }
  return {
    ready,
    ask,
    spent: async () => (await ask({ kind: 'spent' })) as Spent,
    stop: async () => {
      child.disconnect()
      await exited
    },
  }
}
