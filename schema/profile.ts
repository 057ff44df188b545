import { ownStaff } from '../src/access/own.ts'
import { updateProfile } from '../src/edit/staff/profile.ts'
import { FAILURES } from './admin/failures.ts'
import { TEXT } from './admin/input.ts'
import { edited } from './admin/result.ts'
import { builder } from './builder.ts'
import type { EditAnswer } from './context.ts'
import { Staff } from './refs.ts'

const ProfileEdited = builder.objectRef<EditAnswer>('ProfileEdited').implement({
  description: 'The caller has edited themself.',
  fields: (t) => ({
    version: t.expose('version', {
      type: 'Version',
      nullable: true,
      description: 'Contains the edit; null when the log is late: it is made, do not ask again.',
    }),
    staff: t.field({
      type: Staff,
      nullable: true,
      description: 'The record of the caller as it is now.',
      resolve: ({ subjectId }, _, { caller }) => ownStaff(caller.view, subjectId),
    }),
  }),
})

const ProfileResult = builder.errorUnion('ProfileResult', {
  description: 'What has become of an edit of oneself.',
  types: [ProfileEdited, ...FAILURES],
  resolveType: () => ProfileEdited,
})

const ProfileInput = builder.inputType('UpdateProfileInput', {
  description: 'What everybody may change of themselves; absent fields stay.',
  fields: (t) => ({
    nickname: t.string({ description: 'What colleagues call them; null takes it away.' }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

builder.mutationField('updateProfile', (t) =>
  t.withAuth({ person: true }).field({
    type: ProfileResult,
    description: 'Edits the record of the caller; the photo is set with `setStaffPhoto`.',
    args: { input: t.arg({ type: ProfileInput, required: true, description: 'What is to be done.' }) },
    resolve: (_, { input }, context) =>
      edited(context, input, (own) => updateProfile(context.caller.signedIn.staffId, own)),
  }),
)
