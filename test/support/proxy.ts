import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A TCP proxy on loopback that stands before a server and may do with its bytes what it likes. */
export class Proxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
  }

  /** `down` gets what the server says and decides what the client hears. */
  static async before(
    url: string,
    down: (client: Socket, chunk: Buffer) => void = (client, chunk) => client.write(chunk),
  ): Promise<Proxy> {
    const { port } = new URL(url)
    return await Proxy.listen((client, own) => {
      const server = own(createConnection(Number(port), '127.0.0.1'))
      client.on('data', (chunk) => server.write(chunk))
      server.on('data', (chunk: Buffer) => down(client, chunk))
      client.on('close', () => server.destroy())
      server.on('close', () => client.destroy())
    })
  }

  /** A server of one's own making. Sockets given to `own` end with it. */
  static async listen(onClient: (client: Socket, own: (socket: Socket) => Socket) => void): Promise<Proxy> {
    const server = createServer((client) => onClient(proxy.#own(client), (socket) => proxy.#own(socket)))
    const proxy = new Proxy(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    const { port } = this.#server.address() as AddressInfo
    return port
  }

  get url(): string {
    return `ldap://127.0.0.1:${this.port}`
  }

  /** Cuts every connection; new ones are accepted. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  close(): void {
    this.#server.close()
    this.cut()
  }

  #own(socket: Socket): Socket {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
    return socket
  }
}
