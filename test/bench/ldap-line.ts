import type { Socket } from 'node:net'
import { Attribute, BindRequest, Change, ModifyRequest } from 'ldapts'
import { openSocket, type DirectoryOptions } from '../../src/directory/connection.ts'
import { Framer } from '../../src/directory/framer.ts'
import { readMessage, readResult } from '../../src/directory/message.ts'

/** One connection to the directory that is kept, with requests encoded before they are timed. One request at a time. */
export class LdapLine {
  readonly #socket: Socket
  #id = 1
  #answered: (code: number) => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    const framer = new Framer()
    socket.on('data', (chunk: Buffer) => {
      for (const bytes of framer.push(chunk)) this.#answered(readResult(readMessage(bytes)).code)
    })
  }

  static async open(options: DirectoryOptions): Promise<LdapLine> {
    const line = new LdapLine(await openSocket(options, options.urls[0] ?? ''))
    const { bindDn: dn, bindPassword: password } = options
    await line.send(new BindRequest({ messageId: line.nextId(), dn, password }).write())
    return line
  }

  nextId(): number {
    return this.#id++
  }

  replace(dn: string, attribute: string, value: string): Buffer {
    const modification = new Attribute({ type: attribute, values: [value] })
    const changes = [new Change({ operation: 'replace', modification })]
    return new ModifyRequest({ messageId: this.nextId(), dn, changes }).write()
  }

  /** Resolves with the answer; rejects when it is a refusal. */
  async send(request: Buffer): Promise<void> {
    const code = await new Promise<number>((resolve) => {
      this.#answered = resolve
      this.#socket.write(request)
    })
    if (code !== 0) throw new Error(`the directory answered with code ${code}`)
  }

  close(): void {
    this.#socket.destroy()
  }
}
