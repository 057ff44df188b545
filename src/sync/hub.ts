import { audienceOf, type Audience } from '../access/grant.ts'
import type { View } from '../access/view.ts'
import type { LogVersion } from '../changelog/log.ts'
import { pause } from '../clock.ts'
import type { Logger } from '../log.ts'
import { rewind } from '../model/state.ts'
import type { Evaluation } from './evaluate.ts'
import { Moves } from './moves.ts'
import { Outbox } from './outbox.ts'
import type { ChangesResult, Delta, ResyncReason } from './results.ts'
import type { Subscriber } from './subscriber.ts'
import type { Sync } from './sync.ts'
import { changesOf, type History } from './trail.ts'

export interface HubOptions {
  readonly sync: Sync
  readonly replica: History
  /** How long a burst is gathered (P5), in milliseconds. */
  readonly mergeDelayMs: number
  /** Longest silence of a subscription (C3), in milliseconds. */
  readonly heartbeatMs: number
  readonly log: Logger
}

/** A subscriber that has its first answer: everything up to the version the hub has evaluated is on its way to it. */
interface Member {
  readonly subscriber: Subscriber
  audience: Audience
  /** The last `to` that was sent (D7). */
  cursor: string
}

/** Members that get the same bytes. */
interface Group {
  readonly evaluation: Evaluation & { digest: string }
  readonly audience: Audience
  readonly viewerChanged: boolean
  readonly from: string
  readonly members: Member[]
}

/** Told with a jitter of up to this, when everybody has to start again at once (R1). */
const RESYNC_SPREAD_MS = 10_000
const RESYNC_STEPS = 8
/** Close code of a reader that fell behind: it comes back with its cursor (P2). */
const TOO_SLOW = 1013

/**
 * Pushes deltas to everyone online (P1-P5). Each run of versions is evaluated once per audience; what is sent goes
 * through one outbox, in order. All members are always evaluated up to the same version.
 */
export class Hub {
  readonly #o: HubOptions
  readonly #live = new Set<Subscriber>()
  readonly #members = new Map<Subscriber, Member>()
  readonly #outbox: Outbox
  readonly #stop = new AbortController()
  readonly #unsubscribe: readonly (() => void)[]
  #pending: LogVersion[] = []
  #isScheduled = false

  constructor(options: HubOptions) {
    this.#o = options
    this.#outbox = new Outbox(
      (subscriber) => this.#live.has(subscriber),
      (subscriber) => this.#tooSlow(subscriber),
      options.log,
    )
    this.#unsubscribe = [
      options.replica.onAdvance((versions) => this.#advanced(versions)),
      options.replica.onDiverged(() => this.#diverged()),
    ]
    void this.#heartbeat()
  }

  /** Operations that follow. */
  get size(): number {
    return this.#live.size
  }

  /**
   * Answers what happened since the subscriber's cursor, then follows, with no gap and no duplicate (S3). `joined`
   * rejects when the first answer cannot be given (AppError UNAVAILABLE); leaving twice is harmless.
   */
  join(subscriber: Subscriber): { readonly joined: Promise<void>; readonly leave: () => void } {
    this.#live.add(subscriber)
    const { staffId, since, compact } = subscriber
    const joined = this.#o.sync.follow(staffId, since, compact, (first) => this.#admit(subscriber, first))
    const leave = () => this.#leave(subscriber)
    joined.catch(leave)
    return { joined, leave }
  }

