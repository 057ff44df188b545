import { z } from 'zod'
import type { Photo } from '../../picture/photo.ts'
import { Changes } from '../changes.ts'
import { requireKeys } from '../departments/update.ts'
import type { Edit } from '../edit.ts'
import { EditRefused } from '../failures.ts'
import { idInput, parseInput, type Given } from '../input.ts'
import { own } from './profile.ts'

const schema = z.object({ id: idInput, ifRevision: z.string().nullish() })

export type SetStaffPhoto = Given<typeof schema>

/** Gives a person a photo that was made anew (T73), or takes theirs away. Everybody may do that to their own. */
export function setStaffPhoto(input: SetStaffPhoto, photo: Photo | null): Edit {
  return {
    name: 'staff.setPhoto',
    input: { ...input, photo: photo?.hash ?? null },
    locks: { shared: [], exclusive: [input.id] },
    decide: async (scene) => {
      const { id, ifRevision } = parseInput(schema, input)
      const { entry, fresh } =
        id === scene.staffId ? await own(scene) : await scene.subject('staff', id, 'id')
      if (entry.status === 'TRASHED') throw new EditRefused('IN_TRASH')
      if (id !== scene.staffId) requireKeys(scene.authority.over('staff.write', entry), ['photo'])
      scene.requireRevision('staff', id, ifRevision ?? null)
      const [steps] = [new Changes(fresh).set('dlrAvatarHash', photo?.hash ?? null).steps()]
      const picture = {
        attribute: 'jpegPhoto',
        // What was there before is not read for it: one step is never taken back.
        before: [],
        after: photo ? [{ base64: photo.jpeg.toString('base64') }] : [],
      }
      return {
        steps: steps.map((step) => ({ ...step, changes: [picture, ...step.changes] })),
        subject: { id },
      }
    },
  }
}
