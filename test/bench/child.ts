import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'

/** A process of a bench: it answers each question with one message. */
export interface Child {
  /** Asks, and reads the answer as `answer` says. */
  ask<T>(question: object, answer: z.ZodType<T>): Promise<T>
  stop(): Promise<void>
}

/** `BENCH_NODE_ARGS=--cpu-prof` shows where the time goes. */
const PROFILE = (process.env['BENCH_NODE_ARGS'] ?? '').split(' ').filter((arg) => arg !== '')

/** Starts a script beside this one; `task` is its only argument, as JSON. */
export function startChild(script: string, task: object): Child {
  const path = fileURLToPath(new URL(`./${script}`, import.meta.url))
  const args = ['--expose-gc', ...PROFILE, '--import', 'tsx', path, JSON.stringify(task)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const isOver = exited.then(() => Promise.reject(new Error(`${script} has ended`)))
  isOver.catch(() => {})
  return {
    ask: async (question, answer) => {
      child.send(question)
      const [message]: unknown[] = await Promise.race([once(child, 'message'), isOver])
      return answer.parse(message)
    },
    stop: async () => {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

/** The other side: what the process was started with, and its answers. It ends with whoever started it. */
export function serveParent<T>(task: z.ZodType<T>): {
  readonly task: T
  answer(reply: (question: unknown) => Promise<object>): void
} {
  process.on('disconnect', () => process.exit(0))
  return {
    task: task.parse(JSON.parse(process.argv[2] ?? '{}')),
    answer: (reply) =>
      process.on('message', (question) => {
        void reply(question).then((message) => process.send?.(message))
      }),
  }
}
