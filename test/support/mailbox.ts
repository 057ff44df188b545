import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A real mail server on loopback that keeps what it is given. */
export class Mailbox {
  readonly url: string
  readonly mails: { to: string[]; source: string }[]
  readonly #server: SMTPServer

  private constructor(server: SMTPServer, port: number, mails: Mailbox['mails']) {
    this.#server = server
    this.url = `smtp://127.0.0.1:${port}`
    this.mails = mails
  }

  static async open(): Promise<Mailbox> {
    const mails: Mailbox['mails'] = []
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData(stream, session, done) {
        const parts: Buffer[] = []
        stream.on('data', (part: Buffer) => parts.push(part))
        stream.on('end', () => {
          const to = session.envelope.rcptTo.map(({ address }) => address)
          mails.push({ to, source: Buffer.concat(parts).toString() })
          done()
        })
      },
    })
    const port = await new Promise<number>((resolve) => {
      const listening = server.listen(0, '127.0.0.1', () => {
        const { port: found } = listening.address() as AddressInfo
        resolve(found)
      })
    })
    return new Mailbox(server, port, mails)
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}
