import type { Staff } from '../model/entry.ts'
import type { State } from '../model/state.ts'
import { rolesOf, rulesOf } from './grant.ts'

/** How many people are shown what is of a type: in the whole organisation, or in their own departments alone. */
export interface SightOfType {
  readonly typeId: string
  readonly everywhere: number
  readonly nearby: number
}

/** What people of one type are shown by their roles, type by type. */
export interface SightByType {
  /** Null: people without a type that exists. */
  readonly viewerTypeId: string | null
  readonly viewerCount: number
  /** All types of departments and staff, in the order of their ids. */
  readonly sights: readonly SightOfType[]
}

interface Shown {
  readonly everywhere: ReadonlySet<string>
  readonly nearby: ReadonlySet<string>
}

/**
 * Who sees what, by type: of the given people. A type of staff counts where a rule shows departments too: without one there is
 * nobody to be seen (V2).
 */
export function typeMatrix(state: State, people: Iterable<Staff>): SightByType[] {
  const types = [...state.all('departmentType'), ...state.all('staffType')].map(({ id }) => id).sort()
  const shownByRoles = new Map<string, Shown>()
  const counts = new Map<string | null, { viewers: number; of: Map<string, [number, number]> }>()
  for (const staff of people) {
    const roles = staff.roleIds.join(' ')
    let shown = shownByRoles.get(roles)
    if (!shown) shownByRoles.set(roles, (shown = shownTo(state, staff.id)))
    const typeId = staff.typeId !== null && state.get('staffType', staff.typeId) ? staff.typeId : null
    let count = counts.get(typeId)
    if (!count) counts.set(typeId, (count = { viewers: 0, of: new Map() }))
    count.viewers++
    for (const id of new Set([...shown.everywhere, ...shown.nearby])) {
      const [everywhere, nearby] = count.of.get(id) ?? [0, 0]
      const isEverywhere = shown.everywhere.has(id)
      count.of.set(id, [everywhere + Number(isEverywhere), nearby + Number(!isEverywhere)])
    }
  }
  return [...counts].map(([viewerTypeId, { viewers, of }]) => ({
    viewerTypeId,
    viewerCount: viewers,
    sights: types.map((typeId) => {
      const [everywhere, nearby] = of.get(typeId) ?? [0, 0]
      return { typeId, everywhere, nearby }
    }),
  }))
}

function shownTo(state: State, staffId: string): Shown {
  const shown = { everywhere: new Set<string>(), nearby: new Set<string>() }
  for (const rule of rolesOf(state, staffId).flatMap((role) => rulesOf(state, role))) {
    const types = rule.scope === 'ORGANISATION' ? shown.everywhere : shown.nearby
    for (const id of rule.departmentTypeIds) types.add(id)
    if (rule.departmentTypeIds.length > 0) for (const id of rule.staffTypeIds) types.add(id)
  }
  return shown
}
