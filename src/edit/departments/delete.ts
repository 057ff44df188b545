import { z } from 'zod'
import { isAtOrBelow } from '../../access/administration.ts'
import type { Staff } from '../../model/entry.ts'
import { subtree } from '../../model/state.ts'
import type { Edit } from '../edit.ts'
import { EditRefused, InvalidInput, NotPermitted } from '../failures.ts'
import { rdnOf } from '../hands.ts'
import { idInput, parseInput, type Given } from '../input.ts'
import { replaced, setMemberships } from '../memberships.ts'
import type { Scene, Subject } from '../scene.ts'
import { calledBy, requireNoGain } from '../staff/belonging.ts'
import type { Step } from '../step.ts'
import { movePersonTo, moveTo, newBin, type Bin } from '../trash.ts'
import { withFormer } from './former.ts'
import { freeRdn, parentOf, placeBelow, requireAll, requireNoGainOf, siblingsOf } from './place.ts'

/** What becomes of what is in a department that goes. */
export const CONTENTS = ['REFUSE', 'MOVE', 'TRASH'] as const

const schema = z.object({
  id: idInput,
  ifRevision: z.string().nullish(),
  contents: z.enum(CONTENTS).default('REFUSE'),
  /** With MOVE: where departments and people go. */
  moveToId: idInput.nullish(),
})

export type DeleteDepartment = Given<typeof schema>

/** Steps of one edit; a larger department is emptied in parts. */
const MOST_STEPS = 20_000

/**
 * Puts a department into the trash. What is in it keeps it from going (REFUSE), goes somewhere else (MOVE), or goes along
 * (TRASH): people who belong nowhere else then, and everybody else leaves the departments that go, until these are restored. One
 * batch: all of it, or nothing.
 */
export function deleteDepartment(input: DeleteDepartment): Edit {
  return {
    name: 'department.delete',
    input,
    locks: { shared: [], exclusive: [input.id, ...(input.moveToId == null ? [] : [input.moveToId])] },
    decide: async (scene) => {
      const { id, ifRevision, contents, moveToId } = parseInput(schema, input)
      const subject = await scene.subject('department', id, 'id')
      const { entry, fresh } = subject
      if (entry.status === 'TRASHED') throw new EditRefused('IN_TRASH')
      requireAll(scene, entry.parentId)
      scene.requireRevision('department', id, ifRevision ?? null)
      const bin = newBin(scene, entry.parentId)
      const going = contents === 'TRASH' ? new Set(subtree(scene.state, id)) : new Set([id])
      const members = membersOf(scene, going)
      const contained = [...(await containedSteps(scene, subject, contents, moveToId ?? null, members, bin))]
      const kept = contents === 'TRASH' ? withFormer(bin, members, going) : bin
      const steps = [kept.make, ...contained, moveTo(fresh, placeBelow(scene, entry.parentId), bin.place)]
      if (steps.length > MOST_STEPS)
        throw InvalidInput.at(
          'id',
          `has more in it than ${MOST_STEPS} people and departments: empty it in parts first`,
        )
      const trashed = members.filter(({ id: member }) =>
        steps.some((step) => step.kind === 'move' && step.id === member),
      )
      return { steps, losses: [...going, ...trashed.map((person) => person.id)], subject: { id } }
    },
  }
}

function membersOf(scene: Scene, departmentIds: ReadonlySet<string>): Staff[] {
  const { state } = scene
  const ids = new Set([...departmentIds].flatMap((id) => [...state.members(id)]))
  return [...ids].flatMap((id) => state.get('staff', id) ?? []).filter((s) => s.status !== 'TRASHED')
}

async function containedSteps(
  scene: Scene,
  { entry: { id } }: Subject<'department'>,
  contents: (typeof CONTENTS)[number],
  moveToId: string | null,
  members: readonly Staff[],
  bin: Bin,
): Promise<Step[]> {
  const children = siblingsOf(scene, id, null)
  switch (contents) {
    case 'REFUSE':
      if (children.length > 0 || members.length > 0) throw new EditRefused('NOT_EMPTY')
      return []
    case 'MOVE': {
      if (moveToId === null) throw InvalidInput.at('moveToId', 'must say where departments and people go')
      const target = await parentOf(scene, moveToId)
      requireAll(scene, moveToId)
      if (target && isAtOrBelow(scene.state, moveToId, id)) throw new EditRefused('CYCLE')
      const moved: Step[] = []
      for (const child of children) {
        const fresh = await scene.reader.byId(child.id)
        if (!fresh) continue
        requireNoGainOf(scene, child.id, id, moveToId)
        const rdn = await freeRdn(scene, moveToId, rdnOf(fresh.dn), child.name)
        moved.push(moveTo(fresh, { below: id }, { below: moveToId }, rdn))
      }
      return [...moved, ...(await leavingSteps(scene, members, new Set([id]), moveToId, null))]
    }
    case 'TRASH':
      return await leavingSteps(scene, members, new Set(subtree(scene.state, id)), null, bin)
  }
}

/** `bin`: where people go who belong nowhere else. */
async function leavingSteps(
  scene: Scene,
  members: readonly Staff[],
  departmentIds: ReadonlySet<string>,
  toId: string | null,
  bin: Bin | null,
): Promise<Step[]> {
  const steps: Step[] = []
  for (const { id } of members) {
    const person = await scene.read('staff', id)
    if (!person) continue
    const { entry, fresh } = person
    const left = replaced(entry.memberships, departmentIds, toId)
    if (bin && left.length === 0) {
      requireMayTrash(scene, entry)
      // Memberships stay, so that they are there again when both are restored.
      steps.push(movePersonTo(fresh, bin.place))
    } else {
      requireNoGain(scene, entry, { memberships: left })
      steps.push(...setMemberships(fresh, left).steps())
    }
  }
  return steps
}

function requireMayTrash(scene: Scene, person: Staff): void {
  const { authority } = scene
  if (person.id === scene.staffId) throw new EditRefused('OWN_ACCOUNT')
  if (!authority.over('staff.write', person).isAll || !authority.outranks(person))
    throw new NotPermitted(
      `Your administration does not cover deleting ${calledBy(scene, person)}: move them elsewhere first.`,
    )
}
