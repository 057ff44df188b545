import { byName, someByName, staffByName, type Named } from '../model/by-name.ts'
import { compareText } from '../model/canonical.ts'
import type { Department, DepartmentType, FieldDefinition, Staff, StaffType } from '../model/entry.ts'
import { ancestry, subtree, type State } from '../model/state.ts'
import type { Audience } from './grant.ts'
import { departmentRow, staffRow, type ProjectionKey, type VisibleFields } from './projection.ts'
import { Projections } from './projections.ts'
import type { Catalogue, DepartmentRow, MembershipRow, StaffRow } from './row.ts'
import { NO_RULES, type RulePositions, type Sight } from './sight.ts'

/** One row in two views. */
export interface Since<T> {
  readonly before: T | null
  readonly after: T | null
}

/** Where a person stands in the list of a department. */
export interface Member extends Named {
  readonly departmentId: string
  readonly sortKey: string
}

/** All of a person that decides whether and with which fields their row is shown. */
export type Placed = Pick<Staff, 'status' | 'typeId' | 'memberships'>

type Typed<T extends Department | Staff> = T & { readonly typeId: string }

/**
 * What one audience sees of one state: rules V0-V7, the one function behind every answer (V9). It keeps nothing but
 * memos, which it drops when the state moves on; hidden, missing and malformed ids all answer null.
 */
export class View {
  readonly audience: Audience
  readonly state: State
  readonly #projections: Projections
  #memo: Sight

  constructor(audience: Audience, state: State, projections = new Projections()) {
    this.audience = audience
    this.state = state
    this.#projections = projections
    this.#memo = projections.sight(audience, state)
  }

  department(id: string): DepartmentRow | null {
    return this.#department(id, this.key('department', id))
  }

  staff(id: string): StaffRow | null {
    return this.#staff(id, this.key('staff', id))
  }

