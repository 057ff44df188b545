import { setImmediate } from 'node:timers/promises'
import { backoff } from '../clock.ts'
import { AppError, messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import { HeadState } from '../model/state.ts'
import { Alarm } from './alarm.ts'
import type { Appended, Position } from './append.ts'
import type { Database } from './database.ts'
import { AT_ONCE, stateAfter, stateOf } from './draft.ts'
import { loadState, readAfter, readHead, versionHash, type Head, type LogVersion } from './log.ts'
import { Recent } from './recent.ts'
import { CHANGELOG_CHANNEL, listen } from './wake.ts'

/** What happened after a version, as far as the log reaches back. */
export type After =
  | {
      readonly kind: 'versions'
      /** The chain hash of the version that was asked for. */
      readonly hash: string
      /** Whole versions in order, up to the replica's own version at the moment of the answer. */
      readonly versions: readonly LogVersion[]
    }
  /** Below the base (L7). */
  | { readonly kind: 'pruned' }
  /** More than an instance reads for one answer. */
  | { readonly kind: 'tooMuch' }
  /** Never was in this history, or not yet. */
  | { readonly kind: 'unknown' }

/** Why a state was loaded anew: history was replaced, or has forgotten what came after the replica's version (R1). */
export type Reloaded = 'DIVERGED' | 'PRUNED'

/** Longest time between two comparisons with the database (C2), in milliseconds. */
const CHECK_MS = 1000
/** Versions that are read at once. */
const PAGE = 1000
/** Changes that are read from the database for one answer at most: whoever missed more is better off with a snapshot. */
const MAX_READ = 50_000

/**
 * This instance's copy of the directory, kept from the log. It advances by whole versions, and compares its version and
 * hash with the database at start, on every notification and at least every second; when history was replaced under it,
 * it loads itself anew and says so (C2). While the database is away it goes on with what it has.
 */
export class Replica {
  readonly #db: Database
  readonly #log: Logger
  readonly #onAdvance = new Set<(versions: readonly LogVersion[]) => void>()
  readonly #onDiverged = new Set<(reason: Reloaded) => void>()
  readonly #waiters = new Set<{ version: number; done: (reached: boolean) => void }>()
  readonly #recent = new Recent()
  readonly #stop = new AbortController()
  readonly #alarm = new Alarm()
  readonly #maxRead: number
  /** What is being read from the database, by the version after which; one reading after the other. */
  readonly #readings = new Map<number, Promise<After>>()
  #lastReading: Promise<unknown> = Promise.resolve()
  #state = new HeadState()
  #version = 0
  #hash = ''
  #checkedAt = 0
  /** The state is being made anew or brought forward, over several turns of the event loop. */
  #isTaking = false

  private constructor(db: Database, log: Logger, maxRead: number) {
    this.#db = db
    this.#log = log
    this.#maxRead = maxRead
  }

  /** Loads the state and starts to follow; ends with the signal or `close`. */
  static async open(
    db: Database,
    log: Logger,
    signal: AbortSignal,
    { maxRead = MAX_READ }: { readonly maxRead?: number } = {},
  ): Promise<Replica> {
    const replica = new Replica(db, log, maxRead)
    signal.addEventListener('abort', () => replica.close(), { once: true, signal: replica.#stop.signal })
    replica.#install(await load(db))
    replica.#checkedAt = Date.now()
    void replica.#follow()
    return replica
  }

  get state(): HeadState {
    return this.#state
  }

  get version(): number {
    return this.#version
  }

  get hash(): string {
    return this.#hash
  }

  /** When the replica last knew that it had everything, in milliseconds since the epoch. */
  get checkedAt(): number {
    return this.#checkedAt
  }

  /** Called in the turn in which the state advanced, with the whole versions. */
  onAdvance(listener: (versions: readonly LogVersion[]) => void): () => void {
    this.#onAdvance.add(listener)
    return () => this.#onAdvance.delete(listener)
  }

  /** Called when the state was loaded anew, in the same turn. */
  onDiverged(listener: (reason: Reloaded) => void): () => void {
    this.#onDiverged.add(listener)
    return () => this.#onDiverged.delete(listener)
  }

  /** Whether the replica has reached a version, after `timeoutMs` at most. */
  waitFor(version: number, timeoutMs: number): Promise<boolean> {
    if (version <= this.#version) return Promise.resolve(true)
    this.#alarm.ring()
    return new Promise((resolve) => {
      const done = (reached: boolean) => {
        clearTimeout(timer)
        this.#waiters.delete(waiter)
        resolve(reached)
      }
      const waiter = { version, done }
      const timer = setTimeout(() => done(false), timeoutMs)
      this.#waiters.add(waiter)
    })
  }

  /** What happened after a version; from memory, or from the database where it is older. AppError UNAVAILABLE without it. */
  async changesAfter(version: number): Promise<After> {
    const recent = this.#recent.after(version)
    if (recent) return { kind: 'versions', hash: recent.hash, versions: recent.versions }
    if (version > this.#version) return { kind: 'unknown' }
    // Many come back from the same place after a restart.
    let reading = this.#readings.get(version)
    if (!reading) {
      reading = this.#lastReading
        .then(() => this.#readAfter(version))
        .finally(() => this.#readings.delete(version))
      this.#readings.set(version, reading)
      this.#lastReading = reading.catch(() => {})
    }
    return reading
  }

  async #readAfter(version: number): Promise<After> {
    for (;;) {
      const recent = this.#recent.after(version)
      if (recent) return { kind: 'versions', hash: recent.hash, versions: recent.versions }
      const hash = await versionHash(this.#db, version)
      if (hash === null) {
        const { baseVersion } = await readHead(this.#db)
        return version < baseVersion ? { kind: 'pruned' } : { kind: 'unknown' }
      }
      const older = await this.#readUpToMemory({ version, hash })
      if (older === 'tooMuch') return { kind: 'tooMuch' }
      const last = older?.at(-1) ?? { version, hash }
      const rest = this.#recent.after(last.version)
      if (older && rest?.hash === last.hash)
        return { kind: 'versions', hash, versions: [...older, ...rest.versions] }
      // History was pruned or replaced meanwhile, or memory has moved on: see where things stand now.
      if (this.#stop.signal.aborted) throw new AppError('UNAVAILABLE', 'This server is stopping. Try again.')
      this.#alarm.ring()
    }
  }

  /** The versions after one, from memory only; null when memory does not reach back that far. */
  recentAfter(version: number): readonly LogVersion[] | null {
    return this.#recent.after(version)?.versions ?? null
  }

  /**
   * Takes what this process has committed a moment ago without asking for it, when it goes on exactly where the replica
   * stands; whatever does not, or is too much for one turn, is left to the next comparison with the database.
   */
  offer({ builtOn, versions }: Appended): void {
    const isNext = builtOn.version === this.#version && builtOn.hash === this.#hash
    if (isNext && !this.#isTaking && sizeOf(versions) <= AT_ONCE) this.#advance(versions)
  }

  databaseHead(): Promise<Head> {
    return readHead(this.#db)
  }

  close(): void {
    this.#stop.abort()
    this.#alarm.ring()
    for (const waiter of this.#waiters) waiter.done(false)
  }

  /** Null when the position is not in the database's history any more. */
  async #readUpToMemory(from: Position): Promise<LogVersion[] | 'tooMuch' | null> {
    const versions: LogVersion[] = []
    let changes = 0
    for (let at = from; at.version < this.#recent.start;) {
      const page = await readAfter(this.#db, at, PAGE)
      const last = page?.at(-1)
      if (!page || !last) return null
      versions.push(...page)
      changes += sizeOf(page)
      if (changes > this.#maxRead) return 'tooMuch'
      at = last
    }
    return versions
  }

  #install({ head, state }: Loaded): void {
    this.#state = state
    this.#version = head.version
    this.#hash = head.hash
    this.#recent.reset(head.version, head.hash)
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop
    const stopListening = listen(this.#db.url, CHANGELOG_CHANNEL, () => this.#alarm.ring(), signal, this.#log)
    let nextDelay = backoff(100, CHECK_MS)
    let isLost = false
    while (!signal.aborted) {
      let delay = CHECK_MS
      try {
        await this.#catchUp()
        if (isLost) this.#log.info('the replica follows the database again')
        isLost = false
        nextDelay = backoff(100, CHECK_MS)
      } catch (error) {
        if (signal.aborted) break
        if (!isLost)
          this.#log.warn({ reason: messageOf(error) }, 'the replica lost the database; it serves what it has')
        isLost = true
        delay = nextDelay()
      }
      await this.#alarm.wait(delay)
    }
    stopListening()
  }

  /** Compares with the database and takes what is new. */
  async #catchUp(): Promise<void> {
    for (let isBehind = true; isBehind;) {
      const at = { version: this.#version, hash: this.#hash }
      const versions = await readAfter(this.#db, at, PAGE)
      if (this.#stop.signal.aborted) return
      const { version } = this
      // Meanwhile some may have been offered.
      const own = version === at.version ? at : versions?.find((v) => v.version === version)
      if (!versions || (own && own.hash !== this.#hash)) {
        if (version !== at.version) continue
        await this.#reload()
        break
      }
      await this.#take(versions.filter((v) => v.version > version))
      isBehind = versions.length === PAGE
    }
    this.#checkedAt = Date.now()
  }

  /** Takes versions in order, as many as fit into each turn; one that does not is prepared aside (L3, K1). */
  async #take(versions: readonly LogVersion[]): Promise<void> {
    this.#isTaking = true
    try {
      for (const some of inTurns(versions)) {
        const isLarge = sizeOf(some) > AT_ONCE
        const state = isLarge
          ? await stateAfter(
              this.#state,
              some.flatMap((v) => v.changes),
            )
          : null
        this.#advance(some, state)
        if (some.at(-1) !== versions.at(-1)) await setImmediate()
      }
    } finally {
      this.#isTaking = false
    }
  }

  /** `prepared`: the state that results, when it was made before. */
  #advance(versions: readonly LogVersion[], prepared: HeadState | null = null): void {
    const last = versions.at(-1)
    if (!last || this.#stop.signal.aborted) return
    if (versions[0]?.version !== this.#version + 1) {
      throw new AppError('INTERNAL', `the log goes on at ${versions[0]?.version} after ${this.#version}`)
    }
    if (prepared) this.#state = prepared
    else for (const version of versions) this.#state.apply(version.changes)
    this.#version = last.version
    this.#hash = last.hash
    this.#recent.push(versions)
    for (const listener of this.#onAdvance) listener(versions)
    this.#tellWaiters()
  }

  #tellWaiters(): void {
    for (const waiter of this.#waiters) if (waiter.version <= this.#version) waiter.done(true)
  }

  async #reload(): Promise<void> {
    this.#log.error(
      { version: this.#version },
      'the history in the database does not go on from where this instance stood: loading anew',
    )
    this.#isTaking = true
    const loaded = await load(this.#db).finally(() => (this.#isTaking = false))
    if (this.#stop.signal.aborted) return
    const reason = this.#version < loaded.head.baseVersion ? 'PRUNED' : 'DIVERGED'
    // All in one turn: nobody may answer from the new state with what was worked out about the old history.
    this.#install(loaded)
    for (const listener of this.#onDiverged) listener(reason)
    this.#tellWaiters()
  }
}

interface Loaded {
  readonly head: Head
  readonly state: HeadState
}

async function load(db: Database): Promise<Loaded> {
  const { head, entries } = await loadState(db)
  return { head, state: await stateOf(entries) }
}

function sizeOf(versions: readonly LogVersion[]): number {
  return versions.reduce((sum, { changes }) => sum + changes.length, 0)
}

/** Runs of versions with at most AT_ONCE changes each; a version with more is one by itself. */
function* inTurns(versions: readonly LogVersion[]): Iterable<LogVersion[]> {
  let run: LogVersion[] = []
  let size = 0
  for (const version of versions) {
    if (run.length > 0 && size + version.changes.length > AT_ONCE) {
      yield run
      run = []
      size = 0
    }
    run.push(version)
    size += version.changes.length
  }
  if (run.length > 0) yield run
}
