import { NotFound, NotPermitted } from '../../src/edit/failures.ts'
import type { AccountAnswer } from '../../src/identity/accounts.ts'
import type { Invitation as Issued } from '../../src/identity/invitations.ts'
import { builder } from '../builder.ts'
import { fromOf } from '../context.ts'
import './failures.ts'

const Invitation = builder.objectRef<Issued>('Invitation').implement({
  description: 'A one-time link with which a person chooses a password. It is shown here and never again.',
  fields: (t) => ({
    token: t.exposeString('token', {
      description: 'For `acceptInvitation`. Send it to nobody but that person.',
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when it counts, once.' }),
  }),
})

const SessionsEnded = builder.objectRef<{ readonly count: number }>('SessionsEnded').implement({
  description: 'Sessions of a person have ended.',
  fields: (t) => ({ count: t.exposeInt('count', { description: 'How many.' }) }),
})

const InvitationResult = builder.errorUnion('InvitationResult', {
  description: 'An invitation, or why there is none.',
  types: [Invitation, NotFound, NotPermitted],
  resolveType: () => Invitation,
})

const SessionsResult = builder.errorUnion('SessionsResult', {
  description: 'How many sessions have ended, or why none.',
  types: [SessionsEnded, NotFound, NotPermitted],
  resolveType: () => SessionsEnded,
})

const id = 'Whose account.'

builder.mutationFields((t) => ({
  inviteStaff: t.withAuth({ signedIn: true }).field({
    type: InvitationResult,
    description:
      'Invites a person to choose a password, the first one or a new one; an older invitation of theirs counts no more. Needs `staff.account`.',
    args: { id: t.arg.id({ required: true, description: id }) },
    resolve: async (_, { id }, context) => {
      const { caller, accounts } = context
      const answer = await accounts.invite(caller.administration.authority, id, fromOf(context))
      return shown(answer, (invitation) => invitation)
    },
  }),
  endSessions: t.withAuth({ signedIn: true }).field({
    type: SessionsResult,
    description: 'Ends all sessions of a person, and their sockets within a second. Needs `staff.account`.',
    args: { id: t.arg.id({ required: true, description: id }) },
    resolve: async (_, { id }, context) => {
      const { caller, accounts } = context
      const answer = await accounts.endSessions(caller.administration.authority, id, fromOf(context))
      return shown(answer, (count) => ({ count }))
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
