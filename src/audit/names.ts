import { z } from 'zod'
import type { State } from '../model/state.ts'
import { entryIn, labelOf } from './fields.ts'

/** Fields whose values are ids of other entries. */
const REFERRING = new Set([
  'manager',
  'dottedManagers',
  'type',
  'parent',
  'departments',
  'roles',
  'rules',
  'departmentTypes',
  'staffTypes',
])
/** Fields whose values name a department among other things. */
const PLACED = new Set(['memberships', 'abilities'])

const placedSchema = z.object({ departmentId: z.string() })

/** The department that a membership or an ability names, as the log has these; empty without one. */
export function departmentIn(text: string): string {
  try {
    return placedSchema.safeParse(JSON.parse(text)).data?.departmentId ?? ''
  } catch {
    return ''
  }
}

/** Ids of other entries that values of a field name; what stands in free text is none. */
export function namedIn(field: string, values: readonly string[]): string[] {
  if (REFERRING.has(field)) return [...values]
  return PLACED.has(field) ? values.map(departmentIn).filter((id) => id !== '') : []
}

/** What the entries that these changes name are called in a state; those that it does not have are left out. */
export function namesIn(
  state: State,
  changes: readonly {
    readonly field: string
    readonly before: readonly string[] | null
    readonly after: readonly string[]
  }[],
): Record<string, string> {
  const ids = new Set(
    changes.flatMap(({ field, before, after }) => namedIn(field, [...(before ?? []), ...after])),
  )
  return Object.fromEntries(
    [...ids].flatMap((id) => {
      const entry = entryIn(state, id)
      return entry ? [[id, labelOf(entry)]] : []
    }),
  )
}
