import { builder } from './builder.ts'
import type { SessionRecord } from './context.ts'

export const ActiveSession = builder.objectRef<SessionRecord>('ActiveSession').implement({
  description: 'A device on which somebody is signed in.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'For `revokeSession`, or `endSessions`.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the session began.' }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', description: 'When it was last renewed.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'When it ends unless it is renewed before.',
    }),
    address: t.exposeString('address', { description: 'Address from which it was last renewed.' }),
    userAgent: t.exposeString('userAgent', {
      nullable: true,
      description: 'What the device says that it is.',
    }),
    isCurrent: t.boolean({
      description: 'Whether this request came with this session.',
      resolve: ({ id }, _, { caller }) => caller.signedIn?.sessionId === id,
    }),
  }),
})
