import { SCOPES } from '../../src/access/employ.ts'
import { revisionOf, type TokenState } from '../../src/integration/integrations.ts'
import { dayOf, type Integration, type Token } from '../../src/integration/store.ts'
import { FLAT_LIST } from '../arguments.ts'
import { builder } from '../builder.ts'
import { Administration } from './administration.ts'
import { AdminStaff } from './refs.ts'

/** A token with what it belongs to. */
interface Listed {
  readonly integration: Integration
  readonly token: Token
}

export const ScopeEnum = builder.enumType('IntegrationScope', {
  description: 'What the tokens of an integration are for.',
  values: {
    DIRECTORY_READ: {
      value: SCOPES[0],
      description: 'To read what the account sees, and to follow it: snapshots, changes, search, pictures.',
    },
    DIRECTORY_ADMIN: {
      value: SCOPES[1],
      description:
        'Also to administer as far as the abilities of the account go; never passwords, sessions, webhooks and integrations.',
    },
  } as const,
})

const StateEnum = builder.enumType('IntegrationTokenState', {
  description: 'What a token is worth now.',
  values: {
    ACTIVE: { description: 'It works.' },
    EXPIRED: { description: 'It ran out.' },
    REVOKED: { description: 'Somebody has ended it.' },
    ACCOUNT: { description: 'It does not work, since its account is disabled, in the trash, or gone.' },
    OWNER: {
      description:
        'It does not work, since whoever it was shown to may not have it made any more: replace it by one of your own.',
    },
  } satisfies Record<TokenState, object>,
})

export const TokenRef = builder.objectRef<Listed>('IntegrationToken').implement({
  description: 'A token of an integration, without what proves it.',
  fields: (t) => ({
    id: t.id({ description: 'Its id.', resolve: ({ token }) => token.id }),
    prefix: t.string({
      description: 'What it begins with: all that is ever shown of it again.',
      resolve: ({ token }) => token.prefix,
    }),
    state: t.field({
      type: StateEnum,
      description: 'What it is worth now.',
      resolve: ({ integration, token }, _, { caller, integrations }) =>
        integrations.stateOf(caller.state, integration, token),
    }),
    ownerId: t.id({
      description: 'To whom it was shown; what is done with it is done on their behalf.',
      resolve: ({ token }) => token.issuedBy,
    }),
    owner: t.field({
      type: AdminStaff,
      nullable: true,
      description: 'That person.',
      resolve: ({ token }, _, { caller }) => caller.administration.staff(token.issuedBy),
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was made.',
      resolve: ({ token }) => token.createdAt,
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When it runs out.',
      resolve: ({ token }) => token.expiresAt,
    }),
    lastUsedOn: t.string({
      nullable: true,
      description: 'The day (UTC) of its last use, `2026-11-27`; null: none yet.',
      resolve: ({ token }) => token.lastUsedOn && dayOf(token.lastUsedOn),
    }),
  }),
})

export const IntegrationRef = builder.objectRef<Integration>('Integration').implement({
  description: 'A program that uses this API as an account of the directory, by tokens of its own.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id.' }),
    name: t.exposeString('name', { description: 'Its name, which the audit log has.' }),
    description: t.exposeString('description', { description: 'What it is for.' }),
    staffId: t.exposeID('staffId', { description: 'The account whose view and abilities it has.' }),
    staff: t.field({
      type: AdminStaff,
      nullable: true,
      description: 'That account.',
      resolve: ({ staffId }, _, { caller }) => caller.administration.staff(staffId),
    }),
    scopes: t.field({
      type: [ScopeEnum],
      description: 'What its tokens are for.',
      resolve: ({ scopes }) => [...scopes],
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    revision: t.string({ description: 'Pass it back as `ifRevision`.', resolve: revisionOf }),
    tokens: t.field({
      type: [TokenRef],
      description: 'Its tokens, the newest first; those that ended stay for 30 days.',
      complexity: FLAT_LIST,
      resolve: (integration) => integration.tokens.map((token) => ({ integration, token })),
    }),
  }),
})

builder.objectFields(Administration, (t) => ({
  integration: t.field({
    type: IntegrationRef,
    nullable: true,
    description: 'One integration; null for callers without the ability `integration.write`.',
    args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
    resolve: async ({ authority }, { id }, { integrations }) => await integrations.byId(authority, id),
  }),
  integrations: t.field({
    type: [IntegrationRef],
    complexity: { field: 1, multiplier: 20 },
    description: 'All integrations, by name; none for callers without the ability `integration.write`.',
    resolve: async ({ authority }, _, { integrations }) => await integrations.all(authority),
  }),
}))
