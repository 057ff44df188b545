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

/**
 * One refresh phase, gathered until its end is told: the order inside is the server's, not the tree's, and half a refresh
 * says nothing about what is gone. A phase that is dropped before `finish` changed nothing.
 */
export class Refresh {
  readonly #projection: Projection
  readonly #isFull: boolean
  readonly #puts = new Map<string, Put>()
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
    if (isNews) this.#puts.set(put.id, put)
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
  finish(namesAll: boolean, { guard, now, isConfirmed, acceptsOrphans }: Judgement): Verdict {
    const before = totalsOf(this.#projection)
    const step = this.#projection.apply(this.#operations(namesAll || this.#isFull))
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
  *#operations(namesAll: boolean): Iterable<Operation> {
    const removed = namesAll ? [...this.#projection.ids()].filter((id) => !this.#named.has(id)) : []
    removed.push(...this.#gone)
    yield* this.#parentsFirst(this.#puts.values())
    for (const id of removed) yield { kind: 'remove', id }
    if (this.#puts.size + removed.length === 0) return
    const strayed = [...this.#known].filter(([id, dn]) => !this.#projection.stands(id, dn))
    yield* this.#parentsFirst(strayed.flatMap(([id, dn]) => this.#projection.replaced(id, dn) ?? []))
  }

  #parentsFirst(puts: Iterable<Put>): Put[] {
    return [...puts]
      .map((put) => ({ put, depth: this.#projection.depth(put.dn) }))
      .toSorted((a, b) => a.depth - b.depth)
      .map(({ put }) => put)
  }
}
