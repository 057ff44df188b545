import type { Department, Entry, EntryChange, EntryKind, EntryOf, Staff } from './entry.ts'
import { LastEdits, type EditedStaff } from './last-edits.ts'

const NONE: ReadonlySet<string> = new Set()

/** One directory state, read only. Lookups by id are O(1); the three indexes follow the real tree, hidden rows included. */
export interface State {
  /** Grows with every change: what was computed from the state holds as long as this stays equal. */
  readonly generation: number
  /** The same object for as long as no entry of the kind has changed: what was computed from these entries alone holds. */
  stamp(kind: EntryKind): object
  /** Who was put or removed after a generation; null: nobody knows any more. */
  staffSince(generation: number): EditedStaff | null
  get<K extends EntryKind>(kind: K, id: string): EntryOf<K> | undefined
  all<K extends EntryKind>(kind: K): Iterable<EntryOf<K>>
  count(kind: EntryKind): number
  /** Ids in one of the BUCKETS parts into which a kind is cut, whatever happens to its other entries. */
  bucket(kind: 'department' | 'staff', bucket: number): Iterable<string>
  /** Of the ids in a bucket those of people of one type. */
  typeBucket(staffTypeId: string, bucket: number): Iterable<string>
  /** How many people are of a type. */
  countOfType(staffTypeId: string): number
  /** Ids of departments whose real parent is `parentId`; null for those without one. */
  children(parentId: string | null): Iterable<string>
  /** Ids of people with a membership in the department. */
  members(departmentId: string): Iterable<string>
  /** Ids of people whose manager is `staffId`. */
  reports(staffId: string): Iterable<string>
}

/** Into so many parts departments and people are cut by their ids, so that work on all of them can be done piece by piece. */
export const BUCKETS = 256

/** The bucket of an id, 0 to BUCKETS - 1; even whatever scheme ids follow (FNV-1a). */
export function bucketOf(id: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  // The low bits alone are weak.
  return ((hash >>> 10) ^ hash) & (BUCKETS - 1)
}

class Index<K> {
  readonly #sets = new Map<K, Set<string>>()

  get(key: K): ReadonlySet<string> {
    return this.#sets.get(key) ?? NONE
  }

  add(key: K, id: string): void {
    const set = this.#sets.get(key)
    if (set) set.add(id)
    else this.#sets.set(key, new Set([id]))
  }

  delete(key: K, id: string): void {
    const set = this.#sets.get(key)
    if (set?.delete(id) && set.size === 0) this.#sets.delete(key)
  }
}

type Stamps = Record<EntryKind, object>

function freshStamps(): Stamps {
  return {
    department: {},
    departmentType: {},
    fieldDefinition: {},
    role: {},
    rule: {},
    staff: {},
    staffType: {},
  }
}

type Tables = { [K in EntryKind]: Map<string, EntryOf<K>> }

function emptyTables(): Tables {
  return {
    department: new Map(),
    departmentType: new Map(),
    fieldDefinition: new Map(),
    role: new Map(),
    rule: new Map(),
    staff: new Map(),
    staffType: new Map(),
  }
}

/** The newest state of an instance: entries are replaced, never changed in place, so that they may be memoised by identity. */
export class HeadState implements State {
  #generation = 0
  readonly #tables: Tables = emptyTables()
  readonly #stamps: Stamps = freshStamps()
  readonly #lastEdits = new LastEdits()
  readonly #buckets = { department: new Index<number>(), staff: new Index<number>() }
  readonly #typeBuckets = new Index<string>()
  readonly #typeCounts = new Map<string, number>()
  readonly #children = new Index<string | null>()
  readonly #members = new Index<string>()
  readonly #reports = new Index<string>()

  constructor(entries: Iterable<Entry> = []) {
    for (const entry of entries) this.put(entry)
  }

  get generation(): number {
    return this.#generation
  }

  get<K extends EntryKind>(kind: K, id: string): EntryOf<K> | undefined {
    return this.#tables[kind].get(id)
  }

  all<K extends EntryKind>(kind: K): Iterable<EntryOf<K>> {
    return this.#tables[kind].values()
  }

