import type { Administration, AdminDepartment, AdminStaff } from '../access/administration.ts'
import type { EntryKind, EntryOf } from '../model/entry.ts'
import type { Paths } from './paths.ts'
import type { DepartmentRow, Row, StaffRow } from './row.ts'

/** Writes what the administration shows as rows: importing them again changes nothing. */
export class RowWriter {
  readonly #administration: Administration
  readonly #paths: Paths
  readonly #types = new Map<string, string>()

  constructor(administration: Administration, paths: Paths) {
    this.#administration = administration
    this.#paths = paths
    for (const kind of ['staffType', 'departmentType'] as const) this.#nameTypes(kind)
  }

  staff(shown: AdminStaff): StaffRow {
    const { id, login, name, typeId, memberships, managerId, dottedManagerIds, metadata, status } = shown
    return present({
      kind: 'staff' as const,
      id,
      login,
      name,
      type: typeId === null ? null : (this.#types.get(typeId) ?? typeId),
      nickname: shown.nickname,
      pinyin: shown.pinyin,
      initials: shown.initials,
      title: shown.title,
      mobile: shown.mobile,
      email: some(shown.email),
      departments: some(
        memberships.map(({ departmentId, title, sortKey, isMain, isLeader }) => ({
          department: this.#paths.of(departmentId) ?? departmentId,
          ...(title === null ? {} : { title }),
          ...(sortKey === '' ? {} : { sortKey }),
          isMain,
          isLeader,
        })),
      ),
      manager: managerId === null ? null : this.#login(managerId),
      dottedManagers: some(dottedManagerIds.map((manager) => this.#login(manager))),
      leaveDate: shown.leaveDate,
      isDisabled: status === 'DISABLED',
      metadata: some(metadata),
    })
  }

  department(shown: AdminDepartment): DepartmentRow {
    const { id, typeId, description, status, metadata } = shown
    const path = this.#paths.of(id)
    return present({
      kind: 'department' as const,
      id,
      // Of a path that several have nothing is said: its own name, and the id of its parent.
      ...(path === null || path === id ? { name: shown.name, parent: shown.parentId } : { path }),
      type: typeId === null ? null : (this.#types.get(typeId) ?? typeId),
      description,
      isDisabled: status === 'DISABLED',
      metadata: some(metadata),
    })
  }

  /** Whoever lies in the trash has a login that may be somebody else's by now. */
  #login(id: string): string {
    const entry = this.#administration.authority.state.get('staff', id)
    return entry && entry.status !== 'TRASHED' ? entry.login : id
  }

  /** By name, unless several have it. */
  #nameTypes(kind: Extract<EntryKind, 'staffType' | 'departmentType'>): void {
    const types: EntryOf<typeof kind>[] = [...this.#administration.authority.state.all(kind)]
    const key = (name: string) => name.normalize('NFKC').toLowerCase()
    for (const { id, name } of types) {
      const isOnly = types.every((other) => other.id === id || key(other.name) !== key(name))
      this.#types.set(id, isOnly ? name : id)
    }
  }
}

const some = <T>(list: readonly T[]): T[] | null => (list.length > 0 ? [...list] : null)

type Present<T> = { [K in keyof T as null extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : never]?: Exclude<T[K], null>
}

/** Without what is null: it stays as it is. */
function present<T extends object>(row: T): Present<T>
function present(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
}

/** As an object of a JSON file. */
export function jsonOf({ metadata, ...row }: Row): string {
  const object = metadata && Object.fromEntries(metadata.map(({ key, value }) => [key, value]))
  return JSON.stringify(object ? { ...row, metadata: object } : row)
}
