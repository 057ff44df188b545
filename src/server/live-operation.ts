import type { SignedIn } from '../model/signed-in.ts'
import type { Channel, Frame, Subscriber } from '../push/subscriber.ts'
import { nextFrame } from './frame.ts'
import type { LiveSocket } from './live-socket.ts'
import { Silent } from './silent.ts'

/** Whoever brought operations to the hub. */
export interface Owner {
  leave(operation: LiveOperation): void
  /** What the client may read of an error. */
  present(error: unknown, requestId: string): Error
}

/** One `changes` operation of a socket: a subscriber for the hub, and for the protocol library a stream that yields nothing. */
export class LiveOperation extends Silent implements Subscriber {
  readonly staffId: string
  readonly sessionId: string
  readonly channel: Channel
  readonly operationId: string
  readonly #socket: LiveSocket
  readonly #owner: Owner

  constructor(owner: Owner, socket: LiveSocket, by: SignedIn, channel: Channel, operationId: string) {
    super()
    this.#owner = owner
    this.#socket = socket
    this.staffId = by.staffId
    this.sessionId = by.sessionId
    this.channel = channel
    this.operationId = operationId
  }

  frame(payload: Buffer): Frame {
    return nextFrame(this.operationId, payload)
  }

  write(frame: Frame): boolean {
    return this.#socket.write(frame)
  }

  override complete(): void {
    this.#socket.removeOperation(this)
    super.complete()
  }

  fail(error: unknown): void {
    this.#socket.removeOperation(this)
    this.reject(this.#owner.present(error, this.#socket.call.requestId))
  }

  close(code: number, reason: string): void {
    this.#socket.close({ code, reason })
  }

  protected override leave(): void {
    if (this.#socket.removeOperation(this)) this.#owner.leave(this)
  }
}
