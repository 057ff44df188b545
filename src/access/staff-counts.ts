import type { Staff } from '../model/entry.ts'
import type { EditedStaff } from '../model/last-edits.ts'
import { ancestry, type State } from '../model/state.ts'

/** By department: how many people belong to it. */
export type Counts = Map<string, number>

/** How many belong to each department itself, and who belongs to several, with these. */
export interface OwnCounts {
  readonly own: Counts
  readonly several: Map<string, readonly string[]>
}

export function ownCounts(people: Iterable<Staff>): OwnCounts {
  const counts: OwnCounts = { own: new Map(), several: new Map() }
  for (const entry of people) countOwn(counts, entry, 1)
  return counts
}

/** After edits of people; `counts`: whether somebody is counted at all. */
export function ownCountsAfter(
  before: OwnCounts,
  edited: EditedStaff,
  state: State,
  counts: (entry: Staff) => boolean,
): OwnCounts {
  const after = { own: new Map(before.own), several: new Map(before.several) }
  for (const [entry, by] of countedChanges(edited, state, counts)) countOwn(after, entry, by)
  return after
}

/** How many belong to each department or to one below it, each once. */
export function allCounts({ own, several }: OwnCounts, state: State): Counts {
  const all: Counts = new Map()
  const known = new Map<string, readonly string[]>()
  const above = (id: string) => {
    const ids = known.get(id) ?? [...ancestry(state, id)].map((department) => department.id)
    known.set(id, ids)
    return ids
  }
  // Each once: whoever belongs to several departments is counted by themself, all others by their department.
  for (const [id, count] of own) for (const at of above(id)) add(all, at, count)
  for (const departmentIds of several.values()) {
    const met = new Set<string>()
    for (const id of departmentIds)
      for (const at of above(id)) {
        if (met.has(at)) add(all, at, -1)
        met.add(at)
      }
  }
  return all
}

/** The same after edits of people in a tree that has not changed. */
export function allCountsAfter(
  before: Counts,
  edited: EditedStaff,
  state: State,
  counts: (entry: Staff) => boolean,
): Counts {
  const after = new Map(before)
  for (const [{ memberships }, by] of countedChanges(edited, state, counts)) {
    const places = memberships.flatMap((m) => [...ancestry(state, m.departmentId)])
    for (const id of new Set(places.map((place) => place.id))) add(after, id, by)
  }
  return after
}

function* countedChanges(
  edited: EditedStaff,
  state: State,
  counts: (entry: Staff) => boolean,
): Iterable<readonly [Staff, 1 | -1]> {
  for (const [id, before] of edited) {
    if (before && counts(before)) yield [before, -1]
    const now = state.get('staff', id)
    if (now && counts(now)) yield [now, 1]
  }
}

function countOwn({ own, several }: OwnCounts, { id, memberships }: Staff, by: 1 | -1): void {
  for (const { departmentId } of memberships) add(own, departmentId, by)
  if (memberships.length < 2) return
  if (by === 1)
    several.set(
      id,
      memberships.map((m) => m.departmentId),
    )
  else several.delete(id)
}

function add(counts: Counts, id: string, by: number): void {
  counts.set(id, (counts.get(id) ?? 0) + by)
}
