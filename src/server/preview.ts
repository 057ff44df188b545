import type { EditAnswers } from '../../schema/context.ts'
import { Authority } from '../access/authority.ts'
import type { Editor } from '../edit/editor.ts'
import { OverlayState, type State } from '../model/state.ts'
import { effectOf } from '../sync/effect.ts'
import { PACE, Slices } from '../sync/slices.ts'

/** What edits would mean for what people see, one question after the other, as far as whoever asks administers them. */
export function createPreview(editor: Editor, state: () => State): EditAnswers['preview'] {
  const slices = new Slices(PACE.sliceMs)
  return async ({ staffId }, edit) => {
    const touched = await editor.preview(staffId, edit)
    const before = state()
    const after = new OverlayState(
      before,
      touched.map(({ kind, id, after: entry }) => ({ kind, id, entry })),
    )
    const authority = new Authority(before, staffId)
    const isShown = (category: 'DEPARTMENT' | 'STAFF', id: string) => {
      if (category === 'DEPARTMENT') return authority.showsDepartment(id)
      const person = before.get('staff', id)
      return person !== undefined && authority.showsStaff(person)
    }
    return await slices.run((turn) => effectOf({ before, after, touched, isShown, turn }))
  }
}
