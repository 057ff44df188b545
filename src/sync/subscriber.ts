import type { ChangesResult } from './results.ts'

/** All operations with the same document, operation name and variables but `since`: they share encoded answers (P1). */
export class Channel {
  readonly #execute: (root: ChangesResult) => Promise<unknown>

  /** `execute` runs the operation over one result of the hub and answers a GraphQL ExecutionResult. */
  constructor(execute: (root: ChangesResult) => Promise<unknown>) {
    this.#execute = execute
  }

  /** The JSON of the ExecutionResult, to be written to every operation of the channel. */
  async encode(root: ChangesResult): Promise<Buffer> {
    return Buffer.from(JSON.stringify(await this.#execute(root)))
  }
}

/** One `changes` operation of one person. */
export interface Subscriber {
  readonly staffId: string
  /** The cursor from which it wants to follow. */
  readonly since: string
  readonly compact: boolean
  readonly channel: Channel
  /** Writes one encoded answer; false when the reader's backlog is over the bound (P2). */
  send(payload: Buffer): boolean
  /** Ends the operation: after a Resync there is nothing to follow. */
  complete(): void
  /** Ends the socket (P2). */
  close(code: number, reason: string): void
}