  stamp(kind: EntryKind): object {
    return this.#stamps[kind]
  }

  staffSince(generation: number): EditedStaff | null {
    return this.#lastEdits.since(generation)
  }

  count(kind: EntryKind): number {
    return this.#tables[kind].size
  }

  bucket(kind: 'department' | 'staff', bucket: number): ReadonlySet<string> {
    return this.#buckets[kind].get(bucket)
  }

  typeBucket(staffTypeId: string, bucket: number): ReadonlySet<string> {
    return this.#typeBuckets.get(`${bucket} ${staffTypeId}`)
  }

  countOfType(staffTypeId: string): number {
    return this.#typeCounts.get(staffTypeId) ?? 0
  }

  children(parentId: string | null): ReadonlySet<string> {
    return this.#children.get(parentId)
  }

  members(departmentId: string): ReadonlySet<string> {
    return this.#members.get(departmentId)
  }

  reports(staffId: string): ReadonlySet<string> {
    return this.#reports.get(staffId)
  }

  apply(changes: Iterable<EntryChange>): void {
    for (const change of changes) {
      if (change.after) this.put(change.after)
      else this.remove(change.kind, change.id)
    }
  }

  put(entry: Entry): void {
    this.remove(entry.kind, entry.id)
    this.#changed(entry.kind)
    const table: Map<string, Entry> = this.#tables[entry.kind]
    table.set(entry.id, entry)
    if (entry.kind === 'department' || entry.kind === 'staff')
      this.#buckets[entry.kind].add(bucketOf(entry.id), entry.id)
    if (entry.kind === 'department') this.#children.add(entry.parentId, entry.id)
    if (entry.kind === 'staff') {
      this.#lastEdits.add({ generation: this.#generation, id: entry.id, before: null })
      this.#typed(entry, 1)
      for (const m of entry.memberships) this.#members.add(m.departmentId, entry.id)
      if (entry.managerId !== null) this.#reports.add(entry.managerId, entry.id)
    }
  }

  remove(kind: EntryKind, id: string): void {
    const old: Entry | undefined = this.#tables[kind].get(id)
    if (!old) return
    this.#changed(kind)
    this.#tables[kind].delete(id)
    if (old.kind === 'department' || old.kind === 'staff') this.#buckets[old.kind].delete(bucketOf(id), id)
    if (old.kind === 'department') this.#children.delete(old.parentId, id)
    if (old.kind === 'staff') {
      this.#lastEdits.add({ generation: this.#generation, id, before: old })
      this.#typed(old, -1)
      for (const m of old.memberships) this.#members.delete(m.departmentId, id)
      if (old.managerId !== null) this.#reports.delete(old.managerId, id)
    }
  }

  #typed({ id, typeId }: Staff, by: 1 | -1): void {
    if (typeId === null) return
    const key = `${bucketOf(id)} ${typeId}`
    if (by === 1) this.#typeBuckets.add(key, id)
    else this.#typeBuckets.delete(key, id)
    this.#typeCounts.set(typeId, this.countOfType(typeId) + by)
  }

  #changed(kind: EntryKind): void {
    this.#generation++
    this.#stamps[kind] = {}
  }
}

/** Another state laid over a base (D1): the given entries hold, for all others the base does. Valid while the base stays. */
export class OverlayState implements State {
  readonly #base: State
  readonly #over: HeadState
  /** kind -> ids that the overlay decides, removed ones included. */
  readonly #touched = new Map<EntryKind, Set<string>>()

  constructor(base: State, entries: Iterable<{ kind: EntryKind; id: string; entry: Entry | null }>) {
    this.#base = base
    this.#over = new HeadState()
    for (const { kind, id, entry } of entries) {
      this.#touch(kind, id)
      if (entry) this.#over.put(entry)
    }
  }

  /** One more entry that holds instead of the base's. */
  lay(entry: Entry): void {
    this.#touch(entry.kind, entry.id)
    this.#over.put(entry)
  }

  get generation(): number {
    return this.#base.generation
  }

