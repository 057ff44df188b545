import { compareText } from '../model/canonical.ts'
import type { Department, DepartmentType, FieldDefinition, Staff, StaffType } from '../model/entry.ts'
import { ancestry, subtree, type State } from '../model/state.ts'
import { FieldCatalogue } from './fields.ts'
import type { Audience } from './grant.ts'
import { Projections } from './projection.ts'
import type { Catalogue, DepartmentRow, MembershipRow, StaffRow } from './row.ts'

const NO_RULES: readonly number[] = []

/** What was worked out about one generation of the state. */
interface Memo {
  readonly generation: number
  readonly showing: Map<string, readonly number[]>
  readonly fields: FieldCatalogue
  ownSubtree: ReadonlySet<string> | null
}

/**
 * What one audience sees of one state: rules V0-V7, the one function behind every answer (V9). It keeps nothing but
 * memos, which it drops when the state moves on; hidden, missing and malformed ids all answer null.
 */
export class View {
  readonly audience: Audience
  readonly state: State
  readonly #projections: Projections
  #memo: Memo | null = null

  constructor(audience: Audience, state: State, projections = new Projections()) {
    this.audience = audience
    this.state = state
    this.#projections = projections
  }

  department(id: string): DepartmentRow | null {
    const entry = this.state.get('department', id)
    if (!entry || !hasType(entry)) return null
    const showing = this.rulesShowing(id)
    if (showing.length === 0) return null
    return this.#projections.department(
      entry,
      this.#visibleParent(entry),
      this.#fields('DEPARTMENT', showing),
    )
  }

  staff(id: string): StaffRow | null {
    const entry = this.state.get('staff', id)
    if (!entry || !hasType(entry)) return null
    const showing = this.#rulesShowingStaff(entry)
    if (showing.length === 0) return null
    const isVisible = (departmentId: string) => this.rulesShowing(departmentId).length > 0
    const fields = this.#fields('STAFF', showing)
    return this.#projections.staff(entry, isVisible, this.#visibleManager(entry), fields)
  }

  /** The rules, as positions in the audience, that show the department (V1), ascending; empty when it is hidden. */
  rulesShowing(departmentId: string): readonly number[] {
    const memo = this.#current()
    const known = memo.showing.get(departmentId)
    if (known) return known
    const entry = this.state.get('department', departmentId)
    const showing = entry ? this.#rulesFor(entry, memo) : NO_RULES
    memo.showing.set(departmentId, showing)
    return showing
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

  /** Visible memberships of a visible department; recursive ones name each person once, at the first department met. */
  members(departmentId: string, recursive: boolean): { staff: StaffRow; membership: MembershipRow }[] {
    const members = new Map<string, { staff: StaffRow; membership: MembershipRow }>()
    if (this.rulesShowing(departmentId).length === 0) return []
    for (const id of recursive ? subtree(this.state, departmentId) : [departmentId]) {
      if (this.rulesShowing(id).length === 0) continue
      for (const staffId of this.state.members(id)) {
        if (members.has(staffId)) continue
        const staff = this.staff(staffId)
        const membership = staff?.memberships.find((m) => m.departmentId === id)
        if (staff && membership) members.set(staffId, { staff, membership })
      }
    }
    return [...members.values()].sort(
      (a, b) =>
        compareText(a.membership.sortKey, b.membership.sortKey) ||
        compareText(a.staff.name, b.staff.name) ||
        compareText(a.staff.id, b.staff.id),
    )
  }

  /** Everyone visible, or the members of a department, each once; by name, then id. */
  staffList(departmentId: string | null, recursive: boolean): StaffRow[] {
    const rows =
      departmentId === null ? this.allStaff() : this.members(departmentId, recursive).map((m) => m.staff)
    return [...rows].sort((a, b) => compareText(a.name, b.name) || compareText(a.id, b.id))
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
    const byName = (a: { name: string; id: string }, b: { name: string; id: string }) =>
      compareText(a.name, b.name) || compareText(a.id, b.id)
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

  mark(row: DepartmentRow | StaffRow): bigint {
    return this.#projections.mark(row)
  }

  #current(): Memo {
    if (this.#memo?.generation !== this.state.generation) {
      this.#memo = {
        generation: this.state.generation,
        showing: new Map(),
        fields: new FieldCatalogue(this.state),
        ownSubtree: null,
      }
    }
    return this.#memo
  }

  #rulesFor(entry: Department, memo: Memo): readonly number[] {
    const { typeId } = entry
    if (entry.status !== 'ACTIVE' || typeId === null || !this.state.get('departmentType', typeId))
      return NO_RULES
    return positions(this.audience.rules, (rule) => {
      if (!rule.departmentTypeIds.includes(typeId)) return false
      return rule.scope === 'ORGANISATION' || this.#ownSubtree(memo).has(entry.id)
    })
  }

  #rulesShowingStaff(entry: Staff & { typeId: string }): readonly number[] {
    if (entry.status !== 'ACTIVE' || !this.state.get('staffType', entry.typeId)) return NO_RULES
    return positions(
      this.audience.rules,
      (rule, position) =>
        rule.staffTypeIds.includes(entry.typeId) &&
        entry.memberships.some((m) => this.rulesShowing(m.departmentId).includes(position)),
    )
  }

  #ownSubtree(memo: Memo): ReadonlySet<string> {
    memo.ownSubtree ??= new Set(this.audience.ownDepartmentIds.flatMap((id) => [...subtree(this.state, id)]))
    return memo.ownSubtree
  }

  #visibleParent(entry: Department): string | null {
    if (entry.parentId === null) return null
    for (const { id } of ancestry(this.state, entry.parentId)) {
      if (id !== entry.id && this.rulesShowing(id).length > 0) return id
    }
    return null
  }

  #visibleManager({ managerId }: Staff): string | null {
    const manager = managerId === null ? undefined : this.state.get('staff', managerId)
    return manager && hasType(manager) && this.#rulesShowingStaff(manager).length > 0 ? manager.id : null
  }

  #fields(category: 'STAFF' | 'DEPARTMENT', showing: readonly number[]) {
    const granted = new Set(
      showing.flatMap((position) => this.audience.rules[position]?.sensitiveFields ?? []),
    )
    return this.#current().fields.visible(category, granted)
  }

  /** Departments without a parent, and those whose parent is not in the state (L3): a missing parent hides nobody. */
  *#realRoots(): Iterable<string> {
    for (const { id, parentId } of this.state.all('department')) {
      if (parentId === null || !this.state.get('department', parentId)) yield id
    }
  }
}

function hasType<T extends { typeId: string | null }>(entry: T): entry is T & { typeId: string } {
  return entry.typeId !== null
}

function positions<T>(items: readonly T[], test: (item: T, position: number) => boolean): readonly number[] {
  const found: number[] = []
  for (const [position, item] of items.entries()) if (test(item, position)) found.push(position)
  return found
}

function present<T>(items: Iterable<T>, show: (item: T) => T | null): T[] {
  return [...items].flatMap((item) => show(item) ?? [])
}

function byOrder(a: DepartmentRow, b: DepartmentRow): number {
  return compareText(a.sortKey, b.sortKey) || compareText(a.name, b.name) || compareText(a.id, b.id)
}
