import { z } from 'zod'
import { isAtOrBelow } from '../../access/administration.ts'
import { Changes } from '../changes.ts'
import type { Edit } from '../edit.ts'
import { EditRefused } from '../failures.ts'
import { rdnOf } from '../hands.ts'
import { idInput, parseInput, type Given } from '../input.ts'
import type { Step } from '../step.ts'
import {
  freeRdn,
  keyAt,
  parentOf,
  placeBelow,
  requireAll,
  requireFreeName,
  requireNoGainOf,
  siblingsOf,
} from './place.ts'

const schema = z.object({
  id: idInput,
  ifRevision: z.string().nullish(),
  parentId: idInput.nullish(),
  afterId: idInput.nullish(),
})

export type MoveDepartment = Given<typeof schema>

/**
 * Moves a department with all that stands below it, puts it among its siblings, or both. An order alone is one write, and so
 * is a move to the last place of another department.
 */
export function moveDepartment(input: MoveDepartment): Edit {
  const target = input.parentId === undefined ? [] : [input.parentId ?? 'top departments']
  return {
    name: 'department.move',
    input,
    locks: { shared: [], exclusive: [input.id, ...target] },
    decide: async (scene) => {
      const { id, ifRevision, parentId: wanted, afterId } = parseInput(schema, input)
      const { entry, fresh } = await scene.subject('department', id, 'id')
      if (entry.status === 'TRASHED') throw new EditRefused('IN_TRASH')
      const parentId = wanted === undefined ? entry.parentId : wanted
      if (parentId !== entry.parentId) await parentOf(scene, parentId)
      // The place it leaves and the one it gets are both changed by that.
      requireAll(scene, entry.parentId)
      requireAll(scene, parentId)
      requireNoGainOf(scene, id, entry.parentId, parentId)
      scene.requireRevision('department', id, ifRevision ?? null)
      if (parentId !== null && isAtOrBelow(scene.state, parentId, id)) throw new EditRefused('CYCLE')
      const siblings = siblingsOf(scene, parentId, id)
      requireFreeName(scene, siblings, entry.name)
      const { key, steps } = await keyAt(scene, siblings, { parentId, afterId })
      const move: Step[] = []
      // A department that has no other name than its entry's keeps it.
      const changes = new Changes(fresh).set('dlrSort', key)
      if (parentId !== entry.parentId) {
        const from = { at: placeBelow(scene, entry.parentId), rdn: rdnOf(fresh.dn) }
        const rdn = await freeRdn(scene, parentId, from.rdn, entry.name)
        if (rdn !== from.rdn) changes.set('displayName', entry.name)
        move.push({ kind: 'move', id, ifCsn: fresh.csn, from, to: { at: placeBelow(scene, parentId), rdn } })
      }
      return { steps: [...steps, ...move, ...changes.steps()], subject: { id } }
    },
  }
}
