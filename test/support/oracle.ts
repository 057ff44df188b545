import { createHash } from 'node:crypto'
import type { Department, Entry, EntryKind, EntryOf, Role, Rule, Staff } from '../../src/model/entry.ts'
import type { Catalogue, DepartmentRow, StaffRow } from '../../src/access/row.ts'
import { oracleDigest, oracleRevision, plainJson } from './oracle-digest.ts'

/**
 * What one person sees, straight from rules V0-V8, D8 and D11 of schema/SYNC.md: slow, obvious, and sharing no code with
 * src. Every sentence of the rules is one line here that can be read beside it.
 */
export interface OracleView extends Catalogue {
  readonly departments: ReadonlyMap<string, DepartmentRow>
  readonly staff: ReadonlyMap<string, StaffRow>
  readonly digest: string
  /** Keys of the sensitive fields that the grant contains (R2), sorted. */
  readonly sensitiveFields: readonly string[]
  /** Keys of the fields that rows may show (R2, V5). */
  readonly shownFields: { readonly [C in Category]: ReadonlySet<string> }
}

export function oracleView(entries: readonly Entry[], viewerId: string): OracleView {
  const sees = new Seeing(entries, viewerId)
  const departments = sees.of('department').filter((d) => sees.rulesShowingDepartment(d).length > 0)
  const staff = sees.of('staff').filter((s) => sees.rulesShowingStaff(s).length > 0)
  const departmentRows = departments.map((d) => sees.departmentRow(d, sees.rulesShowingDepartment(d)))
  const staffRows = staff.map((s) => sees.staffRow(s, sees.rulesShowingStaff(s)))
  return {
    ...sees.catalogue(),
    departments: new Map(departmentRows.map((row) => [row.id, row])),
    staff: new Map(staffRows.map((row) => [row.id, row])),
    digest: oracleDigest([...departmentRows, ...staffRows]),
    sensitiveFields: [...new Set(sees.rules.flatMap((rule) => rule.sensitiveFields))].sort(),
    shownFields: { DEPARTMENT: sees.shownFields('DEPARTMENT'), STAFF: sees.shownFields('STAFF') },
  }
}

/** What a person reads of themself whatever the view says (V8). */
export interface OracleSelf {
  readonly staff: StaffRow | null
  /** By id. */
  readonly departments: readonly DepartmentRow[]
  readonly roles: readonly Role[]
}

export function oracleSelf(entries: readonly Entry[], viewerId: string): OracleSelf {
  const sees = new Seeing(entries, viewerId)
  const me = sees.of('staff').find((s) => s.id === viewerId && sees.isKnown(s))
  const own = sees.of('department').filter((d) => sees.isOwn(d.id) && sees.isKnown(d))
  return {
    staff: me ? sees.staffRow(me, 'own') : null,
    departments: own.map((d) => {
      const showing = sees.rulesShowingDepartment(d)
      return sees.departmentRow(d, showing.length > 0 ? showing : 'own')
    }),
    roles: sees.roles,
  }
}

/** Text of all that decides the person's view apart from the state (V6): equal texts share an audience. */
export function oracleGrant(entries: readonly Entry[], viewerId: string): string {
  const { rules, viewer } = new Seeing(entries, viewerId)
  const plain = rules.map((r) => {
    const { departmentTypeIds, staffTypeIds, scope, sensitiveFields } = r
    return plainJson({ departmentTypeIds, staffTypeIds, scope, sensitiveFields })
  })
  const isScoped = rules.some((r) => r.scope === 'OWN_SUBTREE')
  const own = isScoped ? viewer?.memberships.map((m) => m.departmentId) : []
  return JSON.stringify([[...new Set(plain)].sort(), own])
}

/** Text of the viewer's record, departments, roles, their rules and abilities (P3). */
export function oracleViewerRecord(entries: readonly Entry[], viewerId: string): string {
  const sees = new Seeing(entries, viewerId)
  const me = sees.of('staff').find((s) => s.id === viewerId)
  const roles = sees.of('role').filter((r) => me?.roleIds.includes(r.id))
  const rules = sees.of('rule').filter((rule) => roles.some((role) => role.ruleIds.includes(rule.id)))
  const own = sees.of('department').filter((d) => me?.memberships.some((m) => m.departmentId === d.id))
  return plainJson([me, own, roles, rules].map((list) => [list].flat().map(plainJson).sort()))
}

