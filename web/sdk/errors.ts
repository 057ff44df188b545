import { isServerCode, type DirectoryErrorCode, type FailureName } from './codes.ts'

/** An expected failure as a result carries it. */
export interface Failure {
  readonly code: string
  readonly message: string
}

/** What is left of a result when its failures are taken away. */
export type Success<R> = Exclude<R, { readonly __typename: FailureName }>

interface Details {
  /** As the server wrote it. */
  readonly serverCode?: string | null
  /** Under which the failure stands in the server's log. */
  readonly requestId?: string | null
  /** The member of the result that said so, with its own fields. */
  readonly failure?: Failure | null
  readonly cause?: unknown
}

/**
 * Whatever goes wrong between a program and a directory. `code` says what to do, and is one of a closed list, so that a
 * `switch` over it is checked; `message` is for developers, in English.
 */
export class DirectoryError extends Error {
  readonly code: DirectoryErrorCode
  readonly serverCode: string | null
  readonly requestId: string | null
  readonly failure: Failure | null

  constructor(code: DirectoryErrorCode, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause })
    this.name = 'DirectoryError'
    this.code = code
    this.serverCode = details.serverCode ?? null
    this.requestId = details.requestId ?? null
    this.failure = details.failure ?? null
  }
}

/** The error of a code that a server gave, one that this client does not know included (T57). */
export function serverError(code: string, message: string, details: Details = {}): DirectoryError {
  const known = isServerCode(code) || code === 'TOO_OLD' ? code : 'UNKNOWN'
  return new DirectoryError(known, message, { ...details, serverCode: code })
}

/** Takes the success out of a result. Throws DirectoryError for an expected failure. */
export function successOf<R extends { readonly __typename: string }>(result: R): Success<R>
export function successOf(result: object): object {
  if (isFailure(result)) throw serverError(result.code, result.message, { failure: result })
  return result
}

function isFailure(result: object): result is Failure {
  return (
    'code' in result &&
    'message' in result &&
    typeof result.code === 'string' &&
    typeof result.message === 'string'
  )
}
