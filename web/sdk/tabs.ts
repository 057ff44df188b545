/// <reference lib="dom" />
import {
  clientOf,
  createDirectoryClient,
  type DirectoryClient,
  type DirectoryClientOptions,
  type Running,
} from './client.ts'
import type { Rows } from './copy.ts'
import type { Status } from './engine.ts'
import { DirectoryError } from './errors.ts'
import { Follower } from './follower.ts'
import { indexedDbStore } from './indexed-db-store.ts'
import type { News } from './keeper.ts'
import { Listeners } from './listeners.ts'
import type { Outline } from './outline.ts'
import { channelOf, type FromLeader, type ToLeader } from './tab-messages.ts'
import { createTransport } from './transport.ts'

export interface TabClientOptions extends Omit<DirectoryClientOptions, 'store'> {
  /** Of the copy, one for each account and server: the tabs that share it are those of this name. */
  readonly name: string
}

/**
 * The client of one tab among several of a browser. One of them leads: it alone speaks to the server for the copy and writes
 * it to IndexedDB. The others show what it has stored, follow what it tells, and one of them leads on when it is closed.
 */
export function createTabClient(o: TabClientOptions): DirectoryClient {
  return clientOf(new Tab(o), createTransport(o).request)
}

class Tab implements Running {
  readonly news = new Listeners<News>()
  readonly statuses = new Listeners<Status>()
  readonly outlines = new Listeners<null>()
  readonly #o: TabClientOptions
  readonly #channel: BroadcastChannel
  readonly #closing = new AbortController()
  readonly #follower: Follower
  #leader: DirectoryClient | null = null
  /** It has told of a copy of its own. */
  #hasLed = false
  #told: string | null = null

  constructor(o: TabClientOptions) {
    this.#o = o
    this.#channel = new BroadcastChannel(channelOf(o.name))
    this.#follower = new Follower({
      name: o.name,
      ask: (message) => this.#channel.postMessage(message),
      onNews: (news) => this.news.tell(news),
      onStatus: (status) => this.statuses.tell(status),
      onOutline: () => this.outlines.tell(null),
    })
    this.#channel.onmessage = ({ data }) => this.#hear(data)
    const { signal } = this.#closing
    navigator.locks
      .request(channelOf(o.name), { signal }, () => this.#lead(signal))
      // Closed before it ever led.
      .catch(() => {})
    this.#channel.postMessage({ to: 'leader', kind: 'hello' } satisfies ToLeader)
  }

  get rows(): Rows | null {
    // What was shown while it followed is shown until it has opened the same copy itself, or has found that it may not.
    const leader = this.#leader
    if (!leader) return this.#follower.rows
    return leader.rows ?? (this.#hasLed || leader.status.kind !== 'opening' ? null : this.#follower.rows)
  }

  get outline(): Outline | null {
    return this.rows ? null : (this.#leader ?? this.#follower).outline
  }

  get cursor(): string | null {
    return this.#leader ? this.#leader.cursor : this.#follower.cursor
  }

  get status(): Status {
    return this.#leader?.status ?? this.#follower.status
  }

  waitFor(version: string): Promise<boolean> {
    return this.#leader ? this.#leader.waitFor(version) : this.#follower.waitFor(version)
  }

  wake(): void {
    if (this.#leader) this.#leader.wake()
    else this.#channel.postMessage({ to: 'leader', kind: 'wake' } satisfies ToLeader)
  }

  /** Whoever leads finds out by itself, being on the same device. */
  lose(): void {
    this.#leader?.lose()
  }

  async close(): Promise<void> {
    await this.#leader?.close()
    this.#closing.abort()
    this.#channel.close()
    await this.#follower.close(new DirectoryError('CLOSED', 'The client is closed.'))
  }

  /** Leads for as long as the lock is held: until the tab is closed. */
  async #lead(signal: AbortSignal): Promise<void> {
    await this.#follower.stop()
    if (signal.aborted) return
    const { name, ...options } = this.#o
    const leader = createDirectoryClient({ ...options, store: indexedDbStore(name) })
    this.#leader = leader
    leader.onOutline(() => this.outlines.tell(null))
    leader.onNews((news) => this.#leads(leader, news))
    leader.onStatus((status) => {
      // That this tab is closed is no news for the others: one of them leads on.
      if (status.kind !== 'closed') this.#say({ from: 'leader', kind: 'status', status: plain(status) })
      this.statuses.tell(status)
    })
    this.#sayWhere(leader)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  }

  #leads(leader: DirectoryClient, news: News): void {
    this.#hasLed = true
    const { cursor } = leader
    if (news.kind === 'step' && this.#told !== null && cursor !== null) {
      const { departmentTypes, staffTypes, fields } = news.rows
      const { changes, viewerChanged } = news
      const catalogue = { departmentTypes, staffTypes, fields }
      const since = this.#told
      this.#say({ from: 'leader', kind: 'step', since, cursor, changes, viewerChanged, catalogue })
      this.#told = cursor
    } else this.#sayWhere(leader)
    this.news.tell(news)
  }

  /** The version that everybody may show; none while the copy is being made anew. */
  #sayWhere(leader: DirectoryClient): void {
    this.#told = leader.rows ? leader.cursor : null
    this.#say({ from: 'leader', kind: 'here', cursor: this.#told, status: plain(leader.status) })
  }

  #say(message: FromLeader): void {
    this.#channel.postMessage(message)
  }

  /** Of a tab of this name, and of this format: it was said by this file. */
  #hear(message: ToLeader | FromLeader): void {
    const leader = this.#leader
    if ('from' in message) {
      if (!leader) this.#follower.hear(message)
      return
    }
    if (!leader) return
    switch (message.kind) {
      case 'hello':
        return this.#sayWhere(leader)
      case 'wake':
        return leader.wake()
      case 'waitFor': {
        const answer = (isThere: boolean) =>
          this.#say({ from: 'leader', kind: 'waited', id: message.id, isThere })
        leader.waitFor(message.version).then(answer, () => answer(false))
      }
    }
  }
}

/** Errors of ours lose their class on the way to another tab. */
function plain({ error, ...status }: Status): Extract<FromLeader, { kind: 'status' }>['status'] {
  return { ...status, error: error && { code: error.code, message: error.message } }
}
