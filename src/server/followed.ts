import { subscribe, type ExecutionArgs, type ExecutionResult, type GraphQLError } from 'graphql'
import type { OperationResult } from 'graphql-ws'
import { checkOperation } from './limits.ts'

/**
 * Follows a subscription that is for one caller alone, and not shared by the hub. It ends with its source, with the operation,
 * or with the socket.
 */
export async function followed(
  args: ExecutionArgs,
  present: (error: unknown) => GraphQLError,
): Promise<Awaited<OperationResult>> {
  const [refused] = checkOperation({ ...args, isAnonymous: false })
  if (refused) return { errors: [present(refused)] }
  const stream = await subscribe(args)
  return Symbol.asyncIterator in stream ? presented(stream, present) : shown(stream, present)
}

async function* presented(
  stream: AsyncGenerator<ExecutionResult, void, void>,
  present: (error: unknown) => GraphQLError,
): AsyncGenerator<ExecutionResult, void, undefined> {
  try {
    for await (const result of stream) yield shown(result, present)
  } catch (error) {
    yield { errors: [present(error)] }
  }
}

function shown(result: ExecutionResult, present: (error: unknown) => GraphQLError): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map(present) } : result
}
