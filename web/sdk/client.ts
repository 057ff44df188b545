import { AcknowledgePurgeDocument, ReportDigestDocument } from '../generated/graphql.ts'
import type { Delta, Resync } from './contract.ts'
import { catalogueOf, Copy, type Catalogue, type Rows } from './copy.ts'
import { DirectoryError } from './error.ts'
import { meaningOf, TABLE, TOO_OLD, waitBefore, type Event, type State } from './machine.ts'
import { Outline } from './outline.ts'
import { catchUp, download } from './questions.ts'
import { afterResync } from './resync.ts'
import type { WholeDelta } from './staging.ts'
import { planStep } from './step.ts'
import { isWithinLease, type CopyStore } from './store.ts'
import type { Transport } from './transport.ts'

export interface ClientOptions {
  readonly transport: Pick<Transport, 'ask' | 'follow'>
  readonly store: CopyStore
  /** How long the copy may be shown without having reached the server (K2), in seconds. */
  readonly copyLeaseSeconds: number
  /** Those of the platform unless given. */
  readonly now?: () => number
  readonly random?: () => number
}

/** What a client has to show. */
export interface DirectoryCopy extends Catalogue {
  readonly outline: Outline
}

export interface ClientStatus {
  readonly state: State
  /** Another object after each change of what there is to show; null while there is nothing. */
  readonly copy: DirectoryCopy | null
  /** Rows of a download that has not ended. */
  readonly received: number
  /** When the server was last heard of; null: never. */
  readonly reachedAt: Date | null
  /** The copy was not opened because it had not reached the server for too long (K2). */
  readonly hasExpired: boolean
  /** It has ended because the server does not speak with this version of the SDK any more (W1). */
  readonly isTooOld: boolean
}

/** The server says something every 30 seconds (C3); a socket on which nothing comes for so long is dead. */
const SILENCE_MS = 75_000
/** That the server was heard of is written down as often as this. */
const TOUCH_MS = 60_000

/**
 * Keeps a copy of everything that one person may see in step with the server, for as long as it is open: shows what the device
 * has kept at once, catches up, follows, resyncs, purges what was revoked, and comes back by itself whatever breaks.
 */
