import { LRUCache } from 'lru-cache'
import { hash } from 'node:crypto'
import type { View } from '../access/view.ts'
import { compareText } from '../model/canonical.ts'
import { BUCKETS } from '../model/state.ts'
import type { Block } from './blocks.ts'
import { depthOf } from './delta.ts'
import { markRow, NO_ROWS, type Summary } from './digest.ts'
import type { Turn } from './turn.ts'
import { blockOf } from './standing.ts'
import type { Touched } from './touched.ts'

/** Work in small steps: whoever drives it may let others have their turn at each yield. */
export type Steps<T> = Generator<void, T>

/** A block and what its rows add up to. */
export interface Made {
  readonly block: Block
  /** Null until somebody has asked for it. */
  summary: Summary | null
}

/** Rows that are made between two yields. */
const STEP = 16
/** Ids in blocks that are kept beside those that somebody still holds. */
const KEPT_IDS = 2_000_000

/**
 * Cuts views into blocks. A block is known by the entries it holds and the key of each row, so that audiences that see the
 * same there share it, and nothing of it is made a second time.
 */
export class BlockMaker {
  readonly #touched: Touched
  readonly #made = new LRUCache<string, Made>({
    maxSize: KEPT_IDS,
    sizeCalculation: ({ block }) => block.ids.length + 1,
  })
  /** For tests and metrics: blocks that were cut and not known before. */
  count = 0

  constructor(touched: Touched) {
    this.#touched = touched
  }

  /** History was replaced: versions mean something else now. */
  clear(): void {
    this.#made.clear()
  }

  /**
   * The people of one type in one of `count` runs of buckets. `view` is asked again after each yield; `version` is the
   * view's.
   */
  *staff(view: () => View, version: number, typeId: string, index: number, count: number): Steps<Made> {
    const width = BUCKETS / count
    const all: string[] = []
    for (let bucket = index * width; bucket < (index + 1) * width; bucket++)
      all.push(...view().state.typeBucket(typeId, bucket))
    const name = `${typeId} ${index}/${count} ${this.#epoch(index, count, version)}`
    return yield* this.#block('STAFF', name, all.sort(compareText), view)
  }

  /** All departments, parents before children: a block holds departments of one depth and one of `count` runs of buckets. */
  *departments(view: () => View, count: number): Steps<Made[]> {
    const placed: { id: string; depth: number; index: number }[] = []
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const ids = [...view().state.bucket('department', bucket)]
      for (const id of ids) {
        if (view().key('department', id) === null) continue
        placed.push({ id, depth: depthOf(view(), id), index: blockOf(id, count) })
        if (placed.length % STEP === 0) yield
      }
    }
    placed.sort((a, b) => a.depth - b.depth || a.index - b.index || compareText(a.id, b.id))
    const blocks: Made[] = []
    for (let start = 0; start < placed.length;) {
      const first = placed[start]
      let end = start
      while (placed[end]?.depth === first?.depth && placed[end]?.index === first?.index) end++
      const ids = placed.slice(start, end).map(({ id }) => id)
      blocks.push(yield* this.#block('DEPARTMENT', null, ids, view))
      start = end
    }
    return blocks
  }

  /** `name` stands for the entries of the ids; null: nothing but the rows themselves tells what they are. */
  *#block(
    category: Block['category'],
    name: string | null,
    candidates: readonly string[],
    view: () => View,
  ): Steps<Made> {
    const kind = category === 'STAFF' ? 'staff' : 'department'
    const ids: string[] = []
    const keys: string[] = []
    for (const [i, id] of candidates.entries()) {
      const key = name === null ? rowOf(view(), category, id)?.revision : view().key(kind, id)
      if (key != null) {
        ids.push(id)
        keys.push(`${id} ${key}`)
      }
      if (i % STEP === STEP - 1) yield
    }
    yield
    const key = `${category} ${name ?? ''} ${hash('sha256', keys.join('\n'))}`
    const known = this.#made.get(key)
    if (known) return known
    const made: Made = { block: { category, ids }, summary: null }
    this.#made.set(key, made)
    this.count++
    return made
  }

  /** What the rows of a block add up to. */
  *summary(made: Made, view: () => View): Steps<Summary> {
    if (made.summary) return made.summary
    let summary = NO_ROWS
    const { category, ids } = made.block
    for (const [i, id] of ids.entries()) {
      const row = rowOf(view(), category, id)
      if (row) summary = markRow(summary, row, view())
      if (i % STEP === STEP - 1) yield
    }
    made.summary = summary
    return summary
  }

  /** Names the entries of a run of buckets as of a version: by the last version that touched one of them, where that is known. */
  #epoch(index: number, count: number, version: number): string {
    const width = BUCKETS / count
    let last = 0
    for (let bucket = index * width; bucket < (index + 1) * width; bucket++) {
      const touched = this.#touched.staffBucket(bucket, version)
      if (touched === null) return `at ${version}`
      last = Math.max(last, touched)
    }
    return String(last)
  }
}

export function rowOf(view: View, category: Block['category'], id: string) {
  return category === 'STAFF' ? view.staff(id) : view.department(id)
}

export function runAll<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** Lets the event loop turn whenever a slice is over. */
export async function drive<T>(steps: Steps<T>, turn: Turn): Promise<T> {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (turn.isOver) await turn.next()
  }
}
