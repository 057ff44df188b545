import fc from 'fast-check'
import { history, type History } from '../sync/lane/history.ts'
import { importFaulty } from './faulty.ts'
import type { Mutant } from './mutants.ts'

const LENGTH = 24

/** The same histories for every mutant. */
export const histories = (count: number, seed: number): readonly History[] =>
  fc.sample(history(LENGTH), { numRuns: count, seed })

export interface Hunt {
  /** Histories that were needed; null when none of them shows the fault. */
  readonly runs: number | null
  /** What gave it away. */
  readonly by: string
}

/** Lets histories happen with a fault in the code until one of them shows it. */
export async function hunt(mutant: Mutant, over: readonly History[]): Promise<Hunt> {
  const run = runOf(await importFaulty('test/sync/lane/run.ts', 'lane', mutant))
  for (const [i, each] of over.entries()) {
    try {
      await run(each)
    } catch (error) {
      return { runs: i + 1, by: String(error).split('\n')[0]?.slice(0, 100) ?? '' }
    }
  }
  return { runs: null, by: 'nothing' }
}

/** `run` of test/sync/lane/run.ts, whichever fault it was built with. */
function runOf(module: unknown): (history: History) => Promise<void> {
  if (module === null || typeof module !== 'object' || !('run' in module)) throw new Error('not the lane')
  const { run } = module
  if (typeof run !== 'function') throw new Error('not the lane')
  return (each) => run(each)
}
