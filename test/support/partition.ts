import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** Which bytes vanish: those of the client, those of the server, or all. */
export type Swallowed = 'up' | 'down' | 'both'

/**
 * A network between somebody and a server that may swallow bytes without a word: nobody is refused and nothing is closed.
 * What a connection has lost it never gets back; connections that are made after `heal` work.
 */
export class Partition {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #target: string
  #swallowed: Swallowed | null = null
  #delayMs = 0

  private constructor(server: Server, target: string) {
    const { port } = server.address() as AddressInfo
    this.port = port
    this.#server = server
    this.#target = target
    server.on('connection', (client) => this.#join(client))
  }

  /** `target`: the URL of a directory or of a database, through its unix socket too. */
  static async before(target: string): Promise<Partition> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Partition(server, target)
  }

  /** The target's URL by way of this network. */
  get url(): string {
    const url = new URL(this.#target)
    url.searchParams.delete('host')
    url.hostname = '127.0.0.1'
    url.port = String(this.port)
    return url.toString()
  }

  /** From now on, on connections that are open and on those to come. */
  swallow(what: Swallowed): void {
    this.#swallowed = what
  }

  heal(): void {
    this.#swallowed = null
  }

  /** Every piece of an answer comes so much later. */
  slow(ms: number): void {
    this.#delayMs = ms
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(client: Socket): void {
    const url = new URL(this.#target)
    const folder = url.searchParams.get('host')
    const server = folder
      ? connect(`${folder}/.s.PGSQL.${url.port || 5432}`)
      : connect(Number(url.port), url.hostname)
    const broken = new Set<Swallowed>()
    const passes = (way: Swallowed) => {
      if (this.#swallowed === 'both' || this.#swallowed === way) broken.add(way)
      return !broken.has(way)
    }
    const pass = (from: Socket, to: Socket, way: Swallowed) => {
      this.#sockets.add(from)
      from.on('error', () => {})
      from.on('close', () => {
        this.#sockets.delete(from)
        // That somebody has gone is a message, too.
        if (passes(way)) to.destroy()
      })
      from.on('data', (chunk) => {
        if (!passes(way)) return
        if (way === 'down' && this.#delayMs > 0) setTimeout(() => to.write(chunk), this.#delayMs)
        else to.write(chunk)
      })
    }
    pass(client, server, 'up')
    pass(server, client, 'down')
  }
}
