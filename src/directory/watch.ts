import type { Socket } from 'node:net'
import { BindRequest, FilterParser, PresenceFilter, SearchRequest, UnbindRequest } from 'ldapts'
import { AppError, messageOf } from '../errors.ts'
import {
  ANSWER_MS,
  BindRefused,
  DirectoryUnreachable,
  openBoundConnection,
  openSocket,
  type DirectoryOptions,
} from './connection.ts'
import { ManageDsaItControl, SyncRequestControl } from './controls.ts'
import { Cookie, sidOf } from './cookie.ts'
import { Framer } from './framer.ts'
import { SYNC_ATTRIBUTES, type RawEntry } from './raw-entry.ts'
import { readMessage, readResult, readSyncMessage, type SyncMessage } from './message.ts'

export type { RawEntry } from './raw-entry.ts'

/**
 * What a content sync tells, in the order of the server, one after another: the next event waits for the promise of the
 * last. `live` is false until `refreshed`. `cookie` is the position that is reached when the event was taken in: safe to
 * store and to hand to the next `watch`; null inside a refresh, which counts as a whole or not at all.
 */
export type WatchEvent =
  | { kind: 'entry'; live: boolean; entry: RawEntry; cookie: string | null }
  | { kind: 'gone'; live: boolean; ids: readonly string[]; cookie: string | null }
  /** Refresh only: unchanged, just named. */
  | { kind: 'present'; ids: readonly string[] }
  /** End of the refresh. `namesAll`: whatever was not named in it is gone. */
  | { kind: 'refreshed'; namesAll: boolean; cookie: string | null }
  | { kind: 'cookie'; cookie: string }

/** The directory ended the sync with a result code: 4096 and 53 ask to start again without a cookie. */
export class LdapSyncError extends Error {
  readonly code: number

  constructor(code: number, text: string) {
    super(`The directory ended the sync with code ${code}${text === '' ? '' : `: ${text}`}`)
    this.name = 'LdapSyncError'
    this.code = code
  }
}

export interface WatchTuning {
  /** The server must say something at least this often; it is asked when it is silent. */
  readonly silenceMs: number
}

/**
 * One session of RFC 4533 refreshAndPersist over the whole base, on a connection of its own. `since` null brings
 * everything. Resolves when `signal` aborts, rejects on every other end: LdapSyncError, what `onEvent` threw, or
 * DirectoryUnreachable. When it settles no event is being handled any more.
 */
