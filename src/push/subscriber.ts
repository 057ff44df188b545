import type { SignedIn } from '../model/signed-in.ts'
import type { ChangesResult } from '../sync/results.ts'

/** All operations with the same document, operation name and variables but `since`: they share encoded answers (P1). */
export interface Channel {
  /** Whether they take removals as revoked types (D5). */
  readonly compact: boolean
  /** The JSON of the ExecutionResult, to be written to every operation of the channel. */
  encode(root: ChangesResult): Buffer | Promise<Buffer>
}

/** The bytes of one message, in pieces so that large ones are shared; nobody changes them. */
export type Frame = readonly Buffer[]

/** One `changes` operation of one person. */
export interface Subscriber extends SignedIn {
  readonly channel: Channel
  /** The client's id: operations of one channel and one id get the same frame. */
  readonly operationId: string
  /** The message that carries an encoded answer to operations with this id. */
  frame(payload: Buffer): Frame
  /** Writes a message; false when the reader's backlog is over the bound, and then nothing was written (P2). */
  write(frame: Frame): boolean
  /** Ends the operation: after a Resync there is nothing to follow. */
  complete(): void
  /** Ends the operation with an error. */
  fail(error: unknown): void
  /** Ends the socket (P2). */
  close(code: number, reason: string): void
}
