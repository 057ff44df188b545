import type { LogVersion } from '../changelog/log.ts'
import type { Reloaded } from '../changelog/replica.ts'
import { pause } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { Evaluation } from '../sync/evaluate.ts'
import type { ChangesResult, Delta, Resync, ResyncReason } from '../sync/results.ts'
import type { Sync } from '../sync/sync.ts'
import type { History } from '../sync/trail.ts'
import { advance } from './advance.ts'
import { Crowd } from './crowd.ts'
import { MergeWindow } from './merge-window.ts'
import { Outbox } from './outbox.ts'
import { Queue } from './queue.ts'
import { getOrMake, Member, type Room } from './room.ts'
import type { Subscriber } from './subscriber.ts'

export interface HubOptions {
  readonly sync: Sync
  readonly replica: History
  /** What comes within this time of the last evaluation is gathered into the next, longer while a burst lasts (P5), in milliseconds. */
  readonly mergeDelayMs: number
  /** Longest silence of a subscription (C3), in milliseconds. */
  readonly heartbeatMs: number
  readonly log: Logger
}

/** What the hub has done since it began: for metrics, and for tests of P1. */
export interface HubCounts {
  /** Differences worked out: one for each audience that is online and run of versions. */
  readonly evaluations: number
  /** Answers encoded: one for each channel and difference. */
  readonly encodings: number
  /** Messages made: one for each operation id beside. */
  readonly frames: number
  /** Messages written to sockets. */
  readonly deliveries: number
  /** Readers that fell behind (P2). */
  readonly evictions: number
}

/** Told with a jitter of up to this, when everybody has to start again at once (R1). */
const RESYNC_SPREAD_MS = 10_000
const RESYNC_STEPS = 8
/** So many may start again at the same moment. */
const AT_ONCE = 100
/** Close code of a reader that fell behind: it comes back with its cursor (P2). */
const TOO_SLOW = 1013
/** Answers of their own that are worked out at a time: of whoever joins, or has to follow anew. */
const FOLLOWS_AT_ONCE = 16

/**
 * Pushes deltas to everyone online (P1-P5). Members stand in rooms, one an audience: a run of versions costs one evaluation
 * a room, one encoding for each operation in those that it concerns, and one write for each member of them. What is sent
 * goes through one outbox, in order.
 */
export class Hub {
  readonly #o: HubOptions
  readonly #members = new Map<Subscriber, Member>()
  readonly #outbox: Outbox
  readonly #follows = new Queue(FOLLOWS_AT_ONCE)
  readonly #stop = new AbortController()
  readonly #window: MergeWindow
  readonly #unsubscribe: readonly (() => void)[]
  /** Members that were evaluated up to the version before the pending ones. */
  #crowd = new Crowd()
  /** Members whose first answer was worked out amid the pending versions, by its version. */
  readonly #late = new Map<number, Crowd>()
  #pending: LogVersion[] = []
  #isScheduled = false
  #evaluations = 0
  #evictions = 0

