import { getNamedType, isInputObjectType, type GraphQLField } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../schema/schema.ts'

/** Why a mutation takes no idempotency key. */
const WITHOUT = {
  'begins or ends a session, and proves itself each time':
    'login refreshSession logout acceptInvitation changePassword revokeSession viewAs',
  'is told the same again, and changes nothing then': 'acknowledgePurge reportDigest',
  'is the same however often it is asked': 'openConversation markConversation recallMessage',
  'stops at the state of an import, whoever asks first': 'cancelImport undoImport',
}

const mutations = Object.entries(schema.getMutationType()?.getFields() ?? {})
const takesKey = ({ args }: GraphQLField<unknown, unknown>) =>
  args.some(({ name, type }) => {
    const named = getNamedType(type)
    return name === 'idempotencyKey' || (isInputObjectType(named) && 'idempotencyKey' in named.getFields())
  })

it('[7] every mutation takes an idempotency key, but for those that need none', () => {
  const without = mutations.filter(([, field]) => !takesKey(field)).map(([name]) => name)
  expect(without.sort()).toEqual(Object.values(WITHOUT).join(' ').split(' ').sort())
})
