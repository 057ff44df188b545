import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** Stands before a directory and cuts each connection after so many bytes of its answers. */
export class CuttingProxy {
  readonly url: string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #limit = Infinity
  cuts = 0

  private constructor(server: Server, target: URL) {
    this.#server = server
    const { port } = server.address() as AddressInfo
    this.url = `ldap://127.0.0.1:${port}`
    server.on('connection', (client) => this.#join(client, target))
  }

  static async open(target: string): Promise<CuttingProxy> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new CuttingProxy(server, new URL(target))
  }

  /** Holds for connections from now on; answers how many were cut before. */
  cutAfter(bytes: number): number {
    this.#limit = bytes
    return this.cuts
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(client: Socket, target: URL): void {
    const upstream = connect(Number(target.port), target.hostname)
    let left = this.#limit
    const end = () => [client, upstream].forEach((socket) => socket.destroy())
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket)
      socket.on('error', end).on('close', end)
    }
    client.on('data', (chunk) => upstream.write(chunk))
    upstream.on('data', (chunk) => {
      client.write(chunk.subarray(0, Math.min(left, chunk.length)))
      left -= chunk.length
      if (left > 0) return
      this.cuts++
      client.end()
      upstream.destroy()
    })
  }
}
