import type { Administration } from '../access/administration.ts'
import type { Fields } from '../access/authority.ts'
import { metadataKey } from './fields.ts'
import { departmentIn, namedIn } from './names.ts'
import { NOWHERE, type AuditRecord, type EntryDiff, type FieldChange } from './record.ts'

/** A record as one reader sees it. */
export interface ShownRecord extends Omit<AuditRecord, 'number'> {
  /** Its place in the chain; null for readers who do not see all records: it would tell how many they do not see. */
  readonly number: number | null
}

/** What the administration shows of every person or department that it shows. */
const ALWAYS = new Set([
  'name',
  'login',
  'pinyin',
  'initials',
  'type',
  'status',
  'isDisabled',
  'memberships',
  'departments',
  'parent',
  'sortKey',
  'cn',
  'sn',
  'ou',
  'givenName',
  'avatarHash',
  'photo',
  'password',
])

/**
 * What one administrator may read of the audit log (V10). Whoever may read it for the whole organisation sees all of it;
 * others see records about people and departments of their scope, with the fields that they may see of them now, and
 * nobody else: neither as actor nor in a value (T23).
 */
export class AuditSight {
  readonly isAll: boolean
  readonly #administration: Administration
  readonly #covered: ReadonlySet<string>

  constructor(administration: Administration) {
    const { authority } = administration
    this.#administration = administration
    this.isAll = authority.everywhere('audit.read')
    this.#covered = this.isAll ? new Set() : authority.covered('audit.read')
  }

  /** Subjects whose records may be told; null: all. */
  get subjectIds(): readonly string[] | null {
    return this.isAll ? null : [...this.#covered]
  }

  /** Whether somebody may be told of as an actor. */
  showsActor(id: string): boolean {
    const { authority } = this.#administration
    return this.isAll || id === authority.staffId || this.#administration.staff(id) !== null
  }

  /** Whether it may be asked what became of an entry. */
  showsSubject(id: string | null): boolean {
    return this.isAll || id === null || this.#covered.has(id)
  }

  /** Null for a record that the reader may not see. */
  show(record: AuditRecord): ShownRecord | null {
    if (this.isAll) return record
    if (record.subject.id === null || !this.#covered.has(record.subject.id)) return null
    const isActorShown = record.actorId !== null && this.showsActor(record.actorId)
    return {
      ...record,
      number: null,
      actorId: isActorShown ? record.actorId : null,
      actorLogin: isActorShown ? record.actorLogin : null,
      actorDn: null,
      onBehalfOf: record.onBehalfOf !== null && this.showsActor(record.onBehalfOf) ? record.onBehalfOf : null,
      from: isActorShown ? record.from : NOWHERE,
      // Behind the code it may name somebody.
      reason: record.reason?.replace(/:.*$/s, '') ?? null,
      detail: {},
      changes: record.changes.flatMap((change) => this.#shown(change) ?? []),
    }
  }

  #shown(change: EntryDiff): EntryDiff | null {
    const { kind, id } = change
    if (id === null || !this.#covered.has(id) || (kind !== 'staff' && kind !== 'department')) return null
    const readable = this.#fields(kind, id)
    if (!readable) return null
    const fields = change.fields
      .filter(({ field }) => readable.has(field))
      .map((field) => this.#withoutHidden(field))
    // Names go with the values that they belong to.
    const shown = new Set(fields.flatMap((f) => namedIn(f.field, [...(f.before ?? []), ...f.after])))
    const names = Object.entries(change.names ?? {}).filter(([named]) => shown.has(named))
    return { ...change, fields, names: Object.fromEntries(names) }
  }

  /** Null where the administration does not show the entry. */
  #fields(kind: 'staff' | 'department', id: string): Pick<Fields, 'has'> | null {
    const { authority } = this.#administration
    const person = authority.state.get('staff', id)
    if (kind === 'staff' && (!person || !this.#administration.staff(id))) return null
    if (kind === 'department' && !this.#administration.department(id)) return null
    const readable = person ? authority.over('staff.read', person) : authority.at('department.read', id)
    const showsRoles = person !== undefined && authority.over('role.assign', person).isAll
    return {
      has: (field) =>
        ALWAYS.has(field) ||
        (field === 'roles' ? showsRoles : (readable.isAll && isOurs(field)) || readable.has(keyOf(field))),
    }
  }

  /** References to what the reader does not see are absent. */
  #withoutHidden(change: FieldChange): FieldChange {
    const shows = this.#showsReference(change.field)
    if (!shows || change.isMasked) return change
    return { ...change, before: change.before?.filter(shows) ?? null, after: change.after.filter(shows) }
  }

  #showsReference(field: string): ((value: string) => boolean) | null {
    const admin = this.#administration
    switch (field) {
      case 'manager':
      case 'dottedManagers':
        return (id) => admin.staff(id) !== null
      case 'parent':
      case 'departments':
        return (id) => admin.department(id) !== null
      case 'memberships':
        return (text) => admin.department(departmentIn(text)) !== null
      case 'roles':
        return (id) => admin.role(id) !== null
      default:
        return null
    }
  }
}

function keyOf(field: string): string {
  return metadataKey(field) ?? field
}

/** Names of other attributes are the directory's own, and for those who see everything. */
function isOurs(field: string): boolean {
  return OURS.has(field) || metadataKey(field) !== null
}

const OURS = new Set([
  'nickname',
  'title',
  'mobile',
  'email',
  'manager',
  'dottedManagers',
  'leaveDate',
  'description',
])
