import type { EditFailure } from '../../src/edit/failures.ts'
import type { Asking, Issued } from '../../src/integration/integrations.ts'
import type { Integration } from '../../src/integration/store.ts'
import { builder } from '../builder.ts'
import { fromOf, type SignedInContext } from '../context.ts'
import { answered, FAILURES } from './failures.ts'
import { keySchema, TEXT } from './input.ts'
import { IntegrationRef, ScopeEnum, TokenRef } from './integration.ts'

const DEFAULT_DAYS = 90
const DEFAULT_OVERLAP_HOURS = 24

const SavedRef = builder.objectRef<{ readonly integration: Integration }>('IntegrationSaved').implement({
  description: 'An integration was created or changed.',
  fields: (t) => ({
    integration: t.expose('integration', { type: IntegrationRef, description: 'As it is now.' }),
  }),
})
const IssuedRef = builder.objectRef<Issued>('IntegrationTokenIssued').implement({
  description: 'A token was made. Its text is shown here and never again.',
  fields: (t) => ({
    integration: t.expose('integration', { type: IntegrationRef, description: 'Whose it is, as it is now.' }),
    token: t.field({
      type: TokenRef,
      description: 'The token, without what proves it.',
      resolve: ({ integration, token }) => ({ integration, token }),
    }),
    accessToken: t.exposeString('text', {
      description: 'To be sent as `Authorization: Bearer <accessToken>`: `dlr_…`.',
    }),
  }),
})
const DeletedRef = builder.objectRef<{ readonly id: string }>('IntegrationDeleted').implement({
  description: 'An integration is gone, and its tokens with it.',
  fields: (t) => ({ id: t.exposeID('id', { description: 'Its id.' }) }),
})

const SavedResult = builder.errorUnion('IntegrationResult', {
  description: 'The integration, or why it was not changed.',
  types: [SavedRef, ...FAILURES],
  resolveType: () => SavedRef,
})
const IssuedResult = builder.errorUnion('IntegrationTokenResult', {
  description: 'A token, or why there is none.',
  types: [IssuedRef, ...FAILURES],
  resolveType: () => IssuedRef,
})
const DeletedResult = builder.errorUnion('IntegrationDeleteResult', {
  description: 'That it is gone, or why it is not.',
  types: [DeletedRef, ...FAILURES],
  resolveType: () => DeletedRef,
})

const CreateInput = builder.inputType('CreateIntegrationInput', {
  description: 'A new integration. It has no token yet.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Its name, up to 100 characters; no other one has it.' }),
    description: t.string({ description: 'What it is for, up to 200 characters.' }),
    staffId: t.id({
      required: true,
      description:
        'The account whose view and abilities it has: best one of its own, with roles for just what it does.',
    }),
    scopes: t.field({
      type: [ScopeEnum],
      required: true,
      description: 'What its tokens are for; reading is always among it.',
    }),
    idempotencyKey: t.string({ description: TEXT.key, validate: keySchema }),
  }),
})

const UpdateInput = builder.inputType('UpdateIntegrationInput', {
  description: 'What is to change of an integration; what is absent stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which one.' }),
    name: t.string({ description: 'Its name.' }),
    description: t.string({ description: 'What it is for.' }),
    scopes: t.field({ type: [ScopeEnum], description: 'What its tokens are for, those that exist too.' }),
    ifRevision: t.string({ description: TEXT.revision }),
    idempotencyKey: t.string({ description: TEXT.key, validate: keySchema }),
  }),
})

const days = {
  defaultValue: DEFAULT_DAYS,
  description: 'For how many days it is good: 1 to 366.',
} as const
const idempotencyKey = { description: TEXT.key, validate: keySchema } as const

