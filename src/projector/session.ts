import { append, type Commit } from '../changelog/append.ts'
import type { Database } from '../changelog/database.ts'
import type { LeaseToken } from '../changelog/fence.ts'
import { mapEntry } from '../directory/mapping.ts'
import { parseDn, type Layout } from '../directory/names.ts'
import type { RawEntry, WatchEvent } from '../directory/watch.ts'
import type { Logger } from '../log.ts'
import type { Operation, Projection, Put, Step } from './diff.ts'
import { totalsOf, type MassGuard } from './guard.ts'
import { Refresh, type Verdict } from './refresh.ts'

/** What was told cannot be a directory's state, or is too much: everything must be asked for, without a cookie. */
export class Suspicious extends Error {}

/** Asked for everything, and it is still too much to take without a person's word (L6). */
export class MassChange extends Error {}

export interface SessionOptions {
  readonly db: Database
  readonly lease: LeaseToken
  readonly layout: Layout
  readonly log: Logger
  readonly projection: Projection
  /** Chain hash of the head that the projection stands for. */
  readonly head: string
  readonly guard: MassGuard
  readonly now: () => number
  /** Everything was asked for, without a cookie. */
  readonly isFull: boolean
  /** A person has let the pass through (L6, L9), or what it waited for has come. */
  readonly isConfirmed: boolean
  /** A stop is noted; it ends with the refresh of this session. */
  readonly isResuming: boolean
  readonly acceptsOrphans: boolean
  readonly onRefreshed: () => void
  readonly onEvent: (csn: string | null) => void
}

/**
 * Turns what one content sync session tells into commits: the refresh phase into one, whole (L3), then each live event
 * into one of its own, with the cookie in the same transaction (trap 4). Events must come one after another.
 */
export class SyncSession {
  readonly #o: SessionOptions
  #refresh: Refresh | null
  #cookie: string | null = null
  #head: string
  #isSound = true

  constructor(o: SessionOptions) {
    this.#o = o
    this.#head = o.head
    this.#refresh = new Refresh(o.projection, o.isFull)
  }

  /** False when the projection holds something that may not be in the database: it must be loaded again. */
  get isSound(): boolean {
    return this.#isSound
  }

  /** Chain hash of the head that the projection stands for, as long as it is sound. */
  get head(): string {
    return this.#head
  }

  /** Whether the refresh phase is over. */
  get isLive(): boolean {
    return this.#refresh === null
  }

  /** Throws Suspicious, MassChange, LeaseLost, HistoryReplaced, and what the database throws; nothing of the event was committed then. */
  async take(event: WatchEvent): Promise<void> {
    const refresh = this.#refresh
    switch (event.kind) {
      case 'entry':
      case 'gone': {
        const operations = event.kind === 'entry' ? [this.#operation(event.entry)] : event.ids.map(removal)
        if (!refresh) return await this.#live(operations, event.cookie)
        for (const operation of operations) {
          if (operation.kind === 'remove') refresh.gone([operation.id])
          else if (refresh.entry(operation)) this.#report(operation)
        }
        return
      }
      case 'present':
        refresh?.present(event.ids)
        return
      case 'refreshed':
        if (refresh) await this.#endRefresh(refresh, event.namesAll, event.cookie)
        return
      case 'cookie':
        if (!refresh) await this.#live([], event.cookie)
        return
    }
  }

  async #endRefresh(refresh: Refresh, namesAll: boolean, cookie: string | null): Promise<void> {
    const { guard, isConfirmed, acceptsOrphans, isFull, isResuming, projection, log } = this.#o
    this.#isSound = false
    const now = this.#o.now()
    const step = stepOf(refresh.finish(namesAll, { guard, now, isConfirmed, acceptsOrphans }))
    await this.#commit({ ...step, cookie, reconciled: isFull, resumed: isResuming })
    if (isConfirmed) guard.reset()
    else guard.record(step.changes, now)
    this.#refresh = null
    const orphans = projection.orphans().map((id) => projection.dn(id))
    if (orphans.length > 0)
      log.warn({ count: orphans.length, example: orphans[0] }, 'entries without a parent')
    log.info(
      { full: isFull, changes: step.changes.length, nodes: projection.size },
      'the directory was compared with the log',
    )
    this.#o.onRefreshed()
  }

  async #live(operations: readonly Operation[], cookie: string | null): Promise<void> {
    const { projection, guard, log } = this.#o
    this.#isSound = false
    const now = this.#o.now()
    const before = totalsOf(projection)
    for (const operation of operations) {
      if (operation.kind === 'put' && !projection.knows(operation)) this.#report(operation)
    }
    const step = projection.apply(operations)
    const reason = guard.judge(step.changes, before, now)
    if (reason !== null) throw new Suspicious(reason)
    for (const id of step.orphaned) log.warn({ dn: projection.dn(id) }, 'an entry came before its parent')
    if (isNothing(step) && (cookie === null || cookie === this.#cookie)) this.#isSound = true
    else await this.#commit({ ...step, cookie })
    guard.record(step.changes, now)
    if (operations[0]) this.#o.onEvent(operations[0].kind === 'put' ? operations[0].csn : null)
  }

  async #commit(commit: Commit): Promise<void> {
    const { hash } = await append(this.#o.db, this.#o.lease, { ...commit, builtOn: this.#head })
    this.#head = hash
    this.#isSound = true
    this.#cookie = commit.cookie
  }

  /** An entry whose name cannot be read has no place: it is absent and reported. */
  #operation(entry: RawEntry): Operation {
    const { id, dn, csn } = entry
    if (isDn(dn)) return { kind: 'put', id, dn, csn, mapped: mapEntry(entry, this.#o.layout) }
    this.#o.log.warn({ id, dn }, 'an entry whose name cannot be read is left out')
    return removal(id)
  }

  #report({ id, dn, mapped }: Put): void {
    if (mapped.kind === 'container' || mapped.problems.length === 0) return
    const what = mapped.kind === 'malformed' ? 'an entry is malformed' : 'values of an entry are malformed'
    this.#o.log.warn({ id, dn, problems: mapped.problems }, `${what} and left out`)
  }
}

function isDn(text: string): boolean {
  try {
    return parseDn(text).length > 0
  } catch {
    return false
  }
}

function removal(id: string): Operation {
  return { kind: 'remove', id }
}

function stepOf(verdict: Verdict): Step {
  switch (verdict.kind) {
    case 'commit':
      return verdict.step
    case 'suspicious':
      throw new Suspicious(verdict.reason)
    case 'stop':
      throw new MassChange(verdict.reason)
  }
}

function isNothing(step: Step): boolean {
  return step.changes.length + step.nodes.length + step.removed.length === 0
}
