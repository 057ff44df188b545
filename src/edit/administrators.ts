import { Authority, isUnlimited } from '../access/authority.ts'
import { rolesOf } from '../access/grant.ts'
import type { Role } from '../model/entry.ts'
import { subtree, type State } from '../model/state.ts'
import type { Edit, Locks } from './edit.ts'
import { EditRefused } from './failures.ts'
import { PlayedDirectory } from './played.ts'
import type { Scene } from './scene.ts'
import type { Plan } from './step.ts'

/** What every edit holds that may take somebody away who administers everything: of two the second one sees the first. */
const ADMINISTRATORS = 'administrators'

/** The locks of an edit on a state: its own, and one more where it is about somebody who administers everything. */
export function locksOn(state: State, { name, locks }: Pick<Edit, 'name' | 'locks'>): Locks {
  const concerns = (id: string) => isAdministrator(state, id) || isRoleOfAdministrators(state, id)
  const members = (id: string) =>
    name === 'department.delete' ? [...subtree(state, id)].flatMap((one) => [...state.members(one)]) : []
  const isConcerned = locks.exclusive.some((id) => concerns(id) || members(id).some(concerns))
  return isConcerned ? { ...locks, exclusive: [...locks.exclusive, ADMINISTRATORS] } : locks
}

/**
 * Decides an edit, and refuses one after which nobody who may sign in administers everything any more, where somebody does
 * now: only the operator could let them in again (`npm run admin`). `lost`: who goes by edits that are decided together with
 * this one; those whom it takes are added.
 */
export async function decided(edit: Edit, scene: Scene, lost: Set<string> = new Set()): Promise<Plan> {
  const plan = await edit.decide(scene)
  const { state } = scene
  const touched = [...(plan.losses ?? []), ...plan.steps.flatMap((step) => ('id' in step ? [step.id] : []))]
  if (!touched.some((id) => isAdministrator(state, id) || isRoleOfAdministrators(state, id))) return plan
  const played = new PlayedDirectory(scene.reader, state)
  await played.apply(plan, scene.newId())
  const after = played.state()
  const [left, going] = [new Set<string>(), new Set<string>()]
  for (const { id } of state.all('staff'))
    if (isAdministrator(state, id) && !lost.has(id)) (isAdministrator(after, id) ? left : going).add(id)
  if (going.size > 0 && left.size === 0) throw new EditRefused('LAST_ADMINISTRATOR')
  for (const id of going) lost.add(id)
  return plan
}

function isAdministrator(state: State, staffId: string): boolean {
  const isHolder = rolesOf(state, staffId).some(isWhole)
  return isHolder && new Authority(state, staffId).isUnlimited
}

function isRoleOfAdministrators(state: State, id: string): boolean {
  const role = state.get('role', id)
  return role !== undefined && isWhole(role)
}

function isWhole({ abilities }: Role): boolean {
  return abilities.some(isUnlimited)
}
