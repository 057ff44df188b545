import { InvalidCredentials, TooManyAttempts } from '../src/identity/failures.ts'
import { builder } from './builder.ts'

/** Any expected failure. */
interface ExpectedFailure extends Error {
  readonly code: string
}

export const ErrorInterface = builder.interfaceRef<ExpectedFailure>('Error').implement({
  description: 'An expected failure: `code` for machines, `message` for people.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable; clients translate it.' }),
    message: t.exposeString('message', { description: 'Says what to do, in English.' }),
  }),
})

builder.objectType(InvalidCredentials, {
  name: 'InvalidCredentials',
  description: 'Login, password or refresh token do not count (any more); which of them is not told.',
  interfaces: [ErrorInterface],
})

builder.objectType(TooManyAttempts, {
  name: 'TooManyAttempts',
  description: 'Too many failures from this address or for this account.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    retryAfterSeconds: t.exposeInt('retryAfterSeconds', {
      description: 'How long to wait before the next attempt.',
    }),
  }),
})
