import type { EntryChange } from '../model/entry.ts'
import { isActive, type Projection } from './diff.ts'

/** When a loss is a mass loss (L6): at least `floor` rows and more than `percent` of their kind, within `windowMs`. */
export interface GuardLimits {
  readonly percent: number
  readonly floor: number
  readonly windowMs: number
}

const GUARDED = ['staff', 'department'] as const
export type GuardedKind = (typeof GUARDED)[number]
export type Totals = Readonly<Record<GuardedKind, number>>

const NOUN: Record<GuardedKind, string> = { staff: 'people', department: 'departments' }

/** How many rows of the guarded kinds some view may show. */
export function totalsOf(projection: Projection): Totals {
  return { staff: projection.active('staff'), department: projection.active('department') }
}

/** Why a refresh that leaves nothing where something was is not believed; null when it is not so. */
export function emptied(before: Totals, after: Totals): string | null {
  const kinds = GUARDED.filter((kind) => before[kind] > 0 && after[kind] === 0)
  if (kinds.length === 0) return null
  return `would leave none of ${kinds.map((kind) => `${before[kind]} ${NOUN[kind]}`).join(' and ')}`
}

/** A row that becomes visible to somebody, or stops being so to everybody. */
export interface Turn {
  readonly kind: GuardedKind
  readonly id: string
  readonly isLoss: boolean
}

/** The turns of one version of the log. */
export interface PastTurns {
  readonly ageMs: number
  readonly turns: Turn[]
}

/**
 * Remembers what was removed or hidden lately, so that a mass loss that comes as many single events is one too. What came
 * back does not count.
 */
export class MassGuard {
  readonly #limits: GuardLimits
  readonly #lost: Record<GuardedKind, Map<string, number>> = { staff: new Map(), department: new Map() }
  #wanted: ReadonlySet<string> = new Set()

  constructor(limits: GuardLimits) {
    this.#limits = limits
  }

  /**
   * Takes up what the log tells of the time before, oldest first; `totals` are those of now. Where that makes a mass loss,
   * a person must have let it pass.
   */
  remember(past: readonly PastTurns[], totals: Totals, now: number): this {
    for (const { ageMs, turns } of past) {
      this.#note(turns, now - ageMs)
      const isMass = GUARDED.some((kind) => {
        const { size } = this.#lost[kind]
        return this.#isMass(size, totals[kind] + size)
      })
      if (isMass) this.reset()
    }
    return this
  }

  /** These are taken away by somebody who was asked, may do it and meant it: their loss does not count, until told otherwise. */
  excuse(wanted: ReadonlySet<string>): void {
    this.#wanted = wanted
    for (const kind of GUARDED) for (const id of wanted) this.#lost[kind].delete(id)
  }

  /** The reason to stop and ask before `changes` are taken; null when they may be. `before` are the totals without them. */
  judge(changes: readonly EntryChange[], before: Totals, now: number): string | null {
    const turns = turnsOf(changes)
    const reasons = GUARDED.flatMap((kind) => {
      const recent = this.#recent(kind, now)
      const total = before[kind] + recent.size
      for (const { id, isLoss } of turns.filter((turn) => turn.kind === kind)) {
        if (isLoss && !this.#wanted.has(id)) recent.add(id)
        else recent.delete(id)
      }
      return this.#isMass(recent.size, total) ? [`${recent.size} of ${total} ${NOUN[kind]}`] : []
    })
    if (reasons.length === 0) return null
    return `would remove or hide ${reasons.join(' and ')}, more than ${this.#limits.percent} %`
  }

  /** Notes changes that were taken. */
  record(changes: readonly EntryChange[], now: number): void {
    this.#note(turnsOf(changes), now)
  }

  /** After a person has let a mass loss pass, counting starts anew. */
  reset(): void {
    for (const kind of GUARDED) this.#lost[kind].clear()
  }

  #isMass(lost: number, total: number): boolean {
    return lost >= this.#limits.floor && lost * 100 > this.#limits.percent * total
  }

  #note(turns: readonly Turn[], at: number): void {
    for (const { kind, id, isLoss } of turns) {
      this.#lost[kind].delete(id)
      if (isLoss && !this.#wanted.has(id)) this.#lost[kind].set(id, at)
    }
  }

  #recent(kind: GuardedKind, now: number): Set<string> {
    const lost = this.#lost[kind]
    for (const [id, at] of lost) {
      if (at > now - this.#limits.windowMs) break
      lost.delete(id)
    }
    return new Set(lost.keys())
  }
}

function turnsOf(changes: readonly EntryChange[]): Turn[] {
  return changes.flatMap(({ kind, id, before, after }) => {
    const was = before !== null && isActive(before)
    const is = after !== null && isActive(after)
    return (kind === 'staff' || kind === 'department') && was !== is ? [{ kind, id, isLoss: was }] : []
  })
}
