import { unguarded } from '../model/csv.ts'
import { METADATA, type Column } from './headers.ts'
import { withValue } from './told-value.ts'
import {
  departmentRowSchema,
  malformed,
  staffRowSchema,
  type Placement,
  type ReadRow,
  type RowError,
  type RowKind,
} from './row.ts'

export interface CellOptions {
  readonly kind: RowKind
  /** An empty cell takes the value away; else it leaves it. */
  readonly emptyClears: boolean
  /** A cell with this text takes the value away. */
  readonly clearWith: string
}

/** Items of a list stand in one cell, separated by `;`; a `;` or `\` in an item has a `\` before it. */
export function splitList(cell: string): string[] {
  const items: string[] = []
  let item = ''
  for (let i = 0; i < cell.length; i++) {
    const char = cell[i] ?? ''
    // The escape stays: in a path it may stand before a `/` as well.
    if (char === '\\' && i + 1 < cell.length) item += char + (cell[++i] ?? '')
    else if (char === ';' || char === '；' || char === '\n') {
      items.push(item.trim())
      item = ''
    } else item += char
  }
  return [...items, item.trim()]
}

const plain = (item: string) => item.replace(/\\(.)/gs, '$1')

/** Of values that are no paths. */
export function joinList(items: readonly string[]): string {
  return items.map((item) => item.replace(/^@|[\\;；\n]/g, '\\$&')).join(';')
}

const TRUE_STATUS = new Set(['disabled', 'inactive', '停用', '禁用', '已停用', '离职', 'true', 'yes', '是'])
const FALSE_STATUS = new Set(['active', 'enabled', '启用', '正常', '在职', '激活', 'false', 'no', '否'])

/** A record of a CSV file as a row; what cannot be read is an error of its own. */
export function rowOfCells(
  number: number,
  cells: readonly string[],
  columns: readonly Column[],
  o: CellOptions,
): ReadRow {
  const errors: RowError[] = []
  if (cells.slice(columns.length).some((cell) => cell.trim() !== ''))
    errors.push(malformed(`The row has ${cells.length} cells, the header has ${columns.length}.`))
  const values = new Map<string, string | null>()
  for (const [i, { field }] of columns.entries()) {
    const raw = cells[i]?.trim() ?? ''
    if (field === null) continue
    if (raw === '' ? o.emptyClears : raw === o.clearWith) values.set(field, null)
    else if (raw !== '') values.set(field, unguarded(raw))
  }
  const row = o.kind === 'staff' ? staffOf(values, errors, o) : departmentOf(values, errors)
  const schema = o.kind === 'staff' ? staffRowSchema : departmentRowSchema
  const parsed = schema.safeParse(row)
  if (errors.length === 0 && parsed.success) return { number, row: parsed.data, errors: null }
  const issues = parsed.success ? [] : parsed.error.issues
  const shape = issues.map(({ path, message }) => malformed(message, path.map(String).join('.')))
  const told = [...errors, ...shape].map((error) =>
    withValue(error, values.get(error.path.split('.')[0] ?? '')),
  )
  return { number, row: null, errors: told }
}

type Values = ReadonlyMap<string, string | null>

function staffOf(values: Values, errors: RowError[], o: CellOptions): Record<string, unknown> {
  const list = (field: string) => {
    const cell = values.get(field)
    return cell == null
      ? cell
      : splitList(cell)
          .map(plain)
          .filter((item) => item !== '')
  }
  const row: Record<string, unknown> = {
    kind: 'staff',
    email: list('email'),
    dottedManagers: list('dottedManagers'),
    departments: placementsOf(values, errors, o),
    isDisabled: statusOf(values, errors),
    metadata: metadataOf(values),
  }
  for (const field of ['id', 'login', 'name', 'type'] as const) row[field] = needed(values, field)
  for (const field of ['nickname', 'pinyin', 'initials', 'title', 'mobile', 'manager', 'leaveDate'] as const)
    row[field] = values.get(field)
  return row
}

function departmentOf(values: Values, errors: RowError[]): Record<string, unknown> {
  const row: Record<string, unknown> = {
    kind: 'department',
    parent: values.get('parent'),
    description: values.get('description'),
    isDisabled: statusOf(values, errors),
    metadata: metadataOf(values),
  }
  for (const field of ['id', 'path', 'name', 'type'] as const) row[field] = needed(values, field)
  return row
}

/** What nobody can be without is left when its cell is empty, and cannot be cleared. */
function needed(values: Values, field: string): string | undefined {
  return values.get(field) ?? undefined
}

function placementsOf(
  values: Values,
  errors: RowError[],
  { clearWith }: CellOptions,
): Placement[] | null | undefined {
  const cell = values.get('departments')
  const asides = ['departmentTitles', 'departmentSort', 'mainDepartment', 'leads']
  if (cell == null) {
    for (const field of asides)
      if (values.get(field) != null) errors.push(malformed('needs the column of departments', field))
    return cell
  }
  const departments = splitList(cell).filter((item) => item !== '')
  const aligned = (field: string) => {
    const text = values.get(field)
    if (text == null) return departments.map(() => (text === null ? null : undefined))
    const items = splitList(text)
    if (items.length !== departments.length)
      errors.push(malformed(`must have ${departments.length} items, one a department`, field))
    return departments.map((_, i) => {
      const item = items[i] ?? ''
      return item === '' ? undefined : item === clearWith ? null : plain(item)
    })
  }
  const titles = aligned('departmentTitles')
  const sorts = aligned('departmentSort')
  const main = values.get('mainDepartment')
  const leads = values.get('leads')
  const led = leads == null ? [] : splitList(leads).filter((item) => item !== '')
  const isOneOf = (department: string) => departments.includes(department)
  if (main != null && !isOneOf(main))
    errors.push(malformed('must be one of the departments', 'mainDepartment'))
  if (!led.every(isOneOf)) errors.push(malformed('must be among the departments', 'leads'))
  return departments.map((department, i) => ({
    department,
    title: titles[i],
    sortKey: sorts[i],
    isMain: main == null ? undefined : department === main,
    isLeader: leads === undefined ? undefined : led.includes(department),
  }))
}

function statusOf(values: Values, errors: RowError[]): boolean | undefined {
  const status = values.get('status')?.normalize('NFKC').trim().toLowerCase()
  if (status === undefined) return undefined
  if (TRUE_STATUS.has(status)) return true
  if (FALSE_STATUS.has(status)) return false
  errors.push(malformed('must be ACTIVE or DISABLED', 'status'))
  return undefined
}

function metadataOf(values: Values): { key: string; value: string | null }[] | undefined {
  const list = [...values].flatMap(([field, value]) =>
    field.startsWith(METADATA) ? [{ key: field.slice(METADATA.length), value }] : [],
  )
  return list.length > 0 ? list : undefined
}
