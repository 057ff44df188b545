import { sameEntry } from '../model/canonical.ts'
import type { EntryChange } from '../model/entry.ts'
import type { State } from '../model/state.ts'

/** Entries on which somebody's viewer record or grant rests, and which differ between two states. */
export interface Moves {
  readonly staffIds: ReadonlySet<string>
  /** For whoever has them as their own. */
  readonly departmentIds: ReadonlySet<string>
  /** For whoever holds them; a role whose rules differ is among them. */
  readonly roleIds: ReadonlySet<string>
}

/**
 * `viewerChanged` (P3) holds for exactly those who are, have or hold one of these: record, own departments, roles and their
 * rules and abilities are all that `viewer` shows. The same people are all whose grant may differ.
 */
export function movesBetween(older: State, newer: State, changes: readonly EntryChange[]): Moves {
  const ids = { staff: new Set<string>(), department: new Set<string>(), role: new Set<string>() }
  const ruleIds = new Set<string>()
  for (const { kind, id } of changes) {
    if (sameEntry(older.get(kind, id) ?? null, newer.get(kind, id) ?? null)) continue
    switch (kind) {
      case 'staff':
      case 'department':
      case 'role':
        ids[kind].add(id)
        break
      case 'rule':
        ruleIds.add(id)
        break
      case 'departmentType':
      case 'staffType':
      case 'fieldDefinition':
    }
  }
  if (ruleIds.size > 0) {
    // A role that itself differs is among them already, so that those of the newer state are enough.
    for (const role of newer.all('role'))
      if (role.ruleIds.some((id) => ruleIds.has(id))) ids.role.add(role.id)
  }
  return { staffIds: ids.staff, departmentIds: ids.department, roleIds: ids.role }
}