  /** The rows of a department in an older view and in this one; null when they are equal, which is known without making them. */
  departmentSince(older: View, id: string): Since<DepartmentRow> | null {
    const keys = this.#keysSince(older, 'department', id)
    return keys && { before: older.#department(id, keys.before), after: this.#department(id, keys.after) }
  }

  /** The rows of a person in an older view and in this one; null when they are equal, which is known without making them. */
  staffSince(older: View, id: string): Since<StaffRow> | null {
    const keys = this.#keysSince(older, 'staff', id)
    return keys && { before: older.#staff(id, keys.before), after: this.#staff(id, keys.after) }
  }

  /** What the row of a department or a person depends on beside the entry; much cheaper than the row. */
  key(category: 'department' | 'staff', id: string): ProjectionKey {
    const entry = this.state.get(category, id)
    if (!entry) return null
    return entry.kind === 'staff' ? this.#staffKey(entry) : this.#departmentKey(entry)
  }

  /** Which fields the row of somebody in this place shows (V5); null: it is hidden (V2). */
  fieldsOf(placed: Placed): VisibleFields | null {
    const sight = this.#sight
    const showing = this.#rulesShowingStaff(sight, placed)
    return showing.length === 0 ? null : this.#fields(sight, 'STAFF', showing)
  }

  /** The rules, as positions in the audience, that show the department (V1), ascending; empty when it is hidden. */
  rulesShowing(departmentId: string): RulePositions {
    return this.#sight.rulesShowing(this.state, departmentId)
  }

  /** Visible departments whose nearest visible ancestor is `parentId`, null for the roots of the view; in order. */
  children(parentId: string | null): DepartmentRow[] {
    if (parentId !== null && this.rulesShowing(parentId).length === 0) return []
    const rows: DepartmentRow[] = []
    const seen = new Set<string>()
    const hidden = [...(parentId === null ? this.#realRoots() : this.state.children(parentId))]
    for (let id = hidden.pop(); id !== undefined; id = hidden.pop()) {
      if (seen.has(id)) continue
      seen.add(id)
      const row = this.department(id)
      if (row) rows.push(row)
      else hidden.push(...this.state.children(id))
    }
    return rows.sort(byOrder)
  }

  /**
   * Visible memberships of a visible department, in order; recursive ones name each person once, at the first department met.
   * Rows are made of those that are shown (`memberRow`).
   */
  members(departmentId: string, recursive: boolean): Member[] {
    const members: Member[] = []
    for (const [id, atId] of this.#memberIds(departmentId, recursive)) {
      const entry = this.state.get('staff', id)
      const membership = entry?.memberships.find((m) => m.departmentId === atId)
      if (entry && membership)
        members.push({ id, name: entry.name, departmentId: atId, sortKey: membership.sortKey })
    }
    return members.sort((a, b) => compareText(a.sortKey, b.sortKey) || byName(a, b))
  }

  memberRow({ id, departmentId }: Member): { staff: StaffRow; membership: MembershipRow } | null {
    const staff = this.staff(id)
    const membership = staff?.memberships.find((m) => m.departmentId === departmentId)
    return staff && membership ? { staff, membership } : null
  }

  memberCount(departmentId: string, recursive: boolean): number {
    return this.#memberIds(departmentId, recursive).size
  }

  /** Everyone visible, or the members of a department, each once; by name, then id. Rows are made of those that are shown (`staff`). */
  staffList(departmentId: string | null, recursive: boolean): readonly Named[] {
    if (departmentId === null) return staffByName(this.state).filter((entry) => this.#shows(entry))
    return someByName(this.state, new Set(this.#memberIds(departmentId, recursive).keys()))
  }

  /** Visible people of a visible department, and of visible ones below it; each with the first one met. */
  #memberIds(departmentId: string, recursive: boolean): Map<string, string> {
    const members = new Map<string, string>()
    if (this.rulesShowing(departmentId).length === 0) return members
    for (const id of recursive ? subtree(this.state, departmentId) : [departmentId]) {
      if (this.rulesShowing(id).length === 0) continue
      for (const staffId of this.state.members(id)) {
        const entry = members.has(staffId) ? undefined : this.state.get('staff', staffId)
        if (entry && this.#shows(entry)) members.set(staffId, id)
      }
    }
    return members
  }

  *allDepartments(): Iterable<DepartmentRow> {
    for (const { id } of this.state.all('department')) {
      const row = this.department(id)
      if (row) yield row
    }
  }

  *allStaff(): Iterable<StaffRow> {
    for (const { id } of this.state.all('staff')) {
      const row = this.staff(id)
      if (row) yield row
    }
  }

  departmentType(id: string): DepartmentType | null {
    const granted = this.audience.rules.some((r) => r.departmentTypeIds.includes(id))
    return granted ? (this.state.get('departmentType', id) ?? null) : null
  }

  staffType(id: string): StaffType | null {
    const granted = this.audience.rules.some((r) => r.staffTypeIds.includes(id))
    return granted ? (this.state.get('staffType', id) ?? null) : null
  }

  /** A definition of the field catalogue; one that no rule grants is hidden like its values. */
  fieldDefinition(id: string): FieldDefinition | null {
    const field = this.state.get('fieldDefinition', id)
    if (!field || this.audience.rules.length === 0) return null
    return !field.isSensitive || this.audience.rules.some((r) => r.sensitiveFields.includes(field.key))
      ? field
      : null
  }

  /** The lists that travel whole (D11), in their order. */
  catalogue(): Catalogue {
    return {
      departmentTypes: present(this.state.all('departmentType'), (t) => this.departmentType(t.id)).sort(
        byName,
      ),
      staffTypes: present(this.state.all('staffType'), (t) => this.staffType(t.id)).sort(byName),
      fields: present(this.state.all('fieldDefinition'), (f) => this.fieldDefinition(f.id)).sort(
        (a, b) => compareText(a.sortKey, b.sortKey) || compareText(a.key, b.key) || compareText(a.id, b.id),
      ),
    }
  }

  /** Keys of the sensitive fields that today's grant contains (R2), sorted. */
  sensitiveFields(): string[] {
    return [...new Set(this.audience.rules.flatMap((r) => r.sensitiveFields))].sort(compareText)
  }

  /** Keys of all fields that rows of today's view may show (R2), sorted. */
  shownFields(category: 'DEPARTMENT' | 'STAFF'): string[] {
    return this.#projections.fields(this.state).shown(category, new Set(this.sensitiveFields()))
  }

  mark(row: DepartmentRow | StaffRow): bigint {
    return this.#projections.mark(row)
  }

  /** `key` must be this view's: a row is known by it to every audience. */
  #department(id: string, key: ProjectionKey): DepartmentRow | null {
    const entry = key === null ? undefined : this.state.get('department', id)
    if (!entry || key === null || !hasType(entry)) return null
    return this.#projections.row(entry, key, () => {
      const fields = this.#fields(this.#sight, 'DEPARTMENT', this.rulesShowing(id))
      return departmentRow(entry, this.#visibleParent(entry), fields)
    })
  }

  #staff(id: string, key: ProjectionKey): StaffRow | null {
    const entry = key === null ? undefined : this.state.get('staff', id)
    if (!entry || key === null || !hasType(entry)) return null
    return this.#projections.row(entry, key, () => {
      const sight = this.#sight
      const fields = this.#fields(sight, 'STAFF', this.#rulesShowingStaff(sight, entry))
      const managerId = this.#showsManager(sight, entry) ? entry.managerId : null
      return staffRow(entry, (id) => this.rulesShowing(id).length > 0, managerId, fields)
    })
  }

  #keysSince(older: View, kind: 'department' | 'staff', id: string) {
    const before = older.key(kind, id)
    const after = this.key(kind, id)
    const isSame =
      before === after && (after === null || older.state.get(kind, id) === this.state.get(kind, id))
    return isSame ? null : { before, after }
  }

  get #sight(): Sight {
    if (!this.#memo.holds(this.state)) this.#memo = this.#projections.sight(this.audience, this.state)
    return this.#memo
  }

  #departmentKey(entry: Department): ProjectionKey {
    const sight = this.#sight
    const showing = sight.rulesShowing(this.state, entry.id)
    if (showing.length === 0) return null
    return `${this.#fields(sight, 'DEPARTMENT', showing).signature}${this.#visibleParent(entry) ?? ''}`
  }

