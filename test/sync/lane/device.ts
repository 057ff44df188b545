import type { Copy, Rows } from '../../../web/sdk/copy.ts'
import type { Resync } from '../../../web/sdk/contract.ts'
import { afterResync } from '../../../web/sdk/resync.ts'
import { DeltaStaging, SnapshotStaging, type WholeDelta } from '../../../web/sdk/staging.ts'
import { planStep } from '../../../web/sdk/step.ts'
import type { Answer } from './events.ts'
import { Store } from './store.ts'

/** What a device shows. */
export type Held =
  | { readonly kind: 'nothing' }
  /** What R2 leaves until the new copy is complete. */
  | { readonly kind: 'kept'; readonly rows: Rows }
  | { readonly kind: 'copy'; readonly copy: Copy }

/** The pages that are coming. */
type Work =
  | { readonly kind: 'idle' }
  | { readonly kind: 'delta'; readonly staging: DeltaStaging; readonly next: string }
  | { readonly kind: 'snapshot'; readonly staging: SnapshotStaging; readonly next: string | null }

export type Question =
  | { readonly kind: 'changesSince'; readonly version: string }
  | { readonly kind: 'snapshot'; readonly after: string | null }

/** What a device has made of an answer. */
export type Made =
  | { readonly kind: 'staged' }
  | { readonly kind: 'committed'; readonly from: string | null; readonly delta: WholeDelta | null }
  | { readonly kind: 'resynced'; readonly keepOld: boolean }
  | { readonly kind: 'known' }
  | { readonly kind: 'gap' }
  /** It reports its digest before it asks again (D8). */
  | { readonly kind: 'wrong'; readonly what: string }

/** When the power goes: before anything is stored, or after it. */
export type Crash = 'never' | 'before' | 'after'

/**
 * A device that does with answers what the SDK does, and nothing else: the store first, in one transaction, then what is
 * shown (K1). It knows no rule and no state of the server.
 */
export class Device {
  readonly personId: string
  readonly compact: boolean
  readonly store = new Store()
  held: Held = { kind: 'nothing' }
  #work: Work = { kind: 'idle' }

  constructor(personId: string, compact: boolean) {
    this.personId = personId
    this.compact = compact
  }

  get cursor(): string | null {
    return this.held.kind === 'copy' ? this.held.copy.cursor : null
  }

  /** What it asks next: the pages that it has begun, what has changed, or everything. */
  ask(): Question {
    if (this.#work.kind === 'idle') this.#begin()
    switch (this.#work.kind) {
      case 'delta':
        return { kind: 'changesSince', version: this.#work.next }
      case 'snapshot':
      case 'idle':
        return { kind: 'snapshot', after: this.#work.kind === 'idle' ? null : this.#work.next }
    }
  }

  /** Takes what was asked for. */
  answer(answer: Answer, crash: Crash = 'never'): Made {
    const work = this.#work
    if (answer.kind === 'Resync') return this.#startAgain(answer, crash)
    if (work.kind === 'delta' && answer.kind === 'Delta') {
      const staged = work.staging.add(answer)
      if (staged.kind === 'partial') {
        this.#work = { ...work, next: staged.next }
        return { kind: 'staged' }
      }
      this.#work = { kind: 'idle' }
      return staged.kind === 'gap' ? staged : this.#apply(staged.delta, crash)
    }
    if (work.kind === 'snapshot' && answer.kind === 'SnapshotPage') {
      const staged = work.staging.add(answer)
      if (staged.kind === 'partial') {
        this.#work = { ...work, next: staged.next }
        return { kind: 'staged' }
      }
      this.#work = { kind: 'idle' }
      return staged.kind === 'whole'
        ? this.#install(staged.copy, crash)
        : { kind: 'wrong', what: staged.kind }
    }
    throw new Error(`${answer.kind} was not asked for`)
  }

  /** Takes what was pushed; pages that are coming meanwhile are given up where it makes them useless. */
  pushed(answer: Answer, crash: Crash = 'never'): Made {
    if (answer.kind === 'Resync') return this.#startAgain(answer, crash)
    if (answer.kind !== 'Delta' || this.held.kind !== 'copy') return { kind: 'gap' }
    const staged = new DeltaStaging(answer.from).add(answer)
    if (staged.kind !== 'whole') throw new Error('[D10] a subscription never pages')
    const made = this.#apply(staged.delta, crash)
    if (made.kind === 'committed') this.#work = { kind: 'idle' }
    return made
  }

  /** Lies about where it stands. */
  borrow(cursor: string): void {
    this.#work = { kind: 'delta', staging: new DeltaStaging(cursor), next: cursor }
  }

  /** The process ends, and another one reads the store. */
  restart(): void {
    this.held = this.store.read()
    this.#work = { kind: 'idle' }
  }

  #begin(): void {
    const { cursor } = this
    this.#work =
      cursor === null
        ? { kind: 'snapshot', staging: new SnapshotStaging(), next: null }
        : { kind: 'delta', staging: new DeltaStaging(cursor), next: cursor }
  }

  #apply(delta: WholeDelta, crash: Crash): Made {
    if (this.held.kind !== 'copy') return { kind: 'gap' }
    const { copy } = this.held
    const plan = planStep(copy, delta)
    switch (plan.kind) {
      case 'known':
      case 'gap':
        return { kind: plan.kind }
      case 'unfit':
      case 'disagreement':
        return { kind: 'wrong', what: JSON.stringify(plan) }
      case 'step': {
        const from = copy.cursor
        this.#commit(
          crash,
          () => this.store.step(plan.step),
          () => copy.commit(plan.step),
        )
        return { kind: 'committed', from, delta }
      }
    }
  }

  #install(copy: Copy, crash: Crash): Made {
    this.#commit(
      crash,
      () => this.store.replace(copy),
      () => (this.held = { kind: 'copy', copy }),
    )
    return { kind: 'committed', from: null, delta: null }
  }

  #startAgain(resync: Resync, crash: Crash): Made {
    const rows = this.#shown()
    const kept = rows && afterResync(rows, resync)
    this.#work = { kind: 'idle' }
    this.#commit(
      crash,
      () => this.store.keep(kept),
      () => (this.held = kept ? { kind: 'kept', rows: kept } : { kind: 'nothing' }),
    )
    return { kind: 'resynced', keepOld: resync.keepOld }
  }

  #shown(): Rows | null {
    switch (this.held.kind) {
      case 'nothing':
        return null
      case 'kept':
        return this.held.rows
      case 'copy':
        return this.held.copy
    }
  }

  #commit(crash: Crash, store: () => void, show: () => void): void {
    if (crash !== 'before') store()
    if (crash === 'never') show()
    else this.restart()
  }
}
