import { BOM, csvLine } from '../model/csv.ts'
import type { FieldDefinition } from '../model/entry.ts'
import { joinList } from './cells.ts'
import { chineseHeaderOf, headerOf, METADATA } from './headers.ts'
import type { DepartmentRow, Row, RowKind, StaffRow } from './row.ts'

const STAFF = [
  ...(['id', 'login', 'name', 'type', 'nickname', 'pinyin', 'initials', 'title', 'mobile', 'email'] as const),
  ...(['departments', 'departmentTitles', 'departmentSort', 'mainDepartment', 'leads'] as const),
  ...(['manager', 'dottedManagers', 'leaveDate', 'status'] as const),
] as const
const DEPARTMENT = ['id', 'path', 'name', 'parent', 'type', 'description', 'status'] as const

/** In which language headers are. */
export const HEADER_LANGUAGES = ['en', 'zh'] as const
export type HeaderLanguage = (typeof HEADER_LANGUAGES)[number]

/** Custom fields with a column of their own. */
export function metadataKeys(kind: RowKind, fields: Iterable<FieldDefinition>): string[] {
  const keys: string[] = []
  for (const { key, appliesTo } of fields)
    if ((appliesTo === 'STAFF') === (kind === 'staff') && !isBuiltin(kind, key)) keys.push(key)
  return [...new Set(keys)].sort()
}

/** The catalogue also says of fields that everybody has whether they are sensitive. */
function isBuiltin(kind: RowKind, key: string): boolean {
  return (kind === 'staff' ? STAFF : DEPARTMENT).some((field) => field === key)
}

/** Columns of a file in their order: those that were asked for, as far as there are such; all for null. */
export function csvColumns(
  kind: RowKind,
  fields: Iterable<FieldDefinition>,
  wanted: readonly string[] | null,
): string[] {
  const own: readonly string[] = kind === 'staff' ? STAFF : DEPARTMENT
  const all = [...own, ...metadataKeys(kind, fields).map((key) => METADATA + key)]
  return wanted === null ? all : [...new Set(wanted)].filter((field) => all.includes(field))
}

/** Headers as an import takes them, in English, or in Chinese and with the labels of custom fields. */
export function csvHead(
  kind: RowKind,
  columns: readonly string[],
  language: HeaderLanguage,
  fields: readonly FieldDefinition[],
): string {
  const name = (field: string) =>
    language === 'zh' ? chineseHeaderOf(kind, field, fields) : headerOf(kind, field)
  return BOM + csvLine(columns.map(name))
}

export function csvRow(row: Row, columns: readonly string[]): string {
  const cells = row.kind === 'staff' ? staffCells(row) : departmentCells(row)
  for (const { key, value } of row.metadata ?? []) cells.set(METADATA + key, value)
  return csvLine(columns.map((field) => cells.get(field) ?? ''))
}

function staffCells(row: StaffRow): Map<string, string | null | undefined> {
  const places = row.departments ?? []
  // The `\` of a path stands in the cell as it is.
  const paths = (list: typeof places) => list.map(({ department }) => department).join(';')
  const aligned = (values: readonly (string | null | undefined)[]) =>
    values.some((value) => value != null) ? joinList(values.map((value) => value ?? '')) : ''
  const cells: Record<(typeof STAFF)[number], string | null | undefined> = {
    id: row.id,
    login: row.login,
    name: row.name,
    type: row.type,
    nickname: row.nickname,
    pinyin: row.pinyin,
    initials: row.initials,
    title: row.title,
    mobile: row.mobile,
    email: joinList(row.email ?? []),
    departments: paths(places),
    departmentTitles: aligned(places.map(({ title }) => title)),
    departmentSort: aligned(places.map(({ sortKey }) => sortKey)),
    mainDepartment: paths(places.filter(({ isMain }) => isMain === true)),
    leads: paths(places.filter(({ isLeader }) => isLeader === true)),
    manager: row.manager,
    dottedManagers: joinList(row.dottedManagers ?? []),
    leaveDate: row.leaveDate,
    status: row.isDisabled === true ? 'DISABLED' : 'ACTIVE',
  }
  return new Map(Object.entries(cells))
}

function departmentCells(row: DepartmentRow): Map<string, string | null | undefined> {
  const cells: Record<(typeof DEPARTMENT)[number], string | null | undefined> = {
    id: row.id,
    path: row.path,
    name: row.name,
    parent: row.parent,
    type: row.type,
    description: row.description,
    status: row.isDisabled === true ? 'DISABLED' : 'ACTIVE',
  }
  return new Map(Object.entries(cells))
}
