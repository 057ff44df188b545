import { EditRefused, NotFound, NotPermitted } from '../../src/edit/failures.ts'
import type { AccountAnswer, Invited, LookingAs as Looking } from '../../src/identity/accounts.ts'
import { builder } from '../builder.ts'
import { fromOf } from '../context.ts'
import './failures.ts'
import { keySchema, TEXT } from './input.ts'
import { AdminStaff } from './refs.ts'

const Invitation = builder.objectRef<Invited>('Invitation').implement({
  description: 'A one-time link with which a person chooses a password. It is shown here and never again.',
  fields: (t) => ({
    token: t.exposeString('token', {
      description: 'For `acceptInvitation`. Send it to nobody but that person.',
    }),
    isMailed: t.exposeBoolean('isMailed', { description: 'Whether it was mailed to the person as well.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when it counts, once.' }),
  }),
})

const SessionsEnded = builder.objectRef<{ readonly count: number }>('SessionsEnded').implement({
  description: 'Sessions of a person have ended.',
  fields: (t) => ({ count: t.exposeInt('count', { description: 'How many.' }) }),
})

const LookingAs = builder.objectRef<Looking>('LookingAs').implement({
  description:
    "A token with which somebody else's view is read: send it as `Authorization: Bearer`. Everything but reading the directory is refused with it.",
  fields: (t) => ({
    accessToken: t.exposeString('accessToken', { description: 'Ends after ten minutes; ask again then.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it ends.' }),
    staff: t.field({
      type: AdminStaff,
      nullable: true,
      description: 'Whose view it is.',
      resolve: ({ staffId }, _, { caller }) => caller.administration.staff(staffId),
    }),
  }),
})

const ViewAsResult = builder.errorUnion('ViewAsResult', {
  description: 'Whether the caller may look at the directory as somebody else.',
  types: [LookingAs, NotFound, NotPermitted],
  resolveType: () => LookingAs,
})

const InvitationResult = builder.errorUnion('InvitationResult', {
  description: 'An invitation, or why there is none.',
  types: [Invitation, NotFound, NotPermitted, EditRefused],
  resolveType: () => Invitation,
})

const SessionsResult = builder.errorUnion('SessionsResult', {
  description: 'How many sessions have ended, or why none.',
  types: [SessionsEnded, NotFound, NotPermitted, EditRefused],
  resolveType: () => SessionsEnded,
})

const id = 'Whose account.'
const idempotencyKey = { description: TEXT.key, validate: keySchema } as const

builder.mutationFields((t) => ({
  inviteStaff: t.withAuth({ person: true }).field({
    type: InvitationResult,
    description:
      'Invites a person to choose a password, the first one or a new one; an older invitation of theirs counts no more. Needs `staff.account`.',
    args: {
      id: t.arg.id({ required: true, description: id }),
      idempotencyKey: t.arg.string(idempotencyKey),
    },
    resolve: async (_, { id, idempotencyKey }, context) => {
      const { authority } = context.caller.administration
      const work = context.accounts.invite(authority, id, fromOf(context), idempotencyKey ?? null)
      return await keyed(work.then((answer) => shown(answer, (invitation) => invitation)))
    },
  }),
  viewAs: t.withAuth({ person: true }).field({
    type: ViewAsResult,
    description:
      'Lets the caller look at the directory as somebody else, reading only; the audit log names both. Needs `access.explain` over them, and that they see nothing that the caller may not.',
    args: { id: t.arg.id({ required: true, description: 'As whom.' }) },
    resolve: async (_, { id }, context) => {
      const { caller, accounts } = context
      const { authority } = caller.administration
      const answer = await accounts.viewAs(authority, caller.signedIn, id, fromOf(context))
      return shown(answer, (token) => token)
    },
  }),
  endSessions: t.withAuth({ person: true }).field({
    type: SessionsResult,
    description: 'Ends the sessions of a person, and their sockets within a second. Needs `staff.account`.',
    args: {
      id: t.arg.id({ required: true, description: id }),
      sessionId: t.arg.id({ description: 'Only this one.' }),
      idempotencyKey: t.arg.string(idempotencyKey),
    },
    resolve: async (_, { id, sessionId, idempotencyKey }, context) => {
      const { authority } = context.caller.administration
      const [from, key] = [fromOf(context), idempotencyKey ?? null]
      const work = context.accounts.endSessions(authority, id, sessionId ?? null, from, key)
      return await keyed(work.then((answer) => shown(answer, (count) => ({ count }))))
    },
  }),
}))

function shown<T, R>(answer: AccountAnswer<T>, show: (value: T) => R): R | NotFound | NotPermitted {
  switch (answer.kind) {
    case 'done':
      return show(answer.value)
    case 'notFound':
      return new NotFound('id')
    case 'notPermitted':
      return new NotPermitted(answer.message)
  }
}

/** Of work under a key. */
async function keyed<T>(work: Promise<T>): Promise<T | EditRefused> {
  try {
    return await work
  } catch (error) {
    if (error instanceof EditRefused) return error
    throw error
  }
}
