import { createHash } from 'node:crypto'
import type { Department, Entry, FieldDefinition, Role, Rule, Staff } from '../../src/model/entry.ts'

/**
 * The view, straight from rules V0-V5 of schema/SYNC.md: slow, obvious, and sharing no code with src. Rows come without
 * revision.
 */
export type OracleRow = Record<string, unknown> & { id: string; typeId: string }
export interface OracleView {
  departments: Map<string, OracleRow>
  staff: Map<string, OracleRow>
}

export function oracleView(entries: readonly Entry[], viewerId: string): OracleView {
  const departments = entries.filter((e): e is Department => e.kind === 'department')
  const people = entries.filter((e): e is Staff => e.kind === 'staff')
  const fields = entries.filter((e): e is FieldDefinition => e.kind === 'fieldDefinition')
  const exists = (kind: Entry['kind'], id: string | null) =>
    entries.some((e) => e.kind === kind && e.id === id)
  const viewer = people.find((p) => p.id === viewerId)
  const rules = viewer && viewer.status === 'ACTIVE' ? rulesOf(entries, viewer) : []
  const own = viewer ? viewer.memberships.map((m) => m.departmentId) : []

  const isAtOrBelowOwn = (d: Department): boolean => {
    const path: string[] = []
    for (let at: Department | undefined = d; at && !path.includes(at.id);) {
      path.push(at.id)
      const parentId: string | null = at.parentId
      at = departments.find((x) => x.id === parentId)
    }
    return path.some((id) => own.includes(id))
  }
  const showsDepartment = (r: Rule, d: Department): boolean =>
    d.status === 'ACTIVE' &&
    exists('departmentType', d.typeId) &&
    r.departmentTypeIds.includes(d.typeId ?? '') &&
    (r.scope === 'ORGANISATION' || isAtOrBelowOwn(d))
  const showsStaff = (r: Rule, p: Staff): boolean =>
    p.status === 'ACTIVE' &&
    exists('staffType', p.typeId) &&
    r.staffTypeIds.includes(p.typeId ?? '') &&
    p.memberships.some((m) => departments.some((d) => d.id === m.departmentId && showsDepartment(r, d)))

  const visibleDepartments = departments.filter((d) => rules.some((r) => showsDepartment(r, d)))
  const visibleStaff = people.filter((p) => rules.some((r) => showsStaff(r, p)))
  const isVisibleDepartment = (id: string) => visibleDepartments.some((d) => d.id === id)

  const nearestVisible = (d: Department): string | null => {
    const seen = [d.id]
    for (let parentId = d.parentId; parentId !== null && !seen.includes(parentId);) {
      if (isVisibleDepartment(parentId)) return parentId
      seen.push(parentId)
      parentId = departments.find((x) => x.id === parentId)?.parentId ?? null
    }
    return null
  }
  const mayRead = (key: string, appliesTo: 'STAFF' | 'DEPARTMENT', showing: Rule[]): boolean => {
    const isSensitive = fields.some((f) => f.key === key && f.appliesTo === appliesTo && f.isSensitive)
    return !isSensitive || showing.some((r) => r.sensitiveFields.includes(key))
  }
  const metadata = (e: Department | Staff, appliesTo: 'STAFF' | 'DEPARTMENT', showing: Rule[]) =>
    e.metadata.filter(
      ({ key }) =>
        fields.some((f) => f.key === key && f.appliesTo === appliesTo) && mayRead(key, appliesTo, showing),
    )

  const departmentRow = (d: Department): OracleRow => {
    const showing = rules.filter((r) => showsDepartment(r, d))
    return {
      id: d.id,
      name: d.name,
      description: mayRead('description', 'DEPARTMENT', showing) ? d.description : null,
      typeId: d.typeId ?? '',
      parentId: nearestVisible(d),
      sortKey: d.sortKey,
      metadata: metadata(d, 'DEPARTMENT', showing),
    }
  }
  const staffRow = (p: Staff): OracleRow => {
    const showing = rules.filter((r) => showsStaff(r, p))
    const may = (key: string) => mayRead(key, 'STAFF', showing)
    const picture =
      p.avatarHash ?? createHash('sha256').update(`${p.id}\0${p.name}`).digest('hex').slice(0, 32)
    return {
      id: p.id,
      login: p.login,
      name: p.name,
      nickname: may('nickname') ? p.nickname : null,
      pinyin: p.pinyin,
      initials: p.initials,
      title: may('title') ? p.title : null,
      mobile: may('mobile') ? p.mobile : null,
      email: may('email') ? p.email : [],
      avatarUrl: `/avatars/${p.id}/${picture}`,
      typeId: p.typeId ?? '',
      memberships: p.memberships
        .filter((m) => isVisibleDepartment(m.departmentId))
        .map((m) => ({ ...m, title: may('title') ? m.title : null })),
      managerId: visibleStaff.some((x) => x.id === p.managerId) ? p.managerId : null,
      metadata: metadata(p, 'STAFF', showing),
    }
  }
  return {
    departments: new Map(visibleDepartments.map((d) => [d.id, departmentRow(d)])),
    staff: new Map(visibleStaff.map((p) => [p.id, staffRow(p)])),
  }
}

function rulesOf(entries: readonly Entry[], viewer: Staff): Rule[] {
  const roles = entries.filter((e): e is Role => e.kind === 'role' && viewer.roleIds.includes(e.id))
  return entries.filter(
    (e): e is Rule => e.kind === 'rule' && roles.some((role) => role.ruleIds.includes(e.id)),
  )
}

/** D8, from the text of the rule: rows carry their revision already. */
export function oracleDigest(rows: Iterable<{ id: string; revision: string }>): string {
  let sum = 0n
  for (const { id, revision } of rows) {
    sum += BigInt(`0x${createHash('sha256').update(`${id}\0${revision}`).digest('hex').slice(0, 32)}`)
  }
  return (sum % (1n << 128n)).toString(16).padStart(32, '0')
}
