import { pause } from '../../clock.ts'

/** Time that only passes: nobody sets it. Tests pass their own. */
export interface Time {
  /** Milliseconds since some moment. */
  now(): number
  /** Resolves after `ms`, or at once when the signal aborts; it never rejects. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
}

export const steadyTime: Time = { now: () => performance.now(), wait: pause }