  #staffKey(entry: Staff): ProjectionKey {
    const sight = this.#sight
    const showing = this.#rulesShowingStaff(sight, entry)
    if (showing.length === 0) return null
    const { signature } = this.#fields(sight, 'STAFF', showing)
    let key = signature + (this.#showsManager(sight, entry) ? '+' : '-')
    for (const m of entry.memberships)
      key += sight.rulesShowing(this.state, m.departmentId).length > 0 ? '1' : '0'
    return key
  }

  #rulesShowingStaff(sight: Sight, { status, typeId, memberships }: Placed): RulePositions {
    if (status !== 'ACTIVE' || typeId === null) return NO_RULES
    const named = this.audience.byStaffType.get(typeId)
    if (!named || !this.state.get('staffType', typeId)) return NO_RULES
    return sight.subset(named, (position) =>
      memberships.some((m) => sight.rulesShowing(this.state, m.departmentId).includes(position)),
    )
  }

  #shows(person: Placed): boolean {
    return this.#rulesShowingStaff(this.#sight, person).length > 0
  }

  #visibleParent(entry: Department): string | null {
    if (entry.parentId === null) return null
    for (const { id } of ancestry(this.state, entry.parentId)) {
      if (id !== entry.id && this.rulesShowing(id).length > 0) return id
    }
    return null
  }

  #showsManager(sight: Sight, { managerId }: Staff): boolean {
    const manager = managerId === null ? undefined : this.state.get('staff', managerId)
    return manager !== undefined && this.#rulesShowingStaff(sight, manager).length > 0
  }

  #fields(sight: Sight, category: 'STAFF' | 'DEPARTMENT', showing: RulePositions) {
    return sight.fields(this.#projections.fields(this.state), category, showing)
  }

  /** Departments without a parent, and those whose parent is not in the state (L3): a missing parent hides nobody. */
  *#realRoots(): Iterable<string> {
    for (const { id, parentId } of this.state.all('department')) {
      if (parentId === null || !this.state.get('department', parentId)) yield id
    }
  }
}

function hasType<T extends Department | Staff>(entry: T): entry is Typed<T> {
  return entry.typeId !== null
}

function present<T>(items: Iterable<T>, show: (item: T) => T | null): T[] {
  return [...items].flatMap((item) => show(item) ?? [])
}

function byOrder(a: DepartmentRow, b: DepartmentRow): number {
  return compareText(a.sortKey, b.sortKey) || compareText(a.name, b.name) || compareText(a.id, b.id)
}
