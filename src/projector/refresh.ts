import type { Operation, Projection, Put, Step } from './diff.ts'
import { emptied, totalsOf, type MassGuard } from './guard.ts'

/** How to judge the end of a refresh phase. */
export interface Judgement {
  readonly guard: MassGuard
  readonly now: number
  /** A person has let a mass loss pass (L6). */
  readonly isConfirmed: boolean
  /** Entries without a known parent are believed to be what the directory shows us, and stay absent. */
  readonly acceptsOrphans: boolean
}

export type Verdict =
  | { readonly kind: 'commit'; readonly step: Step }
  /** Not a state that a directory can be in, or too much is missing: ask for everything again, without a cookie. */
  | { readonly kind: 'suspicious'; readonly reason: string }
  /** Asked for everything, and still too much is missing: a person must say that it is so (L6). */
  | { readonly kind: 'stop'; readonly reason: string }

interface PlacedPut {
  readonly put: Put
  /** Number of RDNs below the base. */
  readonly depth: number
}

/**
 * One refresh phase, gathered until its end is told: the order inside is the server's, not the tree's, and half a refresh
 * says nothing about what is gone. A phase that is dropped before `finish` changed nothing.
 */
export class Refresh {
  readonly #projection: Projection
  readonly #isFull: boolean
  readonly #puts = new Map<string, PlacedPut>()
  /** DNs of entries that were told as we know them. */
  readonly #known = new Map<string, string>()
  readonly #named = new Set<string>()
  readonly #gone = new Set<string>()

  /** `isFull`: asked for without a cookie, so that the answer names everything there is. */
  constructor(projection: Projection, isFull: boolean) {
    this.#projection = projection
    this.#isFull = isFull
  }

  /** Whether it tells anything that is not known. */
  entry(put: Put): boolean {
    const isNews = !this.#projection.knows(put)
    this.#gone.delete(put.id)
    this.#named.add(put.id)
    this.#puts.delete(put.id)
    this.#known.delete(put.id)
    if (isNews) this.#puts.set(put.id, this.#placed(put))
    else this.#known.set(put.id, put.dn)
    return isNews
  }

  present(ids: readonly string[]): void {
    for (const id of ids) this.#named.add(id)
  }

  /** Counts over everything that was said of these entries before. */
  gone(ids: readonly string[]): void {
    for (const id of ids) this.#gone.add(id)
  }

  /**
   * Applies the phase as one step (L3) and judges it. Only a step that is committed and saved leaves the projection
   * usable; after any other verdict it is thrown away.
   */
  async finish(namesAll: boolean, { guard, now, isConfirmed, acceptsOrphans }: Judgement): Promise<Verdict> {
    const before = totalsOf(this.#projection)
    const step = await this.#projection.applyInSlices(this.#operations(namesAll || this.#isFull))
    if (step.orphaned.length > 0 && !acceptsOrphans) {
      const example = this.#projection.dn(step.orphaned[0] ?? '')
      return {
        kind: 'suspicious',
        reason: `${step.orphaned.length} entries without the entry above them, such as ${example}`,
      }
    }
    if (isConfirmed) return { kind: 'commit', step }
    const loss = emptied(before, totalsOf(this.#projection)) ?? guard.judge(step.changes, before, now)
    if (loss === null) return { kind: 'commit', step }
    return { kind: this.#isFull ? 'stop' : 'suspicious', reason: loss }
  }

  /**
   * Parents first, so that a name which changed hands is found with its new holder. Each is applied before the next is
   * asked for: at the end, whoever stood on somebody who went elsewhere is put where the directory says.
   */
  *#operations(namesAll: boolean): Iterable<Operation | null> {
    const unnamed = namesAll ? [...this.#projection.ids()].filter((id) => !this.#named.has(id)) : []
    const removed = [...unnamed, ...this.#gone]
    yield* parentsFirst(this.#puts.values())
    for (const id of removed) yield { kind: 'remove', id }
    if (this.#puts.size + removed.length === 0) return
    const strayed: PlacedPut[] = []
    for (const [id, dn] of this.#known) {
      const put = this.#projection.stands(id, dn) ? null : this.#projection.replaced(id, dn)
      if (put) strayed.push(this.#placed(put))
      yield null
    }
    yield* parentsFirst(strayed)
  }

  #placed(put: Put): PlacedPut {
    return { put, depth: this.#projection.depth(put.dn) }
  }
}

function* parentsFirst(placed: Iterable<PlacedPut>): Iterable<Put> {
  const byDepth: Put[][] = []
  for (const { put, depth } of placed) {
    const puts = (byDepth[depth] ??= [])
    puts.push(put)
  }
  for (const puts of byDepth) yield* puts ?? []
}
