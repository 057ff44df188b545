import { ReportDigestDocument, type ChangesSubscription } from '../generated/graphql.ts'
import { Contact } from './contact.ts'
import type { Resync } from './contract.ts'
import type { Rows } from './copy.ts'
import { DirectoryError } from './errors.ts'
import { follow, type Over } from './follow.ts'
import { Keeper, type News, type Taken } from './keeper.ts'
import { Listeners } from './listeners.ts'
import { next, pauseBefore, START, type Command, type Event, type State, type StateKind } from './machine.ts'
import type { Outline } from './outline.ts'
import { patience, pullChanges, pullSnapshot, type PullOptions } from './pull.ts'
import { ownWebSocket } from './socket.ts'
import type { WholeDelta } from './staging.ts'
import type { CopyStore } from './store.ts'
import { subjectOf } from './subject.ts'
import type { ClientTimes } from './times.ts'
import type { Token, Tokens } from './tokens.ts'
import type { Request } from './transport.ts'
import { errorOfClose, troubleOfClose, TROUBLES } from './trouble.ts'

export interface EngineOptions {
  readonly request: Request
  readonly tokens: Tokens
  readonly endpoint: string
  readonly store: CopyStore
  readonly account: string | null
  readonly leaseSeconds: number
  readonly WebSocket: unknown
  readonly times: ClientTimes
  readonly now: () => number
  readonly random: () => number
}

/** How a client is doing. */
export interface Status {
  readonly kind: StateKind
  /** There is a copy that may not be shown before the server was reached (K2). */
  readonly isLapsed: boolean
  /** Rows of a snapshot that is being taken; null when none is. */
  readonly loadedRows: number | null
  /** When the server was last heard; null: never. */
  readonly heardAt: Date | null
  /** The last trouble; null once all is well. */
  readonly error: DirectoryError | null
}

/** Does what the machine decides: one activity at a time, each with an end; all changes of the copy go through its keeper. */
export class Engine {
  readonly news = new Listeners<News>()
  readonly statuses = new Listeners<Status>()
  readonly outlines = new Listeners<null>()
  readonly #o: EngineOptions
  readonly #keeper: Keeper
  readonly #contact: Contact
  readonly #closing = new AbortController()
  #state: State = START.state
  #activity = new AbortController()
  #error: DirectoryError | null = null
  #loadedRows: number | null = null
  #leaseSeconds: number
  #accessToken = ''