  constructor(options: HubOptions) {
    this.#o = options
    this.#window = new MergeWindow(options.mergeDelayMs)
    this.#outbox = new Outbox({
      tooSlow: (member) => this.#tooSlow(member),
      ended: (member) => this.#ended(member),
      log: options.log,
    })
    this.#unsubscribe = [
      options.replica.onAdvance((versions) => this.#advanced(versions)),
      options.replica.onDiverged((reason) => this.#diverged(reason)),
    ]
    void this.#heartbeat()
  }

  /** Operations that follow. */
  get size(): number {
    return this.#members.size
  }

  /** Who follows, and what waits to be written to them. */
  get load(): { readonly people: number; readonly audiences: number; readonly outbox: number } {
    return {
      people: this.#crowd.people,
      audiences: this.#crowd.rooms.length,
      outbox: this.#outbox.waiting + this.#pending.length,
    }
  }

  /** Whether everybody was told all that this instance knows. */
  get isIdle(): boolean {
    return this.#pending.length === 0 && this.#follows.isEmpty && this.#outbox.busy === null
  }

  get counts(): HubCounts {
    const { encodings, frames, deliveries } = this.#outbox
    return { evaluations: this.#evaluations, encodings, frames, deliveries, evictions: this.#evictions }
  }

  /**
   * Answers what happened since a cursor, then follows, with no gap and no duplicate (S3), until the subscriber leaves or is
   * told to complete, to fail (AppError UNAVAILABLE: the first answer cannot be given) or to close.
   */
  join(subscriber: Subscriber, since: string): void {
    const member = new Member(subscriber)
    this.#members.set(subscriber, member)
    this.#follow(member, since)
  }

  /** Nothing more is written; leaving twice is harmless. */
  leave(subscriber: Subscriber): void {
    const member = this.#members.get(subscriber)
    if (member) this.#remove(member)
  }

  /** Ends every subscription of this instance. */
  close(): void {
    this.#stop.abort()
    for (const off of this.#unsubscribe) off()
    this.#follows.clear()
    for (const member of this.#members.values()) member.isGone = true
    this.#members.clear()
  }

  /** An answer of its own from a cursor, worked out when it is its turn; meanwhile no delta goes to the member (P3). */
  #follow(member: Member, cursor: string): void {
    this.#follows.add(async () => {
      if (member.isGone) return
      const { subscriber } = member
      try {
        await this.#o.sync.follow(subscriber, cursor, subscriber.channel.compact, (first) =>
          this.#admit(member, first),
        )
      } catch (error) {
        if (member.isGone) return
        this.#remove(member)
        member.subscriber.fail(error)
      }
    })
  }

  /** Called in the same turn in which the answer was evaluated, so that what comes later is not in it. */
  #admit(member: Member, first: ChangesResult): void {
    if (member.isGone) return
    if (first.kind === 'Delta') {
      const { version, state } = this.#o.replica
      const isLate = this.#pending.length > 0
      const crowd = isLate ? getOrMake(this.#late, version, () => new Crowd()) : this.#crowd
      const audience = this.#o.sync.views.audienceOf(member.subscriber.staffId)
      crowd.add(member, { audience, cursor: first.to }, state)
    }
    this.#outbox.add(first, [[member]])
  }

  #advanced(versions: readonly LogVersion[]): void {
    if (this.#crowd.isEmpty && this.#late.size === 0) return
    this.#pending.push(...versions)
    if (this.#isScheduled) return
    this.#isScheduled = true
    void this.#evaluateSoon()
  }

  /** At once after a quiet time; else when the time of the window is over, so that a burst is merged (P5). */
  async #evaluateSoon(): Promise<void> {
    const { signal } = this.#stop
    const delay = this.#window.delay(performance.now())
    // Whoever appended goes on first; more versions may come in the same turn.
    await (delay > 0 ? pause(delay, signal) : null)
    // While earlier deltas are still being written, later versions gather into one (P5).
    await this.#outbox.busy
    this.#isScheduled = false
    if (!signal.aborted) this.#evaluate()
  }

  /** Brings every member to the head; synchronous, so that all of it is one state. */
  #evaluate(): void {
    const versions = this.#pending
    this.#pending = []
    if (versions.length === 0) return
    this.#window.open(performance.now())
    const { state } = this.#o.replica
    this.#bring(this.#crowd, versions)
    for (const [start, crowd] of this.#late) {
      const missed = versions.filter((v) => v.version > start)
      if (missed.length > 0) this.#bring(crowd, missed)
      for (const member of crowd.members()) {
        const place = crowd.remove(member)
        if (place) this.#crowd.add(member, place, state)
      }
    }
    this.#late.clear()
  }

  #bring(crowd: Crowd, versions: readonly LogVersion[]): void {
    const { sync, replica } = this.#o
    const { outcomes, evaluations } = advance({ crowd, versions, sync, state: replica.state })
    this.#evaluations += evaluations
    for (const outcome of outcomes) {
      switch (outcome.kind) {
        case 'changes':
          this.#send(outcome.room, outcome.told, false)
          break
        case 'viewer':
          this.#send(outcome.room, outcome.told, true)
          for (const { member, cursor } of outcome.room.places())
            crowd.add(member, { audience: outcome.room.audience, cursor }, replica.state)
          break
        case 'anew':
          this.#followAnew(outcome.room)
          break
        case 'tooMuch':
          this.#resync(
            outcome.room.places().map(({ member }) => member),
            'VIEW_CHANGED',
          )
      }
    }
  }

  /** Members of a room apart, each from where it stands. */
  #followAnew(room: Room): void {
    for (const { member, cursor } of room.places()) {
      member.line = null
      this.#follow(member, cursor)
    }
  }

  /** One delta for each cohort of the room, which is one cohort afterwards. */
  #send(room: Room, told: Evaluation, viewerChanged: boolean): void {
    const to = this.#o.sync.headCursor(room.audience)
    for (const cohort of room.cohorts) {
      const delta: Delta = {
        kind: 'Delta',
        from: cohort.cursor,
        to,
        changes: told.changes,
        revoked: told.revoked,
        departmentTypes: told.departmentTypes,
        staffTypes: told.staffTypes,
        fields: told.fields,
        viewerChanged,
        hasMore: false,
        digest: told.digest,
      }
      this.#outbox.add(delta, cohort.rows())
    }
    room.settle(to)
  }

  /** Everyone hears something at least once per interval, and so never falls under the horizon (C3). */
  async #heartbeat(): Promise<void> {
    const { signal } = this.#stop
    const { sync } = this.#o
    for (;;) {
      await pause(this.#o.heartbeatMs, signal)
      await this.#outbox.busy
      if (signal.aborted) return
      this.#evaluate()
      for (const room of this.#crowd.rooms) {
        const { audience } = room
        const nothing = sync.evaluateAtHead(sync.views.atHead(audience), audience, [], false)
        if (nothing) this.#send(room, nothing, false)
        else this.#followAnew(this.#crowd.take(room))
      }
    }
  }

  /** History was replaced under us, or has forgotten where we stood (C2): every copy is in doubt. */
  #diverged(reason: Reloaded): void {
    this.#pending = []
    const members = [this.#crowd, ...this.#late.values()].flatMap((crowd) => [...crowd.members()])
    this.#crowd = new Crowd()
    this.#late.clear()
    this.#resync(members, reason)
  }

  /** Tells members that stand in no room any more to start again; when they are many, one after the other (R1). */
  #resync(members: readonly Member[], reason: ResyncReason): void {
    const { sync, replica } = this.#o
    const known = new Map<string, Resync>()
    const isSpread = reason !== 'VIEW_CHANGED' || members.length > AT_ONCE
    for (const [i, member] of members.entries()) {
      const step = isSpread ? i % RESYNC_STEPS : 0
      const delayMs = Math.round((step * RESYNC_SPREAD_MS) / RESYNC_STEPS)
      member.line = null
      this.#follows.add(async () => {
        if (member.isGone) return
        const { staffId } = member.subscriber
        const key = `${replica.version} ${delayMs} ${sync.views.audienceOf(staffId).key}`
        const resync = getOrMake(known, key, () => sync.resync(staffId, reason, null, delayMs))
        this.#outbox.add(resync, [[member]])
      })
    }
  }

  #ended(member: Member): void {
    this.#remove(member)
    member.subscriber.complete()
  }

  #tooSlow(member: Member): void {
    this.#evictions++
    this.#remove(member)
    member.subscriber.close(TOO_SLOW, 'Too slow: come back with your last version')
  }

  #remove(member: Member): void {
    if (member.isGone) return
    member.isGone = true
    this.#members.delete(member.subscriber)
    if (!this.#crowd.remove(member)) for (const crowd of this.#late.values()) crowd.remove(member)
  }
}
