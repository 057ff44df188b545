/** Codes with which the server refuses a whole request; what a mutation answers has codes of its own, in its result. */
export const SERVER_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'UNAVAILABLE',
  'RATE_LIMITED',
  'CONFLICT',
  'INTERNAL',
  'TOO_OLD',
] as const

/** NETWORK: nobody answered. PROTOCOL: what came is not an answer of this API. */
export type DirectoryErrorCode = (typeof SERVER_CODES)[number] | 'NETWORK' | 'PROTOCOL'

/** A request that has no answer. `isFinal`: asking again does not help, whoever asks has to change something. */
export class DirectoryError extends Error {
  readonly code: DirectoryErrorCode

  constructor(code: DirectoryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DirectoryError'
    this.code = code
  }

  get isFinal(): boolean {
    return (
      this.code === 'TOO_OLD' ||
      this.code === 'FORBIDDEN' ||
      this.code === 'BAD_USER_INPUT' ||
      this.code === 'UNAUTHENTICATED'
    )
  }

  /** From the `errors` of an answer. */
  static of(errors: readonly { readonly message: string; readonly extensions?: unknown }[]): DirectoryError {
    const [first] = errors
    const { extensions } = first ?? {}
    const given: unknown =
      typeof extensions === 'object' && extensions !== null ? Reflect.get(extensions, 'code') : null
    const code = SERVER_CODES.find((one) => one === given) ?? 'INTERNAL'
    return new DirectoryError(code, first?.message ?? 'The server has answered with nothing.')
  }
}