  stamp(kind: EntryKind): object {
    return this.#touched.has(kind) ? this.#over.stamp(kind) : this.#base.stamp(kind)
  }

  /** Lists of it are of one time alone. */
  staffSince(): null {
    return null
  }

  count(kind: EntryKind): number {
    let replaced = 0
    for (const id of this.#touched.get(kind) ?? NONE) if (this.#base.get(kind, id)) replaced++
    return this.#base.count(kind) - replaced + this.#over.count(kind)
  }

  bucket(kind: 'department' | 'staff', bucket: number): Iterable<string> {
    return this.#merge(kind, this.#base.bucket(kind, bucket), this.#over.bucket(kind, bucket))
  }

  typeBucket(staffTypeId: string, bucket: number): Iterable<string> {
    const over = this.#over.typeBucket(staffTypeId, bucket)
    return this.#merge('staff', this.#base.typeBucket(staffTypeId, bucket), over)
  }

  countOfType(staffTypeId: string): number {
    let replaced = 0
    for (const id of this.#touched.get('staff') ?? NONE)
      if (this.#base.get('staff', id)?.typeId === staffTypeId) replaced++
    return this.#base.countOfType(staffTypeId) - replaced + this.#over.countOfType(staffTypeId)
  }

  get<K extends EntryKind>(kind: K, id: string): EntryOf<K> | undefined {
    return this.#decides(kind, id) ? this.#over.get(kind, id) : this.#base.get(kind, id)
  }

  *all<K extends EntryKind>(kind: K): Iterable<EntryOf<K>> {
    for (const entry of this.#base.all(kind)) if (!this.#decides(kind, entry.id)) yield entry
    yield* this.#over.all(kind)
  }

  children(parentId: string | null): Iterable<string> {
    return this.#merge('department', this.#base.children(parentId), this.#over.children(parentId))
  }

  members(departmentId: string): Iterable<string> {
    return this.#merge('staff', this.#base.members(departmentId), this.#over.members(departmentId))
  }

  reports(staffId: string): Iterable<string> {
    return this.#merge('staff', this.#base.reports(staffId), this.#over.reports(staffId))
  }

  #touch(kind: EntryKind, id: string): void {
    const ids = this.#touched.get(kind)
    if (ids) ids.add(id)
    else this.#touched.set(kind, new Set([id]))
  }

  #decides(kind: EntryKind, id: string): boolean {
    return this.#touched.get(kind)?.has(id) === true
  }

  *#merge(kind: 'department' | 'staff', base: Iterable<string>, over: Iterable<string>): Iterable<string> {
    for (const id of base) if (!this.#decides(kind, id)) yield id
    yield* over
  }
}

/** The state before a run of changes (D1): of every entry touched, the *first* `before`. `changes` in version order. */
export function rewind(base: State, changes: Iterable<EntryChange>): OverlayState {
  const first = new Map<string, { kind: EntryKind; id: string; entry: Entry | null }>()
  for (const { kind, id, before } of changes) {
    const key = `${kind} ${id}`
    if (!first.has(key)) first.set(key, { kind, id, entry: before })
  }
  return new OverlayState(base, first.values())
}

/** The department and its descendants in the real tree, parents first; a cycle (LDAP has none) ends the walk. */
export function* subtree(state: State, rootId: string): Iterable<string> {
  const seen = new Set([rootId])
  for (const id of seen) {
    yield id
    for (const child of state.children(id)) seen.add(child)
  }
}

/** The department and its ancestors in the real tree, nearest first. */
export function* ancestry(state: State, departmentId: string): Iterable<Department> {
  const seen = new Set<string>()
  let at: string | null = departmentId
  while (at !== null && !seen.has(at)) {
    seen.add(at)
    const department: Department | undefined = state.get('department', at)
    if (!department) return
    yield department
    at = department.parentId
  }
}

/** Staff by login, compared as LDAP compares uid: case-insensitively. O(n); sign-in goes through the directory instead. */
export function staffByLogin(state: State, login: string): Staff | undefined {
  const wanted = login.toLowerCase()
  for (const staff of state.all('staff')) if (staff.login.toLowerCase() === wanted) return staff
  return undefined
}
