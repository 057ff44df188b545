import { z } from 'zod'
import { filter } from '../../directory/names.ts'
import type { FreshEntry } from '../../directory/reader.ts'
import type { Edit } from '../edit.ts'
import { subtree } from '../../model/state.ts'
import { EditRefused, NotFound } from '../failures.ts'
import { rdnOf } from '../hands.ts'
import { idInput, parseInput, type Given } from '../input.ts'
import type { Scene } from '../scene.ts'
import type { Step } from '../step.ts'
import { binOf, movePersonTo, moveTo, trashedFrom } from '../trash.ts'
import { Changes } from '../changes.ts'
import { backFrom } from './former.ts'
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
  /** Below which department; absent: where it stood. Null: the top. */
  parentId: idInput.nullish(),
  withPeople: z.boolean().default(true),
})

export type RestoreDepartment = Given<typeof schema>

/**
 * Takes a department out of the trash with all that stands below it, and with the people who were put there with it; those who
 * belonged elsewhere too belong to it again.
 */
export function restoreDepartment(input: RestoreDepartment): Edit {
  return {
    name: 'department.restore',
    input,
    locks: { shared: input.parentId == null ? [] : [input.parentId], exclusive: [input.id] },
    decide: async (scene) => {
      const { id, parentId: wanted, withPeople } = parseInput(schema, input)
      const { entry, fresh } = await scene.known('department', id)
      if (entry.status !== 'TRASHED') {
        await scene.subject('department', id, 'id')
        throw new EditRefused('NOT_IN_TRASH')
      }
      const bin = await binOf(scene, fresh)
      const from = trashedFrom(bin)
      // It belongs to whoever looks after the place where it stood, and is not there for anybody else (T36).
      if (!scene.authority.at('department.write', from).isAll) throw new NotFound('id', id)
      // What stands below another one in the trash comes back with that, or to a place that is named.
      const above = entry.parentId === null ? undefined : scene.state.get('department', entry.parentId)
      if (wanted === undefined && above?.status === 'TRASHED') throw new EditRefused('PLACE_GONE')
      const parentId = wanted === undefined ? from : wanted
      await requirePlace(scene, parentId, wanted === undefined)
      requireAll(scene, parentId)
      requireNoGainOf(scene, id, from, parentId)
      const siblings = siblingsOf(scene, parentId, id)
      requireFreeName(scene, siblings, entry.name)
      const { key, steps } = await keyAt(scene, siblings, { parentId, afterId: undefined })
      const rdn = await freeRdn(scene, parentId, rdnOf(fresh.dn), entry.name)
      const place = bin ? { dn: bin.dn } : { dn: scene.layout.trash }
      const mayRestorePeople = scene.authority.at('staff.write', from).isAll
      const people = bin && withPeople && mayRestorePeople ? await peopleIn(scene, bin, from) : []
      const coming = new Set(subtree(scene.state, id))
      const back = bin && withPeople ? await backFrom(scene, bin, coming, parentId) : []
      return {
        steps: [
          ...steps,
          moveTo(fresh, place, placeBelow(scene, parentId), rdn),
          ...new Changes(fresh).set('dlrSort', key).set('displayName', entry.name).steps(),
          ...people.map((person) => movePersonTo(person, { dn: scene.layout.people })),
          ...back,
          ...(await emptied(scene, bin, 1 + people.length)),
        ],
        subject: { id },
      }
    },
  }
}

async function requirePlace(scene: Scene, parentId: string | null, isOld: boolean): Promise<void> {
  if (!isOld) {
    await parentOf(scene, parentId)
    return
  }
  const parent = parentId === null ? null : await scene.read('department', parentId)
  if (parentId !== null && (!parent || parent.entry.status === 'TRASHED')) throw new EditRefused('PLACE_GONE')
}

/**
 * People of the bin whose login is still free, and who may do no more than the caller (T36); the others stay, to be restored by
 * themselves. `fromId`: where the department stood, so that rights for their own departments were there.
 */
async function peopleIn(scene: Scene, bin: FreshEntry, fromId: string | null): Promise<FreshEntry[]> {
  const people = await scene.reader.find(bin.dn, 'one', '(objectClass=inetOrgPerson)')
  const free: FreshEntry[] = []
  for (const person of people) {
    if (!(await isOutranked(scene, person.id, fromId))) continue
    const login = person.values('uid')[0] ?? ''
    const taken = await scene.reader.find(scene.layout.people, 'sub', filter`(uid=${login})`)
    if (taken.length === 0) free.push(person)
  }
  return free
}

async function isOutranked(scene: Scene, staffId: string, fromId: string | null): Promise<boolean> {
  if (scene.authority.isUnlimited) return true
  const person = await scene.read('staff', staffId)
  const memberships = (person?.entry.memberships ?? []).flatMap((m) =>
    fromId === null ? [] : [{ ...m, departmentId: fromId }],
  )
  return person !== null && scene.authority.outranks({ ...person.entry, memberships })
}

/** A bin that is left empty goes. */
export async function emptied(scene: Scene, bin: FreshEntry | null, taken: number): Promise<Step[]> {
  if (!bin) return []
  const inside = await scene.reader.find(bin.dn, 'one', '(objectClass=*)')
  return inside.length > taken ? [] : [{ kind: 'remove', id: bin.id, ifCsn: null }]
}