type Category = 'STAFF' | 'DEPARTMENT'
/** The rules that show a row, or `own` for what a person reads of themself (V8). */
type Showing = readonly Rule[] | 'own'

type Lists = { readonly [K in EntryKind]: readonly EntryOf<K>[] }

class Seeing {
  readonly #lists: Lists
  readonly viewer: Staff | undefined
  readonly roles: readonly Role[]
  readonly rules: readonly Rule[]
  readonly #showing = new Map<string, readonly Rule[]>()

  constructor(entries: readonly Entry[], viewerId: string) {
    const listOf = <K extends EntryKind>(kind: K) => entries.filter((e): e is EntryOf<K> => e.kind === kind)
    this.#lists = {
      department: listOf('department'),
      departmentType: listOf('departmentType'),
      fieldDefinition: listOf('fieldDefinition'),
      role: listOf('role'),
      rule: listOf('rule'),
      staff: listOf('staff'),
      staffType: listOf('staffType'),
    }
    const me = this.of('staff').find((s) => s.id === viewerId)
    // V0: a disabled person has no view.
    this.viewer = me?.status === 'ACTIVE' ? me : undefined
    this.roles = this.of('role').filter((role) => this.viewer?.roleIds.includes(role.id))
    this.rules = this.of('rule').filter((rule) => this.roles.some((role) => role.ruleIds.includes(rule.id)))
  }

  of<K extends EntryKind>(kind: K): Lists[K] {
    return this.#lists[kind]
  }

  /** V0: of a known type, and not disabled. */
  isKnown(entry: Department | Staff): entry is (Department | Staff) & { typeId: string } {
    const types = entry.kind === 'staff' ? this.of('staffType') : this.of('departmentType')
    return entry.status === 'ACTIVE' && types.some((type) => type.id === entry.typeId)
  }

  /** V5: built-in fields and those of the catalogue; a sensitive one only where a rule grants it. */
  shownFields(category: Category): Set<string> {
    const definitions = this.of('fieldDefinition').filter((field) => field.appliesTo === category)
    const builtin = category === 'STAFF' ? ['nickname', 'title', 'mobile', 'email'] : ['description']
    const isGranted = (key: string) => this.rules.some((rule) => rule.sensitiveFields.includes(key))
    const isSensitive = (key: string) => definitions.some((field) => field.key === key && field.isSensitive)
    const keys = [...builtin, ...definitions.map((field) => field.key)]
    return new Set(keys.filter((key) => !isSensitive(key) || isGranted(key)))
  }

  isOwn(departmentId: string): boolean {
    return this.viewer?.memberships.some((m) => m.departmentId === departmentId) ?? false
  }

  /** The department and its real ancestors, nearest first. */
  #upwards(department: Department): Department[] {
    const path = [department]
    for (;;) {
      const parentId = path.at(-1)?.parentId
      const parent = this.of('department').find((d) => d.id === parentId)
      if (!parent || path.includes(parent)) return path
      path.push(parent)
    }
  }

  /** V1. */
  rulesShowingDepartment(department: Department): readonly Rule[] {
    return this.#once(department, (rule) => {
      const isInScope =
        rule.scope === 'ORGANISATION' || this.#upwards(department).some((d) => this.isOwn(d.id))
      return rule.departmentTypeIds.includes(department.typeId ?? '') && isInScope
    })
  }

  /** V2: the same rule shows the person's type and one of their departments (V0: no product across rules). */
  rulesShowingStaff(staff: Staff): readonly Rule[] {
    const departments = this.of('department').filter((d) =>
      staff.memberships.some((m) => m.departmentId === d.id),
    )
    return this.#once(
      staff,
      (rule) =>
        rule.staffTypeIds.includes(staff.typeId ?? '') &&
        departments.some((d) => this.rulesShowingDepartment(d).includes(rule)),
    )
  }

  #once(entry: Department | Staff, shows: (rule: Rule) => boolean): readonly Rule[] {
    const key = `${entry.kind} ${entry.id}`
    const known = this.#showing.get(key)
    if (known) return known
    const showing = this.isKnown(entry) ? this.rules.filter(shows) : []
    this.#showing.set(key, showing)
    return showing
  }

  departmentRow(d: Department, showing: Showing): DepartmentRow {
    // V4: the nearest visible ancestor.
    const [, ...ancestors] = this.#upwards(d)
    const parent = ancestors.find((a) => this.rulesShowingDepartment(a).length > 0)
    return withRevision({
      id: d.id,
      name: d.name,
      description: this.#mayRead('description', 'DEPARTMENT', showing) ? d.description : null,
      typeId: d.typeId ?? '',
      parentId: parent?.id ?? null,
      sortKey: d.sortKey,
      metadata: d.metadata.filter(({ key }) => this.#mayReadMetadata(key, 'DEPARTMENT', showing)),
    })
  }

  staffRow(s: Staff, showing: Showing): StaffRow {
    const may = (key: string) => this.#mayRead(key, 'STAFF', showing)
    const manager = this.of('staff').find((m) => m.id === s.managerId)
    // V3: no id of an invisible row.
    const memberships = s.memberships.filter((m) =>
      this.of('department').some((d) => d.id === m.departmentId && this.rulesShowingDepartment(d).length > 0),
    )
    return withRevision({
      id: s.id,
      login: s.login,
      name: s.name,
      nickname: may('nickname') ? s.nickname : null,
      pinyin: s.pinyin,
      initials: s.initials,
      title: may('title') ? s.title : null,
      mobile: may('mobile') ? s.mobile : null,
      email: may('email') ? s.email : [],
      avatarUrl: `/avatars/${s.id}/${pictureOf(s)}`,
      typeId: s.typeId ?? '',
      memberships: memberships.map((m) => ({ ...m, title: may('title') ? m.title : null })),
      managerId: manager && this.rulesShowingStaff(manager).length > 0 ? manager.id : null,
      metadata: s.metadata.filter(({ key }) => this.#mayReadMetadata(key, 'STAFF', showing)),
    })
  }

  /** V5: a sensitive field only where a rule that shows this row grants it. */
  #mayRead(key: string, category: Category, showing: Showing): boolean {
    const isSensitive = this.#definitions(key, category).some((f) => f.isSensitive)
    return !isSensitive || showing === 'own' || showing.some((rule) => rule.sensitiveFields.includes(key))
  }

  /** Metadata that the catalogue does not know is shown to nobody. */
  #mayReadMetadata(key: string, category: Category, showing: Showing): boolean {
    return this.#definitions(key, category).length > 0 && this.#mayRead(key, category, showing)
  }

  #definitions(key: string, category: Category) {
    return this.of('fieldDefinition').filter((f) => f.key === key && f.appliesTo === category)
  }

  /** D11: the types that a rule names, the fields that a rule grants or that are not sensitive; nothing without rules. */
  catalogue(): Catalogue {
    const byText =
      <T>(...texts: ((item: T) => string)[]) =>
      (a: T, b: T) => {
        for (const text of texts) if (text(a) !== text(b)) return text(a) < text(b) ? -1 : 1
        return 0
      }
    const byName = byText<{ name: string; id: string }>(
      (t) => t.name,
      (t) => t.id,
    )
    return {
      departmentTypes: this.of('departmentType')
        .filter((t) => this.rules.some((rule) => rule.departmentTypeIds.includes(t.id)))
        .toSorted(byName),
      staffTypes: this.of('staffType')
        .filter((t) => this.rules.some((rule) => rule.staffTypeIds.includes(t.id)))
        .toSorted(byName),
      fields: this.of('fieldDefinition')
        .filter(
          (f) =>
            this.rules.some((rule) => rule.sensitiveFields.includes(f.key)) ||
            (this.rules.length > 0 && !f.isSensitive),
        )
        .toSorted(
          byText(
            (f) => f.sortKey,
            (f) => f.key,
            (f) => f.id,
          ),
        ),
    }
  }
}

const pictureOf = (s: Staff) =>
  s.avatarHash?.slice(0, 32) ?? createHash('sha256').update(`${s.id}\0${s.name}`).digest('hex').slice(0, 32)

const withRevision = <T extends object>(projection: T): T & { revision: string } => ({
  ...projection,
  revision: oracleRevision(projection),
})
