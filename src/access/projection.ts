import { hash } from 'node:crypto'
import type { Department, MetadataEntry, Staff } from '../model/entry.ts'
import type { DepartmentRow, StaffRow } from './row.ts'

/** Which fields of a row one viewer reads (V5), by key. `signature` is short, and equal for equal answers. */
export interface VisibleFields {
  readonly signature: string
  has(key: string): boolean
}

/**
 * All that a row depends on beside its entry: two views that ask with equal keys get equal rows. Null: the row is hidden.
 */
export type ProjectionKey = string | null

/** Turns one entry into the row that a view shows. */
export function departmentRow(
  entry: Department & { typeId: string },
  parentId: string | null,
  fields: VisibleFields,
): DepartmentRow {
  return withRevision({
    description: fields.has('description') ? entry.description : null,
    id: entry.id,
    metadata: visibleMetadata(entry.metadata, fields),
    name: entry.name,
    parentId,
    sortKey: entry.sortKey,
    typeId: entry.typeId,
  })
}

/** `isVisible` tells which departments the view shows; `managerId` is null unless the manager is visible too (V3). */
export function staffRow(
  entry: Staff & { typeId: string },
  isVisible: (departmentId: string) => boolean,
  managerId: string | null,
  fields: VisibleFields,
): StaffRow {
  const showsTitle = fields.has('title')
  return withRevision({
    avatarUrl: avatarUrl(entry),
    email: fields.has('email') ? entry.email : [],
    id: entry.id,
    initials: entry.initials,
    login: entry.login,
    managerId,
    memberships: entry.memberships
      .filter((m) => isVisible(m.departmentId))
      .map((m) => ({
        departmentId: m.departmentId,
        isLeader: m.isLeader,
        isMain: m.isMain,
        sortKey: m.sortKey,
        title: showsTitle ? m.title : null,
      })),
    metadata: visibleMetadata(entry.metadata, fields),
    mobile: fields.has('mobile') ? entry.mobile : null,
    name: entry.name,
    nickname: fields.has('nickname') ? entry.nickname : null,
    pinyin: entry.pinyin,
    title: showsTitle ? entry.title : null,
    typeId: entry.typeId,
  })
}

/** Path of a person's picture: the same for every viewer; it changes when the picture does. */
export function avatarUrl(staff: Staff): string {
  const picture = staff.avatarHash ?? hash('sha256', `${staff.id}\0${staff.name}`)
  return `/avatars/${staff.id}/${encodeURIComponent(picture.slice(0, 32))}`
}

function visibleMetadata(metadata: readonly MetadataEntry[], fields: VisibleFields): MetadataEntry[] {
  return metadata.filter(({ key }) => fields.has(`metadata:${key}`)).map(({ key, value }) => ({ key, value }))
}

/** D8. Projections are made with their keys in order, nested ones too, so that their JSON is the canonical one. */
function withRevision<T extends object>(projection: T): T & { revision: string } {
  return { ...projection, revision: hash('sha256', JSON.stringify(projection)).slice(0, 32) }
}
