import { WebSocket } from 'ws'
import { z } from 'zod'
import { LoginDocument, LogoutDocument } from '../../../web/generated/graphql.ts'
import { createDirectoryClient, type DirectoryClient } from '../../../web/sdk/client.ts'
import type { Resync } from '../../../web/sdk/contract.ts'
import { catalogueOf, Copy, type Rows } from '../../../web/sdk/copy.ts'
import { DirectoryError } from '../../../web/sdk/errors.ts'
import type { News } from '../../../web/sdk/keeper.ts'
import type { CopyStore } from '../../../web/sdk/store.ts'
import { createTransport } from '../../../web/sdk/transport.ts'
import { PASSWORD } from './founding.ts'
import type { Happening, Journal } from './journal.ts'
import { Violation } from './violation.ts'

export interface SdkDeviceOptions {
  readonly name: string
  readonly login: string
  readonly viewerId: string
  readonly url: string
  readonly journal: Journal
  /** Opens what is kept; called anew after each close. */
  readonly open: () => CopyStore
}

/** Whoever is out of reach for a while must not hold up a history. */
const TIMES = { firstRetryMs: 20, maxRetryMs: 500, silenceMs: 5000, pingMs: 1000, pongMs: 2000, hopeMs: 20 }

const resyncSchema = z.object({ __typename: z.literal('Resync') })

/** A device on which the client of the SDK runs by itself; all that it shows and hears is noted for the judge. */
export class SdkDevice {
  readonly name: string
  readonly viewerId: string
  readonly #o: SdkDeviceOptions
  #client: DirectoryClient | null = null
  #resync: Resync | null = null
  /** The version of what was shown last. */
  #cursor: string | null = null

  constructor(options: SdkDeviceOptions) {
    this.#o = options
    this.name = options.name
    this.viewerId = options.viewerId
  }

  get cursor(): string | null {
    return this.#client?.cursor ?? null
  }

  get isLive(): boolean {
    return this.#client?.status.kind === 'live'
  }

  /** What it is doing, for people who look for a fault. */
  get status(): unknown {
    return this.#client?.status
  }

  start(): void {
    if (this.#client) return
    const { url } = this.#o
    const hear = (text: string) => this.#hear(text)
    class Heard extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol)
        this.on('error', () => {})
        this.on('message', (data: Buffer) => hear(data.toString()))
      }
    }
    const listen: typeof fetch = async (address, init) => {
      const response = await fetch(address, init)
      const text = await response.text()
      hear(text)
      return new Response(text, { status: response.status })
    }
    const client = createDirectoryClient({
      url,
      store: this.#o.open(),
      account: this.viewerId,
      getToken: (refused) => (refused === null ? this.#signIn() : null),
      fetch: listen,
      WebSocket: Heard,
      times: TIMES,
    })
    this.#client = client
    client.onNews((news) => this.#shown(client, news))
  }

  /** Comes back with what was stored and nothing else; signs in anew when the session had ended. */
  async restart(): Promise<void> {
    await this.close()
    this.start()
  }

  /** Ends its session, and with it the copy. */
  async logOut(): Promise<void> {
    await this.#client?.request(LogoutDocument).catch((error: unknown) => {
      if (!(error instanceof DirectoryError)) throw error
    })
  }

  /** Catches up to what another device has been told already (K3). */
  async waitForOthers(): Promise<void> {
    const { newest } = this.#o.journal
    if (!newest || !this.#client || !this.isLive) return
    const client = this.#client
    await client.waitFor(newest).then(
      () => {
        const { cursor } = client
        const { journal } = this.#o
        if (cursor !== null && journal.position(cursor).version < journal.position(newest).version)
          throw new Violation('K3', `${this.name} waited for ${newest} and has ${cursor}`)
      },
      (error: unknown) => {
        if (!(error instanceof DirectoryError)) throw error
      },
    )
  }

  /** Whoever was signed out or came back signs in again; throws when the client has given up. */
  async lookAfter(): Promise<void> {
    const kind = this.#client?.status.kind
    if (kind === 'failed')
      throw new Violation('K1', `${this.name} has failed: ${JSON.stringify(this.status)}`)
    if (kind === 'ended') await this.restart()
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = null
    await client?.close()
  }

  async #signIn(): Promise<string | null> {
    const { request } = createTransport({ url: this.#o.url })
    const { login } = await request(LoginDocument, { input: { login: this.#o.login, password: PASSWORD } })
    return login.__typename === 'Session' ? login.accessToken : null
  }

  #hear(text: string): void {
    this.#note({ kind: 'told', text, since: this.cursor })
    if (!text.includes('"Resync"')) return
    JSON.parse(text, (_, value: unknown) => {
      if (resyncSchema.safeParse(value).success) this.#resync = value as Resync
      return value
    })
  }

  #shown(client: DirectoryClient, { rows }: News): void {
    const { cursor } = client
    const before = this.#cursor
    this.#cursor = rows ? cursor : null
    if (rows && cursor !== null) {
      const copy = Copy.restore(cursor, copied(rows))
      const { digest } = copy
      const isPushed = client.status.kind === 'live'
      return this.#note({
        kind: 'stored',
        rows: copied(rows),
        cursor,
        digest,
        delta: null,
        compact: true,
        isPushed,
        waitedFor: null,
      })
    }
    const resync = this.#resync
    this.#resync = null
    if (!resync) return this.#note({ kind: 'ended' })
    const reported = this.#o.journal.hasReported(this.viewerId, before)
    const left = rows && copied(rows)
    this.#note({ kind: 'resynced', resync, cursor: before, paging: null, reported, left })
  }

  #note(happening: Happening): void {
    this.#o.journal.add({ device: this.name, viewerId: this.viewerId, happening })
  }
}

const copied = (rows: Rows): Rows => ({
  ...catalogueOf(rows),
  departments: new Map(rows.departments),
  staff: new Map(rows.staff),
})
