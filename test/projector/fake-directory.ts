import type { Mapped } from '../../src/directory/mapping.ts'
import { layoutOf } from '../../src/directory/names.ts'
import type { Department, Entry, Role, Staff } from '../../src/model/entry.ts'
import type { Put } from '../../src/projector/diff.ts'

export const LAYOUT = layoutOf('dc=test,dc=local')

export const FIXED = [LAYOUT.base, LAYOUT.departments, LAYOUT.people, LAYOUT.roles, LAYOUT.trash]

export type Kind = 'container' | 'department' | 'malformed' | 'role' | 'staff'

/** One entry of the fake directory, by its DN. */
export interface FakeEntry {
  readonly id: string
  readonly dn: string
  readonly kind: Kind
  readonly name: string
  readonly isDisabled: boolean
  readonly managerDn: string | null
  readonly csn: string
}

export function uuid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
}

export function putOf(entry: FakeEntry): Put {
  return { kind: 'put', id: entry.id, dn: entry.dn, csn: entry.csn, mapped: mappedOf(entry) }
}

export function mappedOf({ kind, id, name, isDisabled, managerDn }: FakeEntry): Mapped {
  const status = isDisabled ? 'DISABLED' : 'ACTIVE'
  switch (kind) {
    case 'container':
      return { kind: 'container' }
    case 'malformed':
      return { kind: 'malformed', problems: [`no ${name}`] }
    case 'department':
      return { kind: 'entry', entry: department({ id, name, status }), managerDn: null, problems: [] }
    case 'staff':
      return { kind: 'entry', entry: staff({ id, name, status }), managerDn, problems: [] }
    case 'role':
      return { kind: 'entry', entry: role(id, name), managerDn: null, problems: [] }
  }
}

export function department(given: Partial<Department> & { id: string }): Department {
  const blank = { name: 'd', status: 'ACTIVE', description: null, typeId: null, parentId: null } as const
  return { kind: 'department', ...blank, sortKey: '', metadata: [], ...given }
}

export function staff(given: Partial<Staff> & { id: string }): Staff {
  return {
    kind: 'staff',
    status: 'ACTIVE',
    login: 'l',
    name: 's',
    nickname: null,
    pinyin: null,
    initials: null,
    title: null,
    mobile: null,
    email: [],
    avatarHash: null,
    typeId: null,
    memberships: [],
    managerId: null,
    dottedManagerIds: [],
    roleIds: [],
    leaveDate: null,
    metadata: [],
    ...given,
  }
}

function role(id: string, name: string): Role {
  return { kind: 'role', id, name, description: null, ruleIds: [], abilities: [] }
}

/** The log's state for a directory, computed naively from DN texts alone: the oracle. */
export function expectedEntries(entries: readonly FakeEntry[]): Map<string, Entry> {
  const byDn = new Map(entries.map((entry) => [entry.dn, entry]))
  const result = new Map<string, Entry>()
  for (const entry of entries) {
    const above = ancestors(entry.dn)
    if (!above.every((dn) => dn === LAYOUT.base || byDn.has(dn))) continue
    const mapped = mappedOf(entry)
    if (mapped.kind !== 'entry') continue
    const isTrashed = above.includes(LAYOUT.trash)
    const own = mapped.entry
    if (own.kind === 'department') {
      const parent = above
        .map((dn) => byDn.get(dn))
        .find((e) => e?.kind === 'department' || e?.kind === 'malformed')
      const status = isTrashed ? 'TRASHED' : own.status
      result.set(entry.id, { ...own, parentId: parent?.id ?? null, status })
    } else if (own.kind === 'staff') {
      const manager = entry.managerDn === null ? undefined : byDn.get(entry.managerDn)
      const isKnown = manager && ancestors(manager.dn).every((dn) => dn === LAYOUT.base || byDn.has(dn))
      const managerId = isKnown && manager.dn !== LAYOUT.base ? manager.id : null
      result.set(entry.id, { ...own, managerId, status: isTrashed ? 'TRASHED' : own.status })
    } else if (!isTrashed) {
      result.set(entry.id, own)
    }
  }
  return result
}

/** DNs above, nearest first, the base last. The fake directory uses no escapes. */
function ancestors(dn: string): string[] {
  if (dn === LAYOUT.base) return []
  const parent = dn.slice(dn.indexOf(',') + 1)
  return [parent, ...ancestors(parent)]
}

/** A directory in memory that obeys LDAP's rules: unique names, parents exist, only leaves are deleted. */
export class FakeDirectory {
  readonly #entries = new Map<string, FakeEntry>()
  #next = 0
  #clock = 0

  constructor() {
    for (const dn of FIXED) this.add(dn, 'container')
  }

  all(): FakeEntry[] {
    return [...this.#entries.values()]
  }

  /** Entries that were not there from the beginning. */
  own(): FakeEntry[] {
    return this.all().filter((entry) => !FIXED.includes(entry.dn))
  }

  at(dn: string): FakeEntry | undefined {
    return this.all().find((entry) => entry.dn === dn)
  }

  add(dn: string, kind: Kind, given: Partial<FakeEntry> = {}): FakeEntry | null {
    const parent = dn.slice(dn.indexOf(',') + 1)
    if (this.at(dn) || (dn !== LAYOUT.base && !this.at(parent))) return null
    const id = uuid(++this.#next)
    return this.#save({ id, dn, kind, name: 'n', isDisabled: false, managerDn: null, csn: '', ...given })
  }

  edit(id: string, given: Partial<Omit<FakeEntry, 'id' | 'dn' | 'csn'>>): FakeEntry | null {
    const old = this.#entries.get(id)
    return old ? this.#save({ ...old, ...given }) : null
  }

  /** modrdn: the subtree comes along and only the entry itself gets a new CSN. */
  move(id: string, dn: string): FakeEntry | null {
    const old = this.#entries.get(id)
    const parent = dn.slice(dn.indexOf(',') + 1)
    if (!old || this.at(dn) || !this.at(parent) || `,${parent}`.endsWith(`,${old.dn}`)) return null
    for (const entry of this.all()) {
      if (!entry.dn.endsWith(`,${old.dn}`)) continue
      this.#entries.set(entry.id, { ...entry, dn: entry.dn.slice(0, -old.dn.length) + dn })
    }
    return this.#save({ ...old, dn })
  }

  remove(id: string): FakeEntry | null {
    const old = this.#entries.get(id)
    if (!old || this.all().some((entry) => entry.dn.endsWith(`,${old.dn}`))) return null
    this.#entries.delete(id)
    return old
  }

  #save(entry: FakeEntry): FakeEntry {
    const saved = {
      ...entry,
      csn: `20260101000000.${String(++this.#clock).padStart(6, '0')}Z#000000#001#000000`,
    }
    this.#entries.set(entry.id, saved)
    return saved
  }
}
