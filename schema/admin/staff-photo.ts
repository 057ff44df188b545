import { InvalidInput } from '../../src/edit/failures.ts'
import { setStaffPhoto } from '../../src/edit/staff/photo.ts'
import { UnusablePhoto } from '../../src/picture/failures.ts'
import { builder } from '../builder.ts'
import type { PhotoMaker } from '../context.ts'
import { TEXT } from './input.ts'
import { edited } from './result.ts'
import { StaffResult } from './staff-edits.ts'

const PhotoInput = builder.inputType('SetStaffPhotoInput', {
  description: 'The photo of a person.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Of whom.' }),
    photo: t.string({
      description:
        'A JPEG, PNG, WebP or GIF in base64, as large as a request may be (1 MB); it is made anew, square and at most 640 pixels wide. Null takes the photo away.',
    }),
    ifRevision: t.string({ description: TEXT.revision }),
    idempotencyKey: t.string({ description: TEXT.key }),
  }),
})

builder.mutationField('setStaffPhoto', (t) =>
  t.withAuth({ administering: true }).field({
    type: StaffResult,
    description: 'Sets the photo of a person. Needs `staff.write` for `photo`; everybody may set their own.',
    args: { input: t.arg({ type: PhotoInput, required: true, description: 'What is to be done.' }) },
    resolve: async (_, { input: { photo, ...input } }, context) => {
      const made = typeof photo === 'string' ? await photoOf(context.photos, photo) : null
      if (made instanceof InvalidInput) return made
      return edited(context, { ...input }, (own) => setStaffPhoto(own, made))
    },
  }),
)

async function photoOf(photos: PhotoMaker, base64: string) {
  const invalid = (message: string) => InvalidInput.at('photo', message)
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return invalid('must be a picture in base64')
  try {
    return await photos.make(Buffer.from(base64, 'base64'))
  } catch (error) {
    if (error instanceof UnusablePhoto) return invalid(error.message)
    throw error
  }
}
