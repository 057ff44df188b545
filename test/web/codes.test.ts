import { isInterfaceType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../schema/schema.ts'
import {
  EditConflict,
  EditRefused,
  InvalidInput,
  NotFound,
  NotPermitted,
  REFUSALS,
} from '../../src/edit/failures.ts'
import { ERROR_CODES } from '../../src/errors.ts'
import {
  InvalidCredentials,
  InvalidInvitation,
  PasswordRefused,
  TooManyAttempts,
} from '../../src/identity/failures.ts'
import { MESSAGE_REFUSALS, MessageRefused } from '../../src/messaging/failures.ts'
import { FAILURE_CODES, REQUEST_CODES, type FailureName } from '../../web/sdk/codes.ts'
import { DirectoryError, serverError, successOf } from '../../web/sdk/errors.ts'

/** The codes that the server's classes have, by their name in the contract; `EditRefused` has several. */
const SERVER_CODES = {
  EditConflict: [new EditConflict(null).code],
  EditRefused: Object.keys(REFUSALS).map((code) => new EditRefused(code as keyof typeof REFUSALS).code),
  InvalidCredentials: [new InvalidCredentials().code],
  InvalidInput: [new InvalidInput([]).code],
  InvalidInvitation: [new InvalidInvitation().code],
  MessageRefused: Object.keys(MESSAGE_REFUSALS).map(
    (code) => new MessageRefused(code as keyof typeof MESSAGE_REFUSALS).code,
  ),
  NotFound: [new NotFound('id').code],
  NotPermitted: [new NotPermitted('').code],
  PasswordRefused: [new PasswordRefused('DIRECTORY', '').code],
  TooManyAttempts: [new TooManyAttempts(0).code],
} as const satisfies Record<FailureName, readonly string[]>

/** Fails to compile when a code of the server is none of the SDK's, or the other way round. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never
const areSame: Same<(typeof SERVER_CODES)[FailureName][number], (typeof FAILURE_CODES)[FailureName][number]> =
  true

describe('codes of the SDK', () => {
  it('are those of requests that the server has', () => {
    expect(REQUEST_CODES).toEqual(ERROR_CODES)
  })

  it('name every failure of the contract', () => {
    const failures = schema.getType('Error')
    if (!isInterfaceType(failures)) throw new Error('the contract has no interface Error')
    const names = schema.getImplementations(failures).objects.map(({ name }) => name)
    expect(Object.keys(FAILURE_CODES).sort()).toEqual(names.sort())
  })

  it('are, for each failure, those of its class', () => {
    expect(FAILURE_CODES).toEqual(SERVER_CODES)
    expect(areSame).toBe(true)
  })
})

describe('a result', () => {
  type Result =
    | { __typename: 'StaffEdited'; version: string | null }
    | { __typename: 'NotFound'; code: string; message: string; path: string }

  it('is taken as its success, with its type', () => {
    const result = { __typename: 'StaffEdited', version: 'v' } as Result
    const { version } = successOf(result)
    expect(version).toBe('v')
  })

  it('that is a failure is thrown with its code and its own fields', () => {
    const result = { __typename: 'NotFound', code: 'NOT_FOUND', message: 'no', path: 'id' } as Result
    const take = () => successOf(result)
    expect(take).toThrow(DirectoryError)
    expect(take).toThrow(expect.objectContaining({ code: 'NOT_FOUND', failure: result }))
  })

  it('[T57] of a newer server may fail with a code that is not known here', () => {
    const error = serverError('OUT_OF_TEA', 'Bring some.')
    expect([error.code, error.serverCode, error.message]).toEqual(['UNKNOWN', 'OUT_OF_TEA', 'Bring some.'])
  })
})
