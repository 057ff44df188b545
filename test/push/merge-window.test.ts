import { describe, expect, it } from 'vitest'
import { MergeWindow } from '../../src/push/merge-window.ts'

/** Evaluates what comes at these times; when each evaluation took place. */
function evaluations(window: MergeWindow, times: readonly number[]): number[] {
  const made: number[] = []
  for (const time of times) {
    const last = made.at(-1) ?? Number.NEGATIVE_INFINITY
    // It is gathered into an evaluation that is to come already.
    if (time <= last) continue
    const at = time + window.delay(time)
    window.open(at)
    made.push(at)
  }
  return made
}

const every = (ms: number, count: number) => Array.from({ length: count }, (_, i) => i * ms)

describe('how long versions are gathered', () => {
  it('[P5] one that comes after a quiet time waits for nothing, however often that happens', () => {
    expect(evaluations(new MergeWindow(20), every(25, 100))).toEqual(every(25, 100))
  })

  it('[P5] a burst that lasts is told at longer and longer intervals, up to a bound', () => {
    expect(evaluations(new MergeWindow(20), every(1, 500))).toEqual([0, 20, 60, 140, 240, 340, 440, 540])
  })

  it('[P5] [P3] no time grows beyond half a second', () => {
    expect(evaluations(new MergeWindow(200), every(1, 2500))).toEqual([0, 200, 600, 1100, 1600, 2100, 2600])
    expect(evaluations(new MergeWindow(900), every(1, 2500))).toEqual([0, 900, 1800, 2700])
  })

  it('[P5] after the end of a burst the next version waits for nothing, and the next burst begins small', () => {
    const window = new MergeWindow(20)
    expect(evaluations(window, every(1, 300)).at(-1)).toBe(340)
    expect(evaluations(window, [500, 501, 502])).toEqual([500, 520])
  })

  it('[P5] without a time to gather nothing waits', () => {
    expect(evaluations(new MergeWindow(0), every(1, 5))).toEqual([0, 1, 2, 3, 4])
  })
})
