import { z } from 'zod'
import { Changes } from '../changes.ts'
import type { Edit } from '../edit.ts'
import { EditRefused, NotFound } from '../failures.ts'
import { parseInput, textInput, type Given } from '../input.ts'
import type { Scene, Subject } from '../scene.ts'

const schema = z.object({ nickname: textInput(256).nullish() })

export type UpdateProfile = Given<typeof schema>

/** What everybody may change of themselves; all else is for whoever administers them. */
export function updateProfile(staffId: string, input: UpdateProfile): Edit {
  return {
    name: 'profile.update',
    input,
    locks: { shared: [], exclusive: [staffId] },
    decide: async (scene) => {
      const { nickname } = parseInput(schema, input)
      const { fresh } = await own(scene)
      const steps = new Changes(fresh).set('dlrNickname', nickname === '' ? null : nickname).steps()
      return { steps, subject: { id: staffId } }
    },
  }
}

/** The caller themself, whether or not anybody else sees them (V8). */
export async function own(scene: Scene): Promise<Subject<'staff'>> {
  const subject = await scene.read('staff', scene.staffId)
  if (!subject) throw new NotFound('id')
  if (subject.entry.status !== 'ACTIVE') throw new EditRefused('OWN_ACCOUNT')
  return subject
}