  /** Ends every subscription of this instance. */
  close(): void {
    this.#stop.abort()
    for (const off of this.#unsubscribe) off()
    this.#members.clear()
    this.#live.clear()
  }

  /** Called in the same turn in which the first answer was evaluated: the member starts where the others are. */
  #admit(subscriber: Subscriber, first: ChangesResult): void {
    if (!this.#live.has(subscriber) || this.#stop.signal.aborted) return
    this.#evaluate()
    switch (first.kind) {
      case 'Resync':
        this.#outbox.add(first, [subscriber], (s) => this.#end(s))
        return
      case 'Delta': {
        const audience = audienceOf(this.#o.replica.state, subscriber.staffId)
        this.#members.set(subscriber, { subscriber, audience, cursor: first.to })
        this.#outbox.add(first, [subscriber])
      }
    }
  }

  #advanced(versions: readonly LogVersion[]): void {
    this.#pending.push(...versions)
    if (this.#isScheduled) return
    this.#isScheduled = true
    void this.#evaluateSoon()
  }

  async #evaluateSoon(): Promise<void> {
    await pause(this.#o.mergeDelayMs, this.#stop.signal)
    // While earlier deltas are still being written, later versions gather into one (P5).
    await this.#outbox.idle()
    this.#isScheduled = false
    if (!this.#stop.signal.aborted) this.#evaluate()
  }

  /** Brings every member from the version last evaluated to the head; synchronous, so that all of it is one state. */
  #evaluate(): void {
    const versions = this.#pending
    this.#pending = []
    if (versions.length === 0 || this.#members.size === 0) return
    const { replica, sync } = this.#o
    const older = rewind(replica.state, changesOf(versions))
    const moves = new Moves(older, replica.state, versions)
    const views = new Map<string, View>()
    const evaluations = new Map<string, (Evaluation & { digest: string }) | null>()
    const groups = new Map<string, Group>()
    for (const member of this.#members.values()) {
      const { subscriber, audience } = member
      const today = moves.audience(subscriber.staffId, audience)
      const before = getOrMake(views, audience.key, () => sync.views.over(audience, older))
      const evaluation = getOrMake(evaluations, `${audience.key}\n${today.key}\n${subscriber.compact}`, () =>
        sync.evaluateAtHead(before, today, versions, subscriber.compact),
      )
      const viewerChanged = moves.viewerChanged(subscriber.staffId)
      member.audience = today
      if (!evaluation) this.#again(member)
      else if (evaluation.isTooMuch) this.#resync(subscriber, 'VIEW_CHANGED', 0)
      else if (!evaluation.isEmpty || viewerChanged) addTo(groups, evaluation, viewerChanged, member)
    }
    this.#send(groups.values())
  }

  /** Too much for one turn: the member follows once more from where it is, and hears nothing in between (P3). */
  #again({ subscriber, cursor }: Member): void {
    this.#members.delete(subscriber)
    const { staffId, compact } = subscriber
    this.#o.sync
      .follow(staffId, cursor, compact, (first) => this.#admit(subscriber, first))
      .catch(() => this.#tooSlow(subscriber))
  }

  #send(groups: Iterable<Group>): void {
    for (const { evaluation, audience, viewerChanged, from, members } of groups) {
      const { changes, revoked, departmentTypes, staffTypes, fields, digest } = evaluation
      const to = this.#o.sync.headCursor(audience)
      for (const member of members) member.cursor = to
      const delta: Delta = {
        kind: 'Delta',
        from,
        to,
        changes,
        revoked,
        departmentTypes,
        staffTypes,
        fields,
        viewerChanged,
        hasMore: false,
        digest,
      }
      this.#outbox.add(
        delta,
        members.map((m) => m.subscriber),
      )
    }
  }

  /** Everyone hears something at least once per interval, and so never falls under the horizon (C3). */
  async #heartbeat(): Promise<void> {
    const { signal } = this.#stop
    const { sync } = this.#o
    for (;;) {
      await pause(this.#o.heartbeatMs, signal)
      await this.#outbox.idle()
      if (signal.aborted) return
      this.#evaluate()
      const groups = new Map<string, Group>()
      const nothing = new Map<string, (Evaluation & { digest: string }) | null>()
      for (const member of this.#members.values()) {
        const { audience } = member
        const evaluation = getOrMake(nothing, audience.key, () =>
          sync.evaluateAtHead(sync.views.atHead(audience), audience, [], false),
        )
        if (evaluation) addTo(groups, evaluation, false, member)
      }
      this.#send(groups.values())
    }
  }

  /** History was replaced under us (C2): every copy is in doubt. */
  #diverged(): void {
    this.#pending = []
    for (const [i, subscriber] of [...this.#members.keys()].entries()) {
      this.#resync(subscriber, 'DIVERGED', Math.round(((i % RESYNC_STEPS) * RESYNC_SPREAD_MS) / RESYNC_STEPS))
    }
  }

  #resync(subscriber: Subscriber, reason: ResyncReason, delayMs: number): void {
    this.#members.delete(subscriber)
    const resync = this.#o.sync.resync(subscriber.staffId, reason, null, delayMs)
    this.#outbox.add(resync, [subscriber], (s) => this.#end(s))
  }

  #end(subscriber: Subscriber): void {
    this.#leave(subscriber)
    subscriber.complete()
  }

  #tooSlow(subscriber: Subscriber): void {
    this.#leave(subscriber)
    subscriber.close(TOO_SLOW, 'Too slow: come back with your last version')
  }

  #leave(subscriber: Subscriber): void {
    this.#live.delete(subscriber)
    this.#members.delete(subscriber)
  }
}

function addTo(
  groups: Map<string, Group>,
  evaluation: Group['evaluation'],
  viewerChanged: boolean,
  member: Member,
) {
  const { audience, cursor: from } = member
  // `from` names the older audience, `audience` the newer; with `compact` they make one evaluation.
  const key = `${from}\n${audience.key}\n${viewerChanged}\n${member.subscriber.compact}`
  getOrMake(groups, key, (): Group => ({
    evaluation,
    audience,
    viewerChanged,
    from,
    members: [],
  })).members.push(member)
}

function getOrMake<T>(memo: Map<string, T>, key: string, make: () => T): T {
  let value = memo.get(key)
  if (value === undefined) memo.set(key, (value = make()))
  return value
}
