import { subscribe, type ExecutionArgs, type ExecutionResult, type GraphQLError } from 'graphql'
import type { OperationResult } from 'graphql-ws'
import { checkOperation } from './limits.ts'
import type { LiveSocket, SocketOperation } from './live-socket.ts'

/** Whose operation it is. */
export interface FollowedBy {
  readonly socket: LiveSocket
  readonly operationId: string
  /** What the client may read of an error. */
  readonly present: (error: unknown) => GraphQLError
}

/**
 * Follows a subscription that is for one caller alone, and not shared by the hub. It ends with its source, with the operation,
 * or with the socket.
 */
export async function followed(args: ExecutionArgs, by: FollowedBy): Promise<Awaited<OperationResult>> {
  const [refused] = checkOperation({ ...args, isAnonymous: false })
  if (refused) return { errors: [by.present(refused)] }
  const stream = await subscribe(args)
  if (!(Symbol.asyncIterator in stream)) return shown(stream, by.present)
  const operation = new Followed(stream, by)
  by.socket.addOperation(operation)
  return operation
}

/**
 * The answers of one subscription. No generator function: one that waits for its source would end only after the next answer,
 * and one that was not yet asked for anything would leave its source open for ever.
 */
class Followed implements AsyncGenerator<ExecutionResult, void, void>, SocketOperation {
  readonly operationId: string
  readonly #stream: AsyncGenerator<ExecutionResult, void, void>
  readonly #by: FollowedBy
  #isOver = false

  constructor(stream: AsyncGenerator<ExecutionResult, void, void>, by: FollowedBy) {
    this.operationId = by.operationId
    this.#stream = stream
    this.#by = by
  }

  async next(): Promise<IteratorResult<ExecutionResult, void>> {
    if (this.#isOver) return { value: undefined, done: true }
    try {
      const { value, done } = await this.#stream.next()
      if (!done && value) return { value: shown(value, this.#by.present), done: false }
    } catch (error) {
      await this.return()
      return { value: { errors: [this.#by.present(error)] }, done: false }
    }
    return await this.return()
  }

  async return(): Promise<IteratorReturnResult<void>> {
    if (!this.#isOver) {
      this.#isOver = true
      this.#by.socket.removeOperation(this)
      await this.#stream.return()
    }
    return { value: undefined, done: true }
  }

  async throw(error: unknown): Promise<IteratorResult<ExecutionResult, void>> {
    await this.return()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}

function shown(result: ExecutionResult, present: (error: unknown) => GraphQLError): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map(present) } : result
}
