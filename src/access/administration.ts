import { hash } from 'node:crypto'
import { byName, type Named } from '../model/by-name.ts'
import { canonicalJson, compareText } from '../model/canonical.ts'
import type {
  Department,
  DepartmentType,
  EntryKind,
  FieldDefinition,
  MetadataEntry,
  Role,
  Rule,
  Staff,
  StaffType,
  Status,
} from '../model/entry.ts'
import { ancestry, type State } from '../model/state.ts'
import type { Authority, Fields } from './authority.ts'
import { avatarUrl } from './projection.ts'
import type { MembershipRow } from './row.ts'
import { EVERYBODY, StaffLists, type Placed, type StaffFilter, type StaffOrder } from './staff-list.ts'
import type { SightByType } from './type-matrix.ts'

/** A department as the administration shows it (V10). What the abilities do not cover is null or empty. */
export interface AdminDepartment {
  readonly kind: 'department'
  readonly id: string
  readonly status: Status
  readonly name: string
  readonly description: string | null
  readonly typeId: string | null
  /** The real parent, when it is in the scope too. */
  readonly parentId: string | null
  readonly sortKey: string
  readonly metadata: readonly MetadataEntry[]
  /** Hash of all of the above, 32 hex digits. */
  readonly revision: string
}

/** A person as the administration shows them (V10): only memberships in departments of the scope. */
export interface AdminStaff {
  readonly kind: 'staff'
  readonly id: string
  readonly status: Status
  readonly login: string
  readonly name: string
  readonly nickname: string | null
  readonly pinyin: string | null
  readonly initials: string | null
  readonly title: string | null
  readonly mobile: string | null
  readonly email: readonly string[]
  readonly avatarUrl: string
  readonly typeId: string | null
  readonly memberships: readonly MembershipRow[]
  readonly managerId: string | null
  readonly dottedManagerIds: readonly string[]
  readonly roleIds: readonly string[]
  readonly leaveDate: string | null
  readonly metadata: readonly MetadataEntry[]
  readonly revision: string
}

/** How many entries there are of each status. */
export interface StatusCounts {
  readonly active: number
  readonly disabled: number
  readonly trashed: number
}

/**
 * The administration's own view (V10): departments and people in the scope of one person's abilities, disabled and trashed
 * ones included. Hidden, missing and malformed ids all answer null. It never goes through sync, search or `node`.
 */
export class Administration {
  readonly authority: Authority
  readonly #state: State
  readonly #lists: StaffLists

  constructor(authority: Authority) {
    this.authority = authority
    this.#state = authority.state
    this.#lists = new StaffLists(authority)
  }

  department(id: string): AdminDepartment | null {
    const entry = this.#state.get('department', id)
    return entry && this.authority.showsDepartment(id) ? this.#departmentRow(entry) : null
  }

  staff(id: string): AdminStaff | null {
    const entry = this.#state.get('staff', id)
    return entry && this.authority.showsStaff(entry) ? this.#staffRow(entry) : null
  }

  /** Whatever the administration shows under an id. */
  any(
    id: string,
  ): AdminDepartment | AdminStaff | DepartmentType | StaffType | FieldDefinition | Role | Rule | null {
    const listed = [...this.types(), ...this.fields()].find((entry) => entry.id === id)
    return this.department(id) ?? this.staff(id) ?? this.role(id) ?? this.rule(id) ?? listed ?? null
  }

