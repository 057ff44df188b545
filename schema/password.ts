import {
  InvalidCredentials,
  InvalidInvitation,
  PasswordRefused,
  TooManyAttempts,
} from '../src/identity/failures.ts'
import { PASSWORD_FAULTS, type PasswordFault } from '../src/identity/passwords.ts'
import { builder } from './builder.ts'
import { ErrorInterface } from './error.ts'
import { Session } from './session.ts'
import { cleanText, passwordSchema } from './text-input.ts'

builder.objectType(InvalidInvitation, {
  name: 'InvalidInvitation',
  description:
    'The invitation is unknown, used, replaced, too old, or of somebody who may not sign in; which, is not told.',
  interfaces: [ErrorInterface],
})

const Fault = builder.enumType('PasswordFault', {
  description: 'What is wrong with a new password.',
  values: {
    TOO_SHORT: { description: PASSWORD_FAULTS.TOO_SHORT },
    TOO_LONG: { description: PASSWORD_FAULTS.TOO_LONG },
    NAMES: { description: PASSWORD_FAULTS.NAMES },
    GUESSABLE: { description: PASSWORD_FAULTS.GUESSABLE },
    USED_BEFORE: { description: PASSWORD_FAULTS.USED_BEFORE },
    DIRECTORY: { description: PASSWORD_FAULTS.DIRECTORY },
  } satisfies Record<PasswordFault, object>,
})

builder.objectType(PasswordRefused, {
  name: 'PasswordRefused',
  description: 'The new password was not taken; the message says what is wanted of one.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    fault: t.expose('fault', { type: Fault, description: 'What is wrong with it; clients translate it.' }),
  }),
})

const InvitationAccepted = builder.errorUnion('AcceptInvitationResult', {
  description: 'A session of the invited person, or why there is none.',
  types: [Session, InvalidInvitation, PasswordRefused],
  resolveType: () => Session,
})

const PasswordChanged = builder.objectRef<{ readonly isChanged: true }>('PasswordChanged').implement({
  description: 'The password was changed, and the other sessions have ended.',
  fields: (t) => ({ isChanged: t.exposeBoolean('isChanged', { description: 'Always true.' }) }),
})

const ChangePasswordResult = builder.errorUnion('ChangePasswordResult', {
  description: 'Whether the password was changed.',
  types: [PasswordChanged, InvalidCredentials, TooManyAttempts, PasswordRefused],
  resolveType: () => PasswordChanged,
})

builder.mutationFields((t) => ({
  acceptInvitation: t.field({
    type: InvitationAccepted,
    public: 'Whoever is invited has no session yet; the token is the proof.',
    description: 'Sets the password that the invited person has chosen, and signs them in.',
    args: {
      token: t.arg.string({ required: true, description: 'Of the invitation.', validate: cleanText(256) }),
      password: t.arg.string({ required: true, description: 'The new password.', validate: passwordSchema }),
    },
    resolve: async (_, { token, password }, { accounts, caller, origin }) => {
      const outcome = await accounts.accept(token, password, origin)
      if (!(outcome instanceof Error)) caller.signIn(outcome)
      return outcome
    },
  }),
  changePassword: t.withAuth({ person: true }).field({
    type: ChangePasswordResult,
    description: "Changes the caller's password; their other sessions end within a second.",
    args: {
      current: t.arg.string({
        required: true,
        description: 'The present password.',
        validate: passwordSchema,
      }),
      next: t.arg.string({ required: true, description: 'The new password.', validate: passwordSchema }),
    },
    resolve: async (_, { current, next }, { accounts, caller, origin }) => {
      const outcome = await accounts.change(caller.signedIn, current, next, origin)
      return outcome === true ? { isChanged: true as const } : outcome
    },
  }),
}))