export async function watch(
  options: DirectoryOptions,
  since: string | null,
  onEvent: (event: WatchEvent) => Promise<void>,
  signal: AbortSignal,
  tuning: WatchTuning = { silenceMs: 15_000 },
): Promise<void> {
  const socket = await openAny(options)
  const session = new Session(socket, options, since, onEvent, tuning)
  const stop = () => session.end(null)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    await session.run()
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function openAny(options: DirectoryOptions): Promise<Socket> {
  let last: unknown = new Error('No LDAP server is named')
  for (const url of options.urls) {
    try {
      return await openSocket(options, url)
    } catch (e) {
      last = e
      options.log.warn({ url, problem: messageOf(e) }, 'no connection to the directory')
    }
  }
  throw new DirectoryUnreachable(last)
}

const BIND_ID = 1
const SYNC_ID = 2
const FIRST_PROBE_ID = 3
/** Events that wait: above the first number nothing more is read from the socket, below the second it goes on. */
const PAUSE_AT = 2000
const RESUME_AT = 500

class Session {
  readonly #socket: Socket
  readonly #options: DirectoryOptions
  readonly #onEvent: (event: WatchEvent) => Promise<void>
  readonly #tuning: WatchTuning
  readonly #framer = new Framer()
  readonly #cookie: Cookie
  readonly #since: string | null
  readonly #ended: Promise<Error | null>
  #settle: (reason: Error | null) => void = () => {}
  #over = false
  #live = false
  #namedPresent = false
  #queue: Promise<void> = Promise.resolve()
  #waiting = 0
  #heard = true
  #probeId = FIRST_PROBE_ID

  constructor(
    socket: Socket,
    options: DirectoryOptions,
    since: string | null,
    onEvent: (event: WatchEvent) => Promise<void>,
    tuning: WatchTuning,
  ) {
    this.#socket = socket
    this.#options = options
    this.#since = since
    this.#cookie = new Cookie(since)
    this.#onEvent = onEvent
    this.#tuning = tuning
    this.#ended = new Promise((resolve) => (this.#settle = resolve))
  }

  async run(): Promise<void> {
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk))
    this.#socket.once('error', (e) => this.end(new DirectoryUnreachable(e)))
    this.#socket.once('close', () =>
      this.end(new DirectoryUnreachable(new Error('The connection was closed'))),
    )
    const timer = setInterval(() => this.#probe(), this.#tuning.silenceMs)
    const { bindDn: dn, bindPassword: password } = this.#options
    if (!this.#over) this.#socket.write(new BindRequest({ messageId: BIND_ID, dn, password }).write())
    const reason = await this.#ended
    clearInterval(timer)
    await this.#queue
    if (reason) throw reason
  }

  /** Ends the session; null when its owner wants it. Events that wait are dropped: the cookie stands before them. */
  end(reason: Error | null): void {
    if (this.#over) return
    this.#over = true
    if (!this.#socket.destroyed) this.#socket.end(new UnbindRequest({ messageId: BIND_ID }).write())
    this.#socket.destroySoon()
    this.#settle(reason)
  }

  /** A server that hangs keeps its connections open: only a question shows it. */
  #probe(): void {
    if (this.#over) return
    if (this.#socket.isPaused()) {
      this.#heard = true
      return
    }
    if (!this.#heard) {
      this.#socket.destroy()
      this.end(new DirectoryUnreachable(new Error('The directory does not answer any more')))
      return
    }
    this.#heard = false
    this.#probeId = this.#probeId >= 0x7fffffff ? FIRST_PROBE_ID : this.#probeId + 1
    const filter = new PresenceFilter({ attribute: 'objectClass' })
    this.#socket.write(
      new SearchRequest({
        messageId: this.#probeId,
        baseDN: '',
        scope: 'base',
        filter,
        attributes: ['1.1'],
      }).write(),
    )
  }

  #read(chunk: Buffer): void {
    if (this.#over) return
    this.#heard = true
    try {
      for (const bytes of this.#framer.push(chunk)) {
        const message = readMessage(bytes)
        if (message.id === SYNC_ID) this.#sync(readSyncMessage(message))
        else if (message.id === BIND_ID) this.#bound(readResult(message))
        // Notice of disconnection, RFC 4511 4.4.1
        else if (message.id === 0) throw new DirectoryUnreachable(new Error(readResult(message).text))
        if (this.#over) return
      }
    } catch (e) {
      this.end(e instanceof AppError || e instanceof LdapSyncError ? e : new DirectoryUnreachable(e))
    }
  }

  #bound({ code, text }: { code: number; text: string }): void {
    const { bindDn, baseDn, urls } = this.#options
    if (code === 49) throw new BindRefused(bindDn, urls.join(' '), new Error(text || 'invalid credentials'))
    if (code !== 0) throw new LdapSyncError(code, text)
    this.#socket.write(
      new SearchRequest({
        messageId: SYNC_ID,
        baseDN: baseDn,
        scope: 'sub',
        filter: FilterParser.parseString('(objectClass=*)'),
        attributes: [...SYNC_ATTRIBUTES],
        sizeLimit: 0,
        timeLimit: 0,
        controls: [new SyncRequestControl(this.#cookie.text), new ManageDsaItControl()],
      }).write(),
    )
  }

  #sync(message: SyncMessage): void {
    const live = this.#live
    switch (message.kind) {
      case 'entry': {
        const cookie = this.#reached(message.cookie)
        if (message.state === 'delete') this.#emit({ kind: 'gone', live, ids: [message.entry.id], cookie })
        else if (message.state === 'present') this.#emit({ kind: 'present', ids: [message.entry.id] })
        else this.#emit({ kind: 'entry', live, entry: message.entry, cookie })
        break
      }
      case 'ids': {
        const cookie = this.#reached(message.cookie)
        if (message.deleted) this.#emit({ kind: 'gone', live, ids: message.ids, cookie })
        else if (!live) this.#emit({ kind: 'present', ids: message.ids })
        break
      }
      case 'phase':
        this.#phase(message)
        break
      case 'cookie': {
        const cookie = this.#reached(message.cookie)
        if (cookie !== null) this.#emit({ kind: 'cookie', cookie })
        break
      }
      case 'reference':
        // A part of the tree lies elsewhere: this is not the whole answer (L6).
        throw new LdapSyncError(10, 'the directory refers to another server for a part of the tree')
      case 'done':
        throw new LdapSyncError(message.code, message.text)
      case 'other':
        break
    }
  }

  /** A refresh may have a phase that names what is there and one that names what is gone; `done` ends the last. */
  #phase({ phase, done, cookie }: SyncMessage & { kind: 'phase' }): void {
    if (this.#live) return
    if (phase === 'present') this.#namedPresent = true
    if (!done) return
    this.#live = true
    const namesAll = this.#namedPresent || this.#since === null
    this.#emit({ kind: 'refreshed', namesAll, cookie: this.#reached(cookie) })
  }

  /** The position after a live message; inside a refresh there is none (trap 4). */
  #reached(cookie: string | null): string | null {
    if (!this.#live) return null
    if (cookie !== null) this.#cookie.merge(cookie)
    return this.#cookie.text
  }

  #emit(event: WatchEvent): void {
    this.#waiting++
    if (this.#waiting >= PAUSE_AT) this.#socket.pause()
    this.#queue = this.#queue.then(async () => {
      if (this.#over) return
      try {
        await this.#onEvent(event)
      } catch (e) {
        this.end(e instanceof Error ? e : new Error(String(e)))
      }
      this.#waiting--
      if (this.#waiting === RESUME_AT) this.#socket.resume()
    })
  }
}

/** The newest CSN of each server id that the first reachable provider holds (L9); empty when it does not tell. */
export async function contextCsns(options: DirectoryOptions): Promise<Map<string, string>> {
  let last: unknown = new Error('No LDAP server is named')
  for (const url of options.urls) {
    try {
      const connection = await openBoundConnection(options, url)
      try {
        const { searchEntries } = await connection.client.search(options.baseDn, {
          scope: 'base',
          attributes: ['contextCSN'],
          timeLimit: ANSWER_MS / 1000,
        })
        const values = [searchEntries[0]?.['contextCSN'] ?? []].flat().map(String)
        return new Map(
          values.flatMap((csn) => (sidOf(csn) === null ? [] : [[sidOf(csn) ?? '', csn] as const])),
        )
      } finally {
        await connection.close()
      }
    } catch (e) {
      if (e instanceof BindRefused) throw e
      last = e
    }
  }
  throw new DirectoryUnreachable(last)
}
