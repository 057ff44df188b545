import { EasemobFailure } from './failure.ts'

/** What became of each of many. */
export interface Partly<T> {
  /** For these what was wanted holds, whether it did before or not. */
  readonly done: readonly T[]
  readonly failed: readonly { readonly item: T; readonly failure: EasemobFailure }[]
}

/** Most accounts that Easemob takes in one call. */
export const BATCH = 60

/**
 * Does something for many, batch by batch. What is refused for one batch is done for the others all the same; when Easemob
 * does not answer or we are ending, the rest fails without being tried.
 */
export async function inBatches<T>(
  items: readonly T[],
  size: number,
  act: (batch: readonly T[]) => Promise<Partly<T>>,
): Promise<Partly<T>> {
  const done: T[] = []
  const failed: { item: T; failure: EasemobFailure }[] = []
  let stopped: EasemobFailure | null = null
  for (let at = 0; at < items.length; at += size) {
    const batch = items.slice(at, at + size)
    const partly: Partly<T> = stopped ? failing(batch, stopped) : await act(batch).catch(refusedFor(batch))
    done.push(...partly.done)
    failed.push(...partly.failed)
    stopped ??= partly.failed.find(({ failure }) => failure.reason !== 'REFUSED')?.failure ?? null
  }
  return { done, failed }
}

export function failing<T>(items: readonly T[], failure: EasemobFailure): Partly<T> {
  return { done: [], failed: items.map((item) => ({ item, failure })) }
}

function refusedFor<T>(batch: readonly T[]) {
  return (error: unknown): Partly<T> => {
    if (error instanceof EasemobFailure) return failing(batch, error)
    throw error
  }
}