export class DirectoryClient {
  readonly #o: ClientOptions
  readonly #now: () => number
  readonly #random: () => number
  readonly #listeners = new Set<() => void>()
  readonly #stop = new AbortController()
  #status: ClientStatus = {
    state: 'opening',
    copy: null,
    received: 0,
    reachedAt: null,
    hasExpired: false,
    isTooOld: false,
  }
  #copy: Copy | null = null
  #attempts = 0
  #delayMs = 0
  #unfollow = () => {}
  #timer: ReturnType<typeof setTimeout> | undefined
  #watch: ReturnType<typeof setTimeout> | undefined
  #touchedAt = 0
  /** Everything that writes waits for what was written before. */
  #queue: Promise<unknown> = Promise.resolve()
  #purged = false

  constructor(options: ClientOptions) {
    this.#o = options
    this.#now = options.now ?? Date.now
    this.#random = options.random ?? Math.random
    void this.#enter('opening')
  }

  get status(): ClientStatus {
    return this.#status
  }

  /** The version of what is shown; null without one. */
  get cursor(): string | null {
    return this.#copy?.cursor ?? null
  }

  /** Calls back after each change of `status`, until the answer is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Tries at once what it is waiting with: the device is online again, or somebody looks. */
  wake(): void {
    if (this.#isDue()) this.#happened('due')
  }

  /** The device has lost its network: nothing is to be waited for. */
  sleep(): void {
    this.#happened('lost')
  }

  /** Resolves when the copy contains what a mutation has returned (K3). Rejects with DirectoryError. */
  async waitFor(version: string): Promise<void> {
    await this.#serially(async () => {
      const copy = this.#copy
      if (!copy || version === copy.cursor) return
      const got = await catchUp(this.#o.transport, copy.cursor, version, this.#stop.signal)
      if (got.kind === 'resync') await this.#restart(got.resync)
      else if (got.kind === 'delta') await this.#take(got.delta)
    })
  }

  /** Ends everything; what the device keeps stays. */
  async close(): Promise<void> {
    this.#happened('over')
    await this.#queue
    await this.#o.store.close()
  }

  /** Ends everything, and leaves nothing on the device. */
  async wipe(): Promise<void> {
    this.#happened('over')
    await this.#queue
    this.#copy = null
    this.#set({ copy: null })
    await this.#o.store.wipe()
  }

  #happened(event: Event): void {
    const { state } = this.#status
    const next = TABLE[state][event]
    if (next !== state) void this.#enter(next)
  }

  async #enter(state: State): Promise<void> {
    if (state !== 'live') {
      this.#unfollow()
      this.#unfollow = () => {}
    }
    clearTimeout(this.#timer)
    clearTimeout(this.#watch)
    this.#set({ state })
    switch (state) {
      case 'opening':
        return await this.#openStore()
      case 'downloading':
        return await this.#serially(() => this.#download()).catch((error: unknown) => this.#failed(error))
      case 'following':
        return this.#follow()
      case 'live':
        this.#attempts = 0
        return this.#listen()
      case 'paused':
      case 'emptied': {
        const wait = Math.max(this.#delayMs, waitBefore(this.#attempts++, this.#random()))
        this.#delayMs = 0
        this.#timer = setTimeout(() => this.wake(), wait)
        return
      }
      case 'ended':
        this.#stop.abort()
    }
  }

  /** Whether it may go on as it is: a copy that has not reached the server for too long is let go of first (K2). */
  #isDue(): boolean {
    const { reachedAt, copy } = this.#status
    const isOver =
      copy !== null &&
      reachedAt !== null &&
      this.#now() - reachedAt.getTime() > this.#o.copyLeaseSeconds * 1000
    if (isOver) void this.#serially(() => this.#expire())
    return !isOver
  }

  async #expire(): Promise<void> {
    this.#copy = null
    this.#set({ copy: null, hasExpired: true })
    await this.#o.store.wipe().catch(() => {})
    this.#happened('restart')
  }

  async #openStore(): Promise<void> {
    const { store, copyLeaseSeconds } = this.#o
    const kept = await store.load().catch(() => null)
    if (this.#stop.signal.aborted) return
    if (kept && !isWithinLease(kept, this.#now(), copyLeaseSeconds * 1000)) {
      await store.wipe().catch(() => {})
      this.#set({ hasExpired: true })
      return this.#happened('nothing')
    }
    if (!kept) return this.#happened('nothing')
    this.#reached(kept.reachedAt)
    if (kept.cursor === null) {
      this.#show(kept.rows)
      return this.#happened('nothing')
    }
    this.#copy = new Copy({ ...kept.rows, cursor: kept.cursor, sum: kept.sum })
    this.#show(kept.rows)
    this.#happened('found')
  }

  async #download(): Promise<void> {
    const { transport, store } = this.#o
    const onPage = (received: number) => {
      this.#set({ received })
      return this.#status.state === 'downloading'
    }
    const got = await download(transport, onPage, this.#stop.signal)
    if (this.#status.state !== 'downloading') return
    switch (got.kind) {
      case 'givenUp':
        return
      case 'resync':
        return await this.#restart(got.resync)
      case 'mixed':
        return this.#happened('misfit')
      case 'disagreement':
        await this.#report(got.version, got.digest)
        return this.#happened('misfit')
      case 'copy':
        await this.#write(() => store.replace(got.copy, this.#now()))
        this.#copy = got.copy
        this.#set({ hasExpired: false, received: 0 })
        this.#show(got.copy)
        this.#reached(this.#now())
        if (this.#purged) await this.#acknowledge()
        this.#happened('downloaded')
    }
  }

  #follow(): void {
    const copy = this.#copy
    if (!copy) return
    this.#listen()
    let isOver = false
    // In the order in which it came: what a socket told before it closed counts.
    const inTurn = (work: () => Promise<void> | void) =>
      void this.#serially(async () => {
        if (!isOver) await work()
      }).catch((error: unknown) => this.#failed(error))
    const leave = this.#o.transport.follow(copy.cursor, true, {
      told: (message) => {
        this.#listen()
        inTurn(() => this.#told(message))
      },
      closed: (code) =>
        inTurn(() => {
          if (code === TOO_OLD) this.#set({ isTooOld: true })
          this.#happened(meaningOf(code))
        }),
      failed: (error) => inTurn(() => this.#failed(error)),
    })
    this.#unfollow = () => {
      isOver = true
      leave()
    }
  }

  /** A socket on which nothing comes is dead, whatever it says. */
  #listen(): void {
    clearTimeout(this.#watch)
    this.#watch = setTimeout(() => this.#happened('lost'), SILENCE_MS)
  }

  async #told(
    message: (Delta & { __typename: 'Delta' }) | (Resync & { __typename: 'Resync' }),
  ): Promise<void> {
    const { state } = this.#status
    if (state !== 'following' && state !== 'live') return
    if (message.__typename === 'Resync') return await this.#restart(message)
    const { hasMore: _, ...delta } = message
    if (await this.#take(delta)) this.#happened('told')
  }

  /** Whether the delta is in the copy now. */
  async #take(delta: WholeDelta): Promise<boolean> {
    const copy = this.#copy
    const { outline } = this.#status.copy ?? {}
    if (!copy || !outline) return false
    const plan = planStep(copy, delta)
    switch (plan.kind) {
      case 'known':
        return true
      case 'gap':
      case 'unfit':
        this.#happened('misfit')
        return false
      case 'disagreement':
        // By the version that it has: whoever asks next with that is told to start again.
        await this.#report(copy.cursor, plan.digest)
        this.#happened('misfit')
        return false
      case 'step': {
        const { step } = plan
        const isNews =
          step.departments.size > 0 ||
          step.staff.size > 0 ||
          delta.departmentTypes ||
          delta.staffTypes ||
          delta.fields
        const now = this.#now()
        const { store } = this.#o
        // Nothing that was said only so that something is said is written, but now and then.
        if (isNews || now - this.#touchedAt > TOUCH_MS) await this.#write(() => store.apply(copy, step, now))
        copy.commit(step)
        this.#reached(now)
        if (isNews) {
          outline.apply(step)
          this.#set({ copy: { outline, ...catalogueOf(copy) } })
        }
        if (delta.revoked) await this.#acknowledge()
        return true
      }
    }
  }

  /** What may not be shown any more goes at once, here and on the device (R2, K2); then it begins anew. */
  async #restart(resync: Resync): Promise<void> {
    const { store } = this.#o
    const copy = this.#status.copy
    const shown = this.#copy && afterResync(this.#copy, resync)
    const isLess = copy !== null && shown === null
    this.#copy = null
    this.#purged ||= isLess
    this.#delayMs = resync.delayMs
    if (shown) {
      this.#show(shown)
      await this.#write(() => store.reduce(shown, this.#now()))
    } else {
      this.#set({ copy: null })
      await this.#write(() => store.wipe())
    }
    this.#happened('restart')
  }

  #show(rows: Rows): void {
    this.#set({ copy: { outline: new Outline(rows), ...catalogueOf(rows) } })
  }

  #reached(at: number): void {
    this.#touchedAt = at
    this.#set({ reachedAt: new Date(at) })
  }

  async #acknowledge(): Promise<void> {
    const { cursor } = this.#copy ?? {}
    if (cursor === undefined) return
    this.#purged = false
    // Told as well as possible: what was revoked is gone in any case.
    await this.#o.transport
      .ask(AcknowledgePurgeDocument, { version: cursor }, this.#stop.signal)
      .catch(() => {})
  }

  async #report(version: string, digest: string): Promise<void> {
    await this.#o.transport.ask(ReportDigestDocument, { version, digest }, this.#stop.signal).catch(() => {})
  }

  /** A device that cannot keep anything still shows what it has, as long as it is open; it keeps nothing that is not true. */
  async #write(write: () => Promise<void>): Promise<void> {
    await write().catch(() => this.#o.store.wipe().catch(() => {}))
  }

  #failed(error: unknown): void {
    const code = error instanceof DirectoryError ? error.code : null
    if (code === 'TOO_OLD') this.#set({ isTooOld: true })
    const isOver = code === 'UNAUTHENTICATED' || code === 'TOO_OLD'
    this.#happened(isOver ? 'over' : 'lost')
  }

  #serially<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => {})
    return done
  }

  #set(change: Partial<ClientStatus>): void {
    this.#status = { ...this.#status, ...change }
    for (const listener of this.#listeners) listener()
  }
}
