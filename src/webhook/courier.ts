import type { AuditLog } from '../audit/audit-log.ts'
import type { Database } from '../changelog/database.ts'
import { pause, type Clock } from '../clock.ts'
import { holdLease } from '../cluster/lease.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { State } from '../model/state.ts'
import type { ChangesResult } from '../sync/results.ts'
import type { Sync } from '../sync/sync.ts'
import { nextAfter, RETRY_MS, type Pause } from './attempt.ts'
import { isEmpty, type Messages } from './message.ts'
import type { Sender } from './sender.ts'
import type { Webhook, WebhookStore } from './store.ts'
import { aboutWebhook } from './subject.ts'

export interface CourierOptions {
  readonly db: Database
  readonly store: WebhookStore
  readonly sync: Pick<Sync, 'changesSince' | 'cursorOf'>
  readonly messages: Messages
  readonly sender: Pick<Sender, 'send'>
  readonly state: () => State
  /** Calls back after each new version, until the answer is called. */
  readonly onAdvance: (wake: () => void) => () => void
  readonly audit: Pick<AuditLog, 'write'>
  /** A name of this instance that no other has. */
  readonly holder: string
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
  readonly timing?: Partial<CourierTiming>
}

/** All in milliseconds. */
export interface CourierTiming {
  readonly leaseMs: number
  /** How often is looked for what others have changed about webhooks. */
  readonly pollMs: number
  /** What follows within this time of a version is told with it. */
  readonly gatherMs: number
  /** How often a place is saved at which there was nothing to tell. */
  readonly saveMs: number
  readonly retryMs: readonly number[]
}

const TIMING: CourierTiming = {
  leaseMs: 10_000,
  pollMs: 1000,
  gatherMs: 200,
  saveMs: 600_000,
  retryMs: RETRY_MS,
}
const LEASE = 'webhooks'
/** Rows of one message at most. */
const ROWS = 100

/**
 * Sends to webhooks what has changed in their views, on one instance at a time. Nothing is queued: the log is the queue, and a
 * webhook is a place in it. What is sent is worked out when it is sent, as `changesSince` answers it, so that what was revoked
 * meanwhile is not sent any more, and a receiver that was away gets the newest state of each row once. The messages of one
 * webhook go one after the other, each until it was taken; no webhook waits for another (T115).
 */
export class Courier {
  readonly #o: CourierOptions
  readonly #timing: CourierTiming
  readonly #savedAt = new Map<string, number>()
  #wake = () => {}

  constructor(options: CourierOptions) {
    this.#o = options
    this.#timing = { ...TIMING, ...options.timing }
  }

  /** There may be something to send. */
  ring(): void {
    this.#wake()
  }

  /** Until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { db, holder, log } = this.#o
    await holdLease(db, LEASE, holder, {
      ttlMs: this.#timing.leaseMs,
      signal,
      log,
      onHeld: (_, lost) => this.#serve(lost),
    })
  }

  async #serve(lost: AbortSignal): Promise<void> {
    const { store, clock, log, onAdvance } = this.#o
    const { pollMs, gatherMs } = this.#timing
    const stop = onAdvance(() => this.ring())
    const busy = new Map<string, Promise<void>>()
    while (!lost.aborted) {
      const bell = new AbortController()
      this.#wake = () => bell.abort()
      try {
        for (const webhook of await store.due(new Date(clock.now()))) {
          if (busy.has(webhook.id) || (webhook.paused !== null && !this.#isActive(webhook))) continue
          const work = this.#bring(webhook, lost).finally(() => busy.delete(webhook.id))
          busy.set(webhook.id, work)
        }
      } catch (error) {
        log.warn({ problem: messageOf(error) }, 'Webhooks cannot be read just now')
      }
      await pause(pollMs, AbortSignal.any([lost, bell.signal]))
      if (bell.signal.aborted) await pause(gatherMs, lost)
    }
    stop()
    await Promise.all(busy.values())
  }

  /** Sends one message after the other, until there is nothing more or one was not taken. */
  async #bring(webhook: Webhook, lost: AbortSignal): Promise<void> {
    const { store, log } = this.#o
    try {
      for (
        let at: Webhook | null = await this.#resumed(webhook);
        at && at.paused === null && !lost.aborted;
      ) {
        const isSent: boolean = await this.#step(at, lost)
        at = isSent ? await store.byId(at.id) : null
      }
    } catch (error) {
      log.warn({ webhookId: webhook.id, problem: messageOf(error) }, 'A webhook cannot be served just now')
    }
  }

  /** Whether a message was taken, so that there may be another. */
  async #step(webhook: Webhook, lost: AbortSignal): Promise<boolean> {
    const { store, sync, messages, sender, clock, random } = this.#o
    const { id, staffId, position, failures } = webhook
    if (!this.#isActive(webhook)) {
      await this.#paused(webhook, 'ACCOUNT', (why) => store.pause(webhook, why))
      return false
    }
    const result = await sync.changesSince({ staffId, sessionId: id }, position, ROWS, false)
    if (isEmpty(result)) {
      await this.#pass(webhook, result)
      return false
    }
    // Before it is told that it has to start again, so that what it reads then is no older.
    const to = result.kind === 'Delta' ? result.to : await sync.cursorOf(staffId)
    const message = messages.of(id, position, result, to, new Date(clock.now()))
    const outcome = await sender.send(webhook, message, lost)
    // Cut off by us: it tells nothing about the receiver.
    if (lost.aborted && outcome.problem !== null) return false
    const next = nextAfter(outcome, failures, random(), this.#timing.retryMs)
    const write = () => store.tried(webhook, message, outcome, next, new Date(clock.now()))
    if (next.kind === 'paused') await this.#paused(webhook, next.why, write)
    else await write()
    return next.kind === 'taken'
  }

  #isActive({ staffId }: Webhook): boolean {
    return this.#o.state().get('staff', staffId)?.status === 'ACTIVE'
  }

  /** One that was paused with its account goes on where it stood; null when somebody else sees to it. */
  async #resumed(webhook: Webhook): Promise<Webhook | null> {
    const { store, audit, clock, log } = this.#o
    if (webhook.paused === null) return webhook
    if (!(await store.resume(webhook, new Date(clock.now())))) return null
    log.info({ webhookId: webhook.id }, 'A webhook goes on: its account was enabled')
    await audit.write({ ...aboutWebhook(null, webhook), action: 'webhook.resume' })
    return await store.byId(webhook.id)
  }

  /** Nothing to tell: its place moves on all the same, now and then, so that it does not fall under the horizon. */
  async #pass(webhook: Webhook, result: ChangesResult): Promise<void> {
    const { store, clock } = this.#o
    const now = clock.now()
    const savedAt = this.#savedAt.get(webhook.id) ?? 0
    if (result.kind !== 'Delta' || result.to === webhook.position || now - savedAt < this.#timing.saveMs)
      return
    this.#savedAt.set(webhook.id, now)
    await store.skip(webhook, result.to)
  }

  async #paused(webhook: Webhook, why: Pause, write: (why: Pause) => Promise<boolean>): Promise<void> {
    const { audit, log } = this.#o
    if (!(await write(why))) return
    log.warn({ webhookId: webhook.id, why }, 'A webhook was paused')
    await audit.write({
      ...aboutWebhook(null, webhook),
      action: 'webhook.pause',
      detail: { why },
    })
  }
}
