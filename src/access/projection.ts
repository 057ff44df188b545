import { createHash } from 'node:crypto'
import { canonicalJson } from '../model/canonical.ts'
import type { Department, MetadataEntry, Staff } from '../model/entry.ts'
import type { DepartmentRow, StaffRow } from './row.ts'

/** Which fields of a row one viewer reads (V5), by key. `signature` is equal for equal answers. */
export interface VisibleFields {
  readonly signature: string
  has(key: string): boolean
}

type Rows = WeakMap<Department | Staff, Map<string, DepartmentRow | StaffRow>>

/**
 * Turns entries into rows. A projection is a function of the entry and of a few facts about the view; equal projections
 * are the same object, for whichever audience, so that revisions and bytes are computed once (P1).
 */
export class Projections {
  #rows: Rows = new WeakMap()
  /** What was asked for before the catalogue of fields changed. */
  #older: Rows = new WeakMap()
  readonly #marks = new WeakMap<DepartmentRow | StaffRow, bigint>()

  department(
    entry: Department & { typeId: string },
    parentId: string | null,
    fields: VisibleFields,
  ): DepartmentRow {
    return this.#memo(entry, `${fields.signature}\n${parentId ?? ''}`, () =>
      withRevision({
        id: entry.id,
        name: entry.name,
        description: fields.has('description') ? entry.description : null,
        typeId: entry.typeId,
        parentId,
        sortKey: entry.sortKey,
        metadata: visibleMetadata(entry.metadata, fields),
      }),
    )
  }

  /** `isVisible` tells which departments the view shows; `managerId` is null unless the manager is visible too (V3). */
  staff(
    entry: Staff & { typeId: string },
    isVisible: (departmentId: string) => boolean,
    managerId: string | null,
    fields: VisibleFields,
  ): StaffRow {
    const shown = entry.memberships.map((m) => isVisible(m.departmentId))
    const signature = `${fields.signature}\n${managerId ?? ''}\n${shown.map(Number).join('')}`
    return this.#memo(entry, signature, () =>
      withRevision({
        id: entry.id,
        login: entry.login,
        name: entry.name,
        nickname: fields.has('nickname') ? entry.nickname : null,
        pinyin: entry.pinyin,
        initials: entry.initials,
        title: fields.has('title') ? entry.title : null,
        mobile: fields.has('mobile') ? entry.mobile : null,
        email: fields.has('email') ? entry.email : [],
        avatarUrl: avatarUrl(entry),
        typeId: entry.typeId,
        memberships: entry.memberships
          .filter((_, i) => shown[i])
          .map((m) => ({ ...m, title: fields.has('title') ? m.title : null })),
        managerId,
        metadata: visibleMetadata(entry.metadata, fields),
      }),
    )
  }

  /** What a row adds to the digest (D8): the first 16 bytes of SHA-256(id, 0x00, revision). */
  mark(row: DepartmentRow | StaffRow): bigint {
    let mark = this.#marks.get(row)
    if (mark === undefined) {
      const hash = createHash('sha256').update(row.id).update('\0').update(row.revision).digest('hex')
      mark = BigInt(`0x${hash.slice(0, 32)}`)
      this.#marks.set(row, mark)
    }
    return mark
  }

  /**
   * The catalogue of fields has changed: every row may become another one, beside the entry that stays. Rows that nobody
   * asks for until the next change are forgotten with it.
   */
  age(): void {
    this.#older = this.#rows
    this.#rows = new WeakMap()
  }

  #memo<R extends DepartmentRow | StaffRow>(entry: Department | Staff, signature: string, make: () => R): R {
    let rows = this.#rows.get(entry)
    if (!rows) {
      rows = new Map()
      this.#rows.set(entry, rows)
    }
    // Rows are kept under their own entry and are made by one of the two callers above, so the kind is R.
    const known = (rows.get(signature) ?? this.#older.get(entry)?.get(signature)) as R | undefined
    const row = known ?? make()
    rows.set(signature, row)
    return row
  }
}

/** Path of a person's picture: the same for every viewer; it changes when the picture does. */
export function avatarUrl(staff: Staff): string {
  const hash = staff.avatarHash ?? createHash('sha256').update(`${staff.id}\0${staff.name}`).digest('hex')
  return `/avatars/${staff.id}/${encodeURIComponent(hash.slice(0, 32))}`
}

function visibleMetadata(metadata: readonly MetadataEntry[], fields: VisibleFields): MetadataEntry[] {
  return metadata.filter(({ key }) => fields.has(`metadata:${key}`))
}

function withRevision<T extends object>(projection: T): T & { revision: string } {
  const hash = createHash('sha256').update(canonicalJson(projection)).digest('hex')
  return { ...projection, revision: hash.slice(0, 32) }
}
