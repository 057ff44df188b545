import { InvalidInput, NotFound } from '../../src/edit/failures.ts'
import { isId } from '../../src/edit/scene.ts'
import { setStaffPhoto } from '../../src/edit/staff/photo.ts'
import { UnusablePhoto } from '../../src/picture/failures.ts'
import { MAX_PHOTO_BYTES } from '../../src/picture/photo.ts'
import { builder } from '../builder.ts'
import type { PhotoMaker, SignedInContext } from '../context.ts'
import { TEXT } from './input.ts'
import { edited } from './result.ts'
import { StaffResult } from './staff-edits.ts'

const PhotoInput = builder.inputType('SetStaffPhotoInput', {
  description: 'The photo of a person.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Of whom.' }),
    photo: t.string({
      description:
        'A JPEG, PNG, WebP or GIF in base64, as large as a request may be (1 MB); larger ones come by `uploadId`. It is made anew, square and at most 640 pixels wide. Without either the photo is taken away.',
    }),
    uploadId: t.id({
      description:
        'Instead of `photo`: a file of the caller that was sent to `POST /uploads`, as it is, of at most 5 MB.',
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
    resolve: async (_, { input: { photo, uploadId, ...input } }, context) => {
      const made = await photoOf(context, photo ?? null, uploadId ?? null)
      if (made instanceof InvalidInput || made instanceof NotFound) return made
      return edited(context, { ...input }, (own) => setStaffPhoto(own, made))
    },
  }),
)

/** Null: there is to be none. */
async function photoOf(context: SignedInContext, base64: string | null, uploadId: string | null) {
  if (base64 !== null && uploadId !== null)
    return InvalidInput.at('uploadId', 'cannot be given together with a photo')
  if (uploadId !== null) return await uploadedPhoto(context, uploadId)
  if (base64 === null) return null
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return InvalidInput.at('photo', 'must be a picture in base64')
  return await made(context.photos, Buffer.from(base64, 'base64'), 'photo')
}

/** Whoever has no upload of this id, or somebody else's, is told the same. */
async function uploadedPhoto({ uploads, photos, caller }: SignedInContext, id: string) {
  const { staffId } = caller.signedIn
  const size = isId(id) ? await uploads.size(id, staffId) : null
  if (size === null) return new NotFound('uploadId')
  // Before it is in memory.
  if (size > MAX_PHOTO_BYTES) return InvalidInput.at('uploadId', new UnusablePhoto('TOO_LARGE').message)
  const bytes = await uploads.whole(id, staffId)
  return bytes ? await made(photos, bytes, 'uploadId') : new NotFound('uploadId')
}

async function made(photos: PhotoMaker, bytes: Buffer, path: string) {
  try {
    return await photos.make(bytes)
  } catch (error) {
    if (error instanceof UnusablePhoto) return InvalidInput.at(path, error.message)
    throw error
  }
}
