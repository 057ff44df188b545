import type { AdminDepartment, AdminStaff } from '../access/administration.ts'
import { ldifEntry } from '../directory/ldif.ts'
import { dn, formatRdn, normDn, type Layout } from '../directory/names.ts'
import { membershipAttributes } from '../edit/memberships.ts'

/**
 * Writes people and departments as entries of this directory. Ids stand in `entryUUID`, which everything refers to: `ldapadd -e
 * relax` and `slapadd` take them; plain `ldapadd` makes new ones, and refuses them, so that they may be left out.
 */
export class LdifWriter {
  readonly #layout: Layout
  readonly #withIds: boolean
  /** DNs of the departments that were written: parents come first. */
  readonly #dns = new Map<string, string>()
  readonly #taken = new Set<string>()

  constructor(layout: Layout, withIds: boolean) {
    this.#layout = layout
    this.#withIds = withIds
  }

  department(row: AdminDepartment): string {
    const above = this.#dns.get(row.parentId ?? '') ?? this.#layout.departments
    const ou = this.#freeName(above, row.name)
    const entryDn = `${formatRdn([{ type: 'ou', value: ou }])},${above}`
    this.#dns.set(row.id, entryDn)
    return ldifEntry(entryDn, {
      objectClass: ['organizationalUnit', 'dlrDepartmentEntry'],
      ...this.#id(row.id),
      ou,
      displayName: row.name,
      ...optional({ dlrType: row.typeId, dlrSort: row.sortKey, description: row.description }),
      ...this.#shared(row),
    })
  }

  staff(row: AdminStaff): string {
    const { login, name } = row
    return ldifEntry(dn`uid=${login},${this.#layout.people}`, {
      objectClass: ['inetOrgPerson', 'dlrPerson'],
      ...this.#id(row.id),
      uid: login,
      cn: name,
      sn: name,
      displayName: name,
      ...optional({
        dlrType: row.typeId,
        dlrNickname: row.nickname,
        dlrPinyin: row.pinyin,
        dlrInitials: row.initials,
        title: row.title,
        mobile: row.mobile,
        dlrManager: row.managerId,
        dlrLeaveDate: row.leaveDate,
      }),
      mail: row.email,
      dlrDottedManager: row.dottedManagerIds,
      dlrRole: row.roleIds,
      ...membershipAttributes(row.memberships),
      ...this.#shared(row),
    })
  }

  #id(id: string): Record<string, string> {
    return this.#withIds ? { entryUUID: id } : {}
  }

  #shared({ status, metadata }: AdminStaff | AdminDepartment): Record<string, string | string[]> {
    return {
      dlrMeta: metadata.map(({ key, value }) => `${key}=${value}`),
      ...(status === 'DISABLED' ? { dlrDisabled: 'TRUE' } : {}),
    }
  }

  /** Departments of one name may stand side by side; their entries may not. */
  #freeName(above: string, name: string): string {
    for (let n = 1; ; n++) {
      const ou = n === 1 ? name : `${name} ${n}`
      const key = normDn(`${formatRdn([{ type: 'ou', value: ou }])},${above}`)
      if (this.#taken.has(key)) continue
      this.#taken.add(key)
      return ou
    }
  }
}

function optional(values: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === null || value === '' ? [] : [[name, value]],
    ),
  )
}