builder.mutationFields((t) => ({
  createIntegration: t.withAuth({ person: true }).field({
    type: SavedResult,
    description:
      'Lets a program use this API as an account. Needs `integration.write` for the whole organisation, that the caller may look at the directory as that account (`viewAs`), and, to administer, that it may do and see no more than the caller.',
    args: { input: t.arg({ type: CreateInput, required: true, description: 'Which, and as whom.' }) },
    resolve: (_, { input: { name, description, staffId, scopes, idempotencyKey } }, context) =>
      saved(
        context.integrations.create(askingOf(context, idempotencyKey), {
          name,
          description: description ?? '',
          staffId,
          scopes,
        }),
      ),
  }),
  updateIntegration: t.withAuth({ person: true }).field({
    type: SavedResult,
    description: 'Changes an integration; its tokens stay.',
    args: { input: t.arg({ type: UpdateInput, required: true, description: 'What is to change.' }) },
    resolve: (_, { input: { id, name, description, scopes, ifRevision, idempotencyKey } }, context) =>
      saved(
        context.integrations.update(
          askingOf(context, idempotencyKey),
          id,
          {
            ...(name == null ? {} : { name }),
            ...(description == null ? {} : { description }),
            ...(scopes == null ? {} : { scopes }),
          },
          ifRevision ?? null,
        ),
      ),
  }),
  deleteIntegration: t.withAuth({ person: true }).field({
    type: DeletedResult,
    description: 'Ends an integration and all its tokens, and their sockets within a second.',
    args: {
      id: t.arg.id({ required: true, description: 'Which integration.' }),
      idempotencyKey: t.arg.string(idempotencyKey),
    },
    resolve: (_, { id, idempotencyKey }, context) =>
      answered(context.integrations.delete(askingOf(context, idempotencyKey), id).then(() => ({ id }))),
  }),
  createIntegrationToken: t.withAuth({ person: true }).field({
    type: IssuedResult,
    description:
      'Makes a token. It works as long as the account may sign in, and the caller may have it made; needs what `createIntegration` needs.',
    args: {
      integrationId: t.arg.id({ required: true, description: 'Of which integration.' }),
      days: t.arg.int(days),
      idempotencyKey: t.arg.string(idempotencyKey),
    },
    resolve: (_, { integrationId, days, idempotencyKey }, context) =>
      answered(
        context.integrations.issue(askingOf(context, idempotencyKey), integrationId, days ?? DEFAULT_DAYS),
      ),
  }),
  rotateIntegrationToken: t.withAuth({ person: true }).field({
    type: IssuedResult,
    description: 'Makes a token in the place of another one. For some hours both work.',
    args: {
      id: t.arg.id({ required: true, description: 'Which token.' }),
      days: t.arg.int(days),
      overlapHours: t.arg.int({
        defaultValue: DEFAULT_OVERLAP_HOURS,
        description: 'How long the old one still works, if it has as long: 0 to 168.',
      }),
      idempotencyKey: t.arg.string(idempotencyKey),
    },
    resolve: (_, { id, days, overlapHours, idempotencyKey }, context) =>
      answered(
        context.integrations.rotate(
          askingOf(context, idempotencyKey),
          id,
          days ?? DEFAULT_DAYS,
          overlapHours ?? DEFAULT_OVERLAP_HOURS,
        ),
      ),
  }),
  revokeIntegrationToken: t.withAuth({ person: true }).field({
    type: SavedResult,
    description: 'Ends a token at once, and its sockets within a second.',
    args: {
      id: t.arg.id({ required: true, description: 'Which token.' }),
      idempotencyKey: t.arg.string(idempotencyKey),
    },
    resolve: (_, { id, idempotencyKey }, context) =>
      saved(context.integrations.revoke(askingOf(context, idempotencyKey), id)),
  }),
}))

function askingOf(context: SignedInContext, key: string | null | undefined): Asking {
  return { authority: context.caller.administration.authority, from: fromOf(context), key: key ?? null }
}

function saved(work: Promise<Integration>): Promise<{ integration: Integration } | EditFailure> {
  return answered(work.then((integration) => ({ integration })))
}
