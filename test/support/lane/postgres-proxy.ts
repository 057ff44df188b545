import { createConnection, type Socket } from 'node:net'
import { pause } from '../../../src/clock.ts'
import { Proxy } from '../proxy.ts'

const NOTIFICATION = 'A'.charCodeAt(0)

/** Stands between an instance and PostgreSQL: what the database says may come late, or never where it is a notification. */
export class PostgresProxy {
  readonly url: string
  isDeaf = false
  readonly #proxy: Proxy
  readonly #lines: Set<Down>

  private constructor(url: string, proxy: Proxy, lines: Set<Down>) {
    this.url = url
    this.#proxy = proxy
    this.#lines = lines
  }

  /** Before a database that listens on a unix socket. */
  static async before(url: string): Promise<PostgresProxy> {
    const { searchParams, pathname } = new URL(url)
    const path = `${searchParams.get('host')}/.s.PGSQL.5432`
    const lines = new Set<Down>()
    const proxy = await Proxy.listen((client, own) => {
      const server = own(createConnection(path))
      const line = new Down(client, () => self.isDeaf)
      lines.add(line)
      client.on('data', (chunk) => server.write(chunk))
      server.on('data', (chunk: Buffer) => line.take(chunk))
      client.on('close', () => server.destroy())
      server.on('close', () => {
        lines.delete(line)
        client.destroy()
      })
    })
    const self: PostgresProxy = new PostgresProxy(
      `postgresql://postgres@127.0.0.1:${proxy.port}${pathname}`,
      proxy,
      lines,
    )
    return self
  }

  /** Holds back whatever the database says for so long. */
  async lag(ms: number): Promise<void> {
    const lines = [...this.#lines]
    for (const line of lines) line.hold()
    await pause(ms)
    for (const line of lines) line.release()
  }

  cut(): void {
    this.#proxy.cut()
  }

  close(): void {
    this.#proxy.close()
  }
}

/** What comes down one connection, message by message. */
class Down {
  readonly #client: Socket
  readonly #isDeaf: () => boolean
  #held: Buffer[] | null = null
  #rest = Buffer.alloc(0)

  constructor(client: Socket, isDeaf: () => boolean) {
    this.#client = client
    this.#isDeaf = isDeaf
  }

  take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    // A type of one byte, then a length of four that counts itself.
    while (this.#rest.length >= 5) {
      const end = 1 + this.#rest.readUInt32BE(1)
      if (this.#rest.length < end) return
      const message = this.#rest.subarray(0, end)
      this.#rest = this.#rest.subarray(end)
      if (message[0] === NOTIFICATION && this.#isDeaf()) continue
      if (this.#held) this.#held.push(message)
      else this.#client.write(message)
    }
  }

  hold(): void {
    this.#held ??= []
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = null
    if (held.length > 0 && !this.#client.destroyed) this.#client.write(Buffer.concat(held))
  }
}
