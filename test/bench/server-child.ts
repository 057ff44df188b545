import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Spent } from './server-process.ts'

interface Message {
  readonly kind: string
}

/** The side of the process that is measured: it says that it is ready, then answers questions until its parent is gone. */
export function serve(ready: object, answer: (message: Message) => Promise<object> | object): void {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const spent = (): Spent => {
    const { user, system } = process.cpuUsage()
    const stallMs = delay.max / 1e6
    delay.reset()
    return { cpuMs: (user + system) / 1000, stallMs, rss: process.memoryUsage.rss() }
  }
  process.on('message', (message: Message) => {
    if (message.kind === 'spent') process.send?.(spent())
    else void Promise.resolve(answer(message)).then((reply) => process.send?.(reply))
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.(ready)
}