  /** What is shown under an id, in a text: equal texts, equal answers. Empty where that is nothing. */
  said(kind: EntryKind, id: string): string {
    switch (kind) {
      case 'department':
        return this.department(id)?.revision ?? ''
      case 'staff':
        return this.staff(id)?.revision ?? ''
      case 'role':
        return canonicalJson(this.role(id))
      case 'rule':
        return canonicalJson(this.rule(id))
      case 'departmentType':
      case 'staffType':
      case 'fieldDefinition':
        return this.authority.hasAny ? canonicalJson(this.#state.get(kind, id) ?? null) : ''
    }
  }

  /** Departments right below another one, or the tops of the scope; in order, without the trash. */
  children(parentId: string | null): AdminDepartment[] {
    const ids = parentId === null ? this.#tops() : this.#state.children(parentId)
    return present(ids, (id) => this.department(id))
      .filter((row) => row.status !== 'TRASHED')
      .sort(byOrder)
  }

  /** People of the scope, by name, then id. Rows are made of those that are shown (`staff`). */
  staffList(filter: StaffFilter): readonly Named[] {
    return this.#lists.byName(filter)
  }

  /** People of the scope in another order. */
  staffInOrder(filter: StaffFilter, order: StaffOrder, isDescending: boolean): readonly Placed[] {
    return this.#lists.placed(filter, order, isDescending)
  }

  /** People who are not in the trash, each once. */
  memberCount(departmentId: string, isRecursive: boolean): number {
    if (!this.authority.showsDepartment(departmentId)) return 0
    const { own, all } = this.#lists.counts()
    return (isRecursive ? all : own).get(departmentId) ?? 0
  }

  /** People of the scope, each once. */
  staffCounts(): StatusCounts {
    const { ACTIVE, DISABLED, TRASHED } = this.#lists.statuses()
    return { active: ACTIVE, disabled: DISABLED, trashed: TRASHED }
  }

  departmentCounts(): StatusCounts {
    const counts = { ACTIVE: 0, DISABLED: 0, TRASHED: 0 }
    for (const { id, status } of this.#state.all('department'))
      if (this.authority.showsDepartment(id)) counts[status]++
    return { active: counts.ACTIVE, disabled: counts.DISABLED, trashed: counts.TRASHED }
  }

  /** What lies in the trash by itself, not because what it stands in does; departments first. */
  trash(): (AdminDepartment | AdminStaff)[] {
    const isTop = ({ parentId }: Department) => this.#state.get('department', parentId ?? '') === undefined
    const departments = [...this.#state.all('department')].filter(
      (entry) => entry.status === 'TRASHED' && isTop(entry),
    )
    const staff = this.staffList({ ...EVERYBODY, status: 'TRASHED' })
    return [
      ...departments.flatMap(({ id }) => this.department(id) ?? []),
      ...staff.flatMap(({ id }) => this.staff(id) ?? []),
    ]
  }

  /** Who leads a department of the scope, by name. */
  leaders(departmentId: string): AdminStaff[] {
    return this.#lists.leaders(departmentId).flatMap(({ id }) => this.staff(id) ?? [])
  }

  /** Types and fields are told to everybody who administers anything: their names stand on what they administer. */
  types(): (DepartmentType | StaffType)[] {
    if (!this.authority.hasAny) return []
    return [...this.#state.all('departmentType'), ...this.#state.all('staffType')].sort(byName)
  }

  fields(): FieldDefinition[] {
    if (!this.authority.hasAny) return []
    return [...this.#state.all('fieldDefinition')].sort(
      (a, b) => compareText(a.sortKey, b.sortKey) || compareText(a.key, b.key) || compareText(a.id, b.id),
    )
  }

  /** Roles and rules are told to those who give or write them. */
  role(id: string): Role | null {
    return this.#mayReadRights() ? (this.#state.get('role', id) ?? null) : null
  }

  rule(id: string): Rule | null {
    return this.#mayReadRights() ? (this.#state.get('rule', id) ?? null) : null
  }

  roles(): Role[] {
    return this.#mayReadRights() ? [...this.#state.all('role')].sort(byName) : []
  }

  rules(): Rule[] {
    return this.#mayReadRights() ? [...this.#state.all('rule')].sort(byName) : []
  }

  /** Who sees what, by type, as far as the caller may read people's roles. */
  typeMatrix(): readonly SightByType[] {
    return this.#mayReadRights() ? this.#lists.typeMatrix() : []
  }

  #mayReadRights(): boolean {
    const { authority } = this
    return authority.has('role.assign') || authority.has('role.write') || authority.has('rule.write')
  }

  #departmentRow(entry: Department): AdminDepartment {
    const fields = this.authority.at('department.read', entry.id)
    const { id, status, name, typeId, parentId, sortKey } = entry
    return withRevision({
      kind: 'department' as const,
      id,
      status,
      name,
      description: fields.has('description') ? entry.description : null,
      typeId,
      parentId: parentId !== null && this.authority.showsDepartment(parentId) ? parentId : null,
      sortKey,
      metadata: shownMetadata(entry, fields),
    })
  }

  #staffRow(entry: Staff): AdminStaff {
    const fields = this.authority.over('staff.read', entry)
    const shown = <T>(key: string, value: T, none: T): T => (fields.has(key) ? value : none)
    const { id, status, login, name, pinyin, initials, typeId } = entry
    return withRevision({
      kind: 'staff' as const,
      id,
      status,
      login,
      name,
      nickname: shown('nickname', entry.nickname, null),
      pinyin,
      initials,
      title: shown('title', entry.title, null),
      mobile: shown('mobile', entry.mobile, null),
      email: shown('email', entry.email, []),
      avatarUrl: avatarUrl(entry),
      typeId,
      memberships: entry.memberships.filter((m) => this.authority.showsDepartment(m.departmentId)),
      managerId: shown('manager', this.#shownStaffId(entry.managerId), null),
      dottedManagerIds: shown(
        'dottedManagers',
        entry.dottedManagerIds.filter((manager) => this.#shownStaffId(manager) !== null),
        [],
      ),
      roleIds: this.#lists.showsRoles(entry) ? entry.roleIds : [],
      leaveDate: shown('leaveDate', entry.leaveDate, null),
      metadata: shownMetadata(entry, fields),
    })
  }

  #shownStaffId(id: string | null): string | null {
    const entry = id === null ? undefined : this.#state.get('staff', id)
    return entry && this.authority.showsStaff(entry) ? entry.id : null
  }

  /** Departments of the scope that stand below none of the scope. */
  *#tops(): Iterable<string> {
    for (const { id, parentId } of this.#state.all('department')) {
      const isBelow = parentId !== null && this.#state.get('department', parentId) !== undefined
      if (!isBelow || !this.authority.showsDepartment(parentId)) yield id
    }
  }
}

/** Whether a department stands at or below another one in the real tree. */
export function isAtOrBelow(state: State, departmentId: string, topId: string): boolean {
  for (const { id } of ancestry(state, departmentId)) if (id === topId) return true
  return false
}

function shownMetadata({ metadata }: Department | Staff, fields: Fields): MetadataEntry[] {
  return metadata.filter(({ key }) => fields.has(key))
}

function withRevision<T extends object>(row: T): T & { revision: string } {
  return { ...row, revision: hash('sha256', canonicalJson(row)).slice(0, 32) }
}

function present<T>(ids: Iterable<string>, show: (id: string) => T | null): T[] {
  return [...ids].flatMap((id) => show(id) ?? [])
}

function byOrder(a: AdminDepartment, b: AdminDepartment): number {
  return compareText(a.sortKey, b.sortKey) || compareText(a.name, b.name) || compareText(a.id, b.id)
}
