import { z } from 'zod'
import { InvalidCredentials, TooManyAttempts } from '../src/identity/failures.ts'
import { builder } from './builder.ts'
import type { Context, IssuedSession, LoginOutcome } from './context.ts'
import './error.ts'
import { cleanText, passwordSchema } from './text-input.ts'
import { Viewer } from './viewer.ts'

const PROVED = 'It is given to whoever has just proved who they are.'

export const Session = builder.objectRef<IssuedSession>('Session').implement({
  description: 'A session that has just been issued.',
  fields: (t) => ({
    accessToken: t.exposeString('accessToken', {
      public: PROVED,
      description:
        'Send it as `Authorization: Bearer <accessToken>`. Signed with EdDSA; keys at /.well-known/jwks.json.',
    }),
    refreshToken: t.exposeString('refreshToken', {
      public: PROVED,
      description:
        'For `refreshSession`: each use answers a new one, the same again until that is used or ten seconds are over; later a second use ends the session.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      public: PROVED,
      description: 'When the access token ends.',
    }),
    copyLeaseSeconds: t.int({
      public: PROVED,
      description: 'How long a device may open its copy without having reached the server.',
      resolve: (_session, _args, { copyLeaseSeconds }) => copyLeaseSeconds,
    }),
    viewer: t.field({
      type: Viewer,
      public: PROVED,
      description: 'Who has signed in.',
      resolve: (session) => session,
    }),
  }),
})

const LoginResult = builder.errorUnion('LoginResult', {
  description: 'A session, or why there is none.',
  types: [Session, InvalidCredentials, TooManyAttempts],
  resolveType: () => Session,
})

const LoginInput = builder.inputType('LoginInput', {
  description: 'Who wants to sign in.',
  fields: (t) => ({
    login: t.string({ required: true, description: 'The login name.', validate: cleanText(256) }),
    password: t.string({ required: true, description: 'The password.', validate: passwordSchema }),
  }),
})

/** What follows in the operation is answered to whom the session was issued to. */
function continueAs({ caller }: Context, result: LoginOutcome): LoginOutcome {
  if (!(result instanceof Error)) caller.signIn(result)
  return result
}

builder.mutationFields((t) => ({
  login: t.field({
    type: LoginResult,
    public: 'Nobody has a session before this.',
    description: 'Signs in with the password of the directory.',
    args: { input: t.arg({ type: LoginInput, required: true, description: 'Login and password.' }) },
    resolve: async (_, { input }, context) =>
      continueAs(context, await context.identity.login(input.login, input.password, context.origin)),
  }),
  refreshSession: t.field({
    type: LoginResult,
    public: 'The access token may have ended; the refresh token is the proof.',
    description: 'Renews a session before or after its access token has ended.',
    args: {
      refreshToken: t.arg.string({
        required: true,
        description: 'The last refresh token of the session.',
        validate: cleanText(4096),
      }),
    },
    resolve: async (_, { refreshToken }, context) =>
      continueAs(context, await context.identity.refresh(refreshToken, context.origin)),
  }),
  logout: t.withAuth({ person: true }).boolean({
    description: 'Ends the session, and its sockets within a second.',
    resolve: (_, _args, { caller, identity }) => identity.logout(caller.signedIn.sessionId),
  }),
  revokeSession: t.withAuth({ person: true }).boolean({
    description:
      'Ends one session of the caller, and its sockets within a second; false when there is none with this id.',
    args: {
      id: t.arg.id({
        required: true,
        description: 'Of `viewer { sessions }`.',
        validate: z.string().max(100),
      }),
    },
    resolve: (_, { id }, { caller, identity }) => identity.revoke(caller.signedIn.staffId, id),
  }),
}))
