import { setImmediate } from 'node:timers/promises'
import { mapEntry } from '../directory/mapping.ts'
import { parseDn, type Layout } from '../directory/names.ts'
import type { RawEntry, WatchEvent } from '../directory/watch.ts'
import type { Logger } from '../log.ts'
import type { CommitQueue } from './commit-queue.ts'
import type { Operation, Projection, Put, Step } from './diff.ts'
import { totalsOf, type MassGuard } from './guard.ts'
import { Refresh, type Verdict } from './refresh.ts'

/** What was told cannot be a directory's state, or is too much: everything must be asked for, without a cookie. */
export class Suspicious extends Error {}

/** Asked for everything, and it is still too much to take without a person's word (L6). */
export class MassChange extends Error {}

export interface SessionOptions {
  readonly commits: CommitQueue
  readonly layout: Layout
  readonly log: Logger
  readonly projection: Projection
  readonly guard: MassGuard
  /** What is taken away on purpose; asked only where it matters. */
  readonly wantedLosses: () => Promise<ReadonlySet<string>>
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

/** Events after which the event loop gets its turn: some milliseconds of work. */
const SLICE = 16

/**
 * Turns what one content sync session tells into commits: the refresh phase into one, whole (L3), then each live event
 * into one of its own, with the cookie in the same transaction (trap 4). Events must come one after another; a live one
 * does not wait for the commit of the last.
 */
export class SyncSession {
  readonly #o: SessionOptions
  #refresh: Refresh | null
  #cookie: string | null = null
  /** The projection holds what is not going to be committed. */
  #isSpoilt = false
  #taken = 0

  constructor(o: SessionOptions) {
    this.#o = o
    this.#refresh = new Refresh(o.projection, o.isFull)
  }

  /** False while the projection holds something that may not be in the database; in the end it must be loaded again then. */
  get isSound(): boolean {
    return !this.#isSpoilt && this.#o.commits.isSettled
  }

  /** Whether the refresh phase is over. */
  get isLive(): boolean {
    return this.#refresh === null
  }

  /** Throws Suspicious and MassChange, and nothing of the event was committed then; and what makes an earlier commit fail. */
  async take(event: WatchEvent): Promise<void> {
    if (++this.#taken % SLICE === 0) await setImmediate()
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
    const { guard, isConfirmed, acceptsOrphans, isFull, isResuming, projection, commits, log } = this.#o
    const now = this.#o.now()
    guard.excuse(await this.#o.wantedLosses())
    this.#isSpoilt = true
    const step = stepOf(await refresh.finish(namesAll, { guard, now, isConfirmed, acceptsOrphans }))
    this.#isSpoilt = false
    await commits.add({ ...step, cookie, reconciled: isFull, resumed: isResuming })
    await commits.flush()
    this.#cookie = cookie
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
    const { projection, guard, log, commits } = this.#o
    const now = this.#o.now()
    const before = totalsOf(projection)
    for (const operation of operations) {
      if (operation.kind === 'put' && !projection.knows(operation)) this.#report(operation)
    }
    this.#isSpoilt = true
    const step = projection.apply(operations)
    if (guard.judge(step.changes, before, now) !== null) {
      guard.excuse(await this.#o.wantedLosses())
      const reason = guard.judge(step.changes, before, now)
      if (reason !== null) throw new Suspicious(reason)
    }
    this.#isSpoilt = false
    guard.record(step.changes, now)
    for (const id of step.orphaned) log.warn({ dn: projection.dn(id) }, 'an entry came before its parent')
    const [first] = operations
    const taken = () => {
      if (first) this.#o.onEvent(first.kind === 'put' ? first.csn : null)
    }
    if (isNothing(step) && (cookie === null || cookie === this.#cookie)) return taken()
    this.#cookie = cookie
    await commits.add({ ...step, cookie }, taken)
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
