import { z } from 'zod'
import { builder } from './builder.ts'
import { fromOf } from './context.ts'

/** What a device says about its copy. */
builder.mutationFields((t) => ({
  acknowledgePurge: t.withAuth({ signedIn: true }).boolean({
    description:
      'The device has deleted what was revoked up to this version (K2); it goes to the audit log. False when the version is not ours.',
    args: {
      version: t.arg({
        type: 'Version',
        required: true,
        description: 'The version of the copy after the purge.',
      }),
    },
    resolve: (_, { version }, context) =>
      context.acknowledgePurge(context.caller.signedIn, version, fromOf(context)),
  }),
  reportDigest: t.withAuth({ signedIn: true }).boolean({
    description:
      'The copy does not add up to our digest (D8): the next question with this version answers Resync CHECKSUM. False when the version is not ours.',
    args: {
      version: t.arg({ type: 'Version', required: true, description: 'The version of the copy.' }),
      digest: t.arg.string({
        required: true,
        description: 'What the copy adds up to, 32 hex digits.',
        validate: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hex digits'),
      }),
    },
    resolve: (_, { version, digest }, { caller, sync }) =>
      sync.reportDigest(caller.signedIn, version, digest),
  }),
}))
