import { getOperationAST, type ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Traffic } from '../vitals/traffic.ts'
import type { AuthenticatedCall } from './call.ts'
import { codeOf } from './present-error.ts'

/** How long operations take that Yoga executes, over both transports. */
export function measuredPlugin(traffic: Pick<Traffic, 'executed'>): Plugin<{ call: AuthenticatedCall }> {
  return {
    onExecute({ args }) {
      const startedAt = performance.now()
      const name = getOperationAST(args.document, args.operationName)?.name?.value
      return {
        onExecuteDone({ result }) {
          const [first] = isResult(result) ? (result.errors ?? []) : []
          traffic.executed(name, first ? codeOf(first) : null, performance.now() - startedAt)
        },
      }
    },
  }
}

function isResult(result: ExecutionResult | AsyncIterable<unknown>): result is ExecutionResult {
  return !(Symbol.asyncIterator in result)
}