  constructor(options: EngineOptions) {
    this.#o = options
    this.#leaseSeconds = options.leaseSeconds
    this.#keeper = new Keeper({
      store: options.store,
      leaseSeconds: options.leaseSeconds,
      now: options.now,
      owner: `${options.endpoint} ${options.account ?? ''}`,
      onNews: (news) => this.news.tell(news),
      onOutline: () => this.outlines.tell(null),
    })
    this.#contact = new Contact({
      keeper: this.#keeper,
      request: options.request,
      onLapse: () => this.statuses.tell(this.status),
      signal: this.#closing.signal,
    })
  }

  get rows(): Rows | null {
    return this.#keeper.rows
  }

  get outline(): Outline | null {
    return this.#keeper.outline
  }

  get cursor(): string | null {
    return this.#keeper.cursor
  }

  get status(): Status {
    const { isLapsed, contactAt } = this.#keeper
    const heardAt = contactAt === 0 ? null : new Date(contactAt)
    return { kind: this.#state.kind, isLapsed, loadedRows: this.#loadedRows, heardAt, error: this.#error }
  }

  start(): void {
    if (START.command) this.#begin(START.command)
  }

  wake(): void {
    this.#contact.checkLease()
    this.#tell({ kind: 'woken' })
  }

  lose(): void {
    this.#tell({ kind: 'unreachable' })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#tell({ kind: 'closed' })
    await this.#keeper.close().catch(() => {})
  }

  async waitFor(version: string): Promise<boolean> {
    const { signal } = this.#closing
    if (this.#keeper.cursor === null) await this.#until(() => this.#keeper.cursor !== null, null)
    // Mostly it is pushed before anybody asks, and equal states have equal cursors (C1).
    await this.#until(() => this.#keeper.cursor === version, this.#o.times.hopeMs)
    for (;;) {
      const cursor = this.#keeper.cursor
      if (cursor === version) return true
      if (cursor === null) throw new DirectoryError('UNREACHABLE', 'There is no copy now.')
      const pulled = await pullChanges(this.#by(signal), cursor, version)
      if (pulled.kind === 'resync') {
        await this.#restart(pulled.resync, (event) => this.#tell(event))
        throw new DirectoryError('UNREACHABLE', 'The copy is being made anew.')
      }
      if (pulled.kind === 'gap') throw new DirectoryError('UNEXPECTED_ANSWER', 'The pages do not follow.')
      const taken = await this.#keeper.apply(pulled.delta, this.#leaseSeconds)
      if (taken === 'applied' || taken === 'known') return true
      // A push was faster: what was pulled does not fit any more, and the rest is asked for.
      if (taken !== 'gap') {
        await this.#disagree(taken, (event) => this.#tell(event))
        throw new DirectoryError('UNREACHABLE', 'The copy is being made anew.')
      }
    }
  }

  #tell(event: Event): void {
    const before = this.#state
    const { state, command } = next(before, event)
    this.#state = state
    if (state.kind === 'live' && state.attempt === 0) this.#error = null
    if (command) this.#begin(command)
    if (state !== before) this.statuses.tell(this.status)
  }

  /** Starts an activity in place of the one under way, of which nothing is heard any more. */
  #begin(command: Command): void {
    this.#activity.abort()
    const activity = new AbortController()
    this.#activity = activity
    this.#loadedRows = null
    const tell = (event: Event) => {
      if (!activity.signal.aborted) this.#tell(event)
    }
    this.#run(command, activity.signal, tell).catch((error: unknown) => {
      if (!activity.signal.aborted) this.#failed(error, tell)
    })
  }

  async #run(command: Command, signal: AbortSignal, tell: Tell): Promise<void> {
    switch (command.kind) {
      case 'open':
        tell({ kind: 'opened', hasCopy: await this.#keeper.open() })
        this.#contact.checkLease()
        return
      case 'load':
        return this.#load(signal, tell)
      case 'catchUp':
        return this.#catchUp(signal, tell)
      case 'subscribe':
        return this.#subscribe(signal, tell)
      case 'renew':
        if (await this.#o.tokens.renew(this.#accessToken)) tell({ kind: 'renewed' })
        else this.#signedOut(tell)
        return
      case 'wait':
        await pause(this.#pauseOf(command), signal)
        tell({ kind: 'due' })
        return
      case 'discard':
        return this.#keeper.discard()
      case 'stop':
        return
    }
  }

  #by(signal: AbortSignal): PullOptions {
    return { request: this.#o.request, signal, timeoutMs: this.#o.times.answerMs }
  }

  async #load(signal: AbortSignal, tell: Tell): Promise<void> {
    if (!(await this.#signIn(tell))) return
    const pulled = await pullSnapshot(this.#by(signal), (count) => {
      this.#loadedRows = count
      if (!signal.aborted) this.statuses.tell(this.status)
    })
    if (signal.aborted) return
    switch (pulled.kind) {
      case 'copy':
        await this.#keeper.replace(pulled.copy, this.#leaseSeconds)
        this.#contact.reached()
        return tell({ kind: 'taken' })
      case 'resync':
        return this.#restart(pulled.resync, tell)
      case 'torn':
        return tell({ kind: 'torn' })
      case 'disagreement':
        return this.#disagree(pulled, tell)
    }
  }

  async #catchUp(signal: AbortSignal, tell: Tell): Promise<void> {
    if (!(await this.#signIn(tell))) return
    const { cursor } = this.#keeper
    if (cursor === null) return tell({ kind: 'disagreed' })
    const pulled = await pullChanges(this.#by(signal), cursor)
    if (signal.aborted) return
    if (pulled.kind === 'resync') return this.#restart(pulled.resync, tell)
    if (pulled.kind === 'gap') return tell(pulled)
    await this.#apply(pulled.delta, tell, 'caughtUp')
  }

  async #subscribe(signal: AbortSignal, tell: Tell): Promise<void> {
    const token = await this.#signIn(tell)
    const since = this.#keeper.cursor
    if (!token) return
    if (since === null) return tell({ kind: 'disagreed' })
    const { endpoint, times } = this.#o
    let tail = Promise.resolve()
    const over = await follow({
      endpoint,
      accessToken: token.accessToken,
      since,
      times,
      signal,
      WebSocket: this.#o.WebSocket ?? (await ownWebSocket()),
      onChanges: (changes) => {
        tail = tail
          .then(() => (signal.aborted ? undefined : this.#hear(changes, tell)))
          .catch((error: unknown) => {
            if (!signal.aborted) this.#failed(error, tell)
          })
      },
    })
    // What came before the end counts.
    await tail
    if (!signal.aborted) this.#over(over, tell)
  }

  #hear(changes: ChangesSubscription['changes'], tell: Tell): Promise<void> {
    if (changes.__typename === 'Resync') return this.#restart(changes, tell)
    const { hasMore: _, ...delta } = changes
    return this.#apply(delta, tell, 'heard')
  }

  #over(over: Over, tell: Tell): void {
    switch (over.kind) {
      case 'completed':
        return tell({ kind: 'unreachable' })
      case 'refused':
        return this.#failed(over.error, tell)
      case 'closed':
        this.#error = errorOfClose(over.code)
        return tell({ kind: troubleOfClose(over.code) })
    }
  }

  async #apply(delta: WholeDelta, tell: Tell, done: 'caughtUp' | 'heard'): Promise<void> {
    const taken = await this.#keeper.apply(delta, this.#leaseSeconds)
    if (taken === 'gap') return tell({ kind: 'gap' })
    if (typeof taken === 'object') return this.#disagree(taken, tell)
    this.#contact.reached()
    tell({ kind: done })
  }

  /** What may not stay goes before anything else happens (R2). */
  async #restart(resync: Resync, tell: Tell): Promise<void> {
    await this.#keeper.restart(resync)
    tell({ kind: 'resync', delayMs: resync.delayMs })
  }

  /** A copy that is not what it should be is shown no longer, and reported (D8). */
  async #disagree({ version, digest }: Exclude<Taken, string>, tell: Tell): Promise<void> {
    await this.#keeper.discard()
    this.#error = new DirectoryError('UNEXPECTED_ANSWER', 'The copy did not add up, and is made anew.')
    await this.#report(version, digest)
    tell({ kind: 'disagreed' })
  }

  /**
   * The next question with the version answers CHECKSUM: it is asked here, or a snapshot of that very version would be the
   * one that is told so. It helps to find the fault; a client that cannot report begins anew all the same.
   */
  async #report(version: string, digest: string): Promise<void> {
    const by = this.#by(this.#closing.signal)
    try {
      await by.request(ReportDigestDocument, { version, digest }, patience(by))
      await pullChanges(by, version)
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error
    }
  }

  /** The token to speak with, once it is known that the copy is that person's; null: something else was told. */
  async #signIn(tell: Tell): Promise<Token | null> {
    const token = await this.#o.tokens.get()
    if (!token) {
      this.#signedOut(tell)
      return null
    }
    this.#accessToken = token.accessToken
    this.#leaseSeconds = token.copyLeaseSeconds ?? this.#o.leaseSeconds
    const account = this.#o.account ?? subjectOf(token.accessToken)
    if (this.#keeper.belongsTo(`${this.#o.endpoint} ${account}`)) return token
    await this.#keeper.discard()
    tell({ kind: 'disagreed' })
    return null
  }

  #signedOut(tell: Tell): void {
    this.#error = new DirectoryError('UNAUTHENTICATED', 'There is no session: sign in.')
    tell({ kind: 'sessionEnded' })
  }

  #failed(error: unknown, tell: Tell): void {
    // Anything else is a bug, here or in a store: it is told as one, and nothing goes on pretending.
    this.#error =
      error instanceof DirectoryError
        ? error
        : new DirectoryError('STORE_FAILED', 'The client has failed.', { cause: error })
    tell({ kind: TROUBLES[this.#error.code] })
  }

  #pauseOf({ attempt, atLeastMs }: Extract<Command, { kind: 'wait' }>): number {
    const { firstRetryMs: firstMs, maxRetryMs: maxMs } = this.#o.times
    return Math.max(atLeastMs, pauseBefore(attempt, { firstMs, maxMs, random: this.#o.random }))
  }

  /** Waits until something holds of the copy, for `ms` at most when it is not null; rejects when it never can. */
  #until(holds: () => boolean, ms: number | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const { kind } = this.#state
        if (holds()) done(resolve)
        else if (kind === 'ended' || kind === 'failed' || kind === 'closed')
          done(() => reject(this.#error ?? new DirectoryError('CLOSED', 'The client is closed.')))
      }
      const stops = [this.news.add(look), this.statuses.add(look)]
      const timer = ms === null ? null : setTimeout(() => done(resolve), ms)
      const done = (settle: () => void) => {
        clearTimeout(timer ?? undefined)
        for (const stop of stops) stop()
        settle()
      }
      look()
    })
  }
}

type Tell = (event: Event) => void

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
