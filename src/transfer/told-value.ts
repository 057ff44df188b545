import type { Row, RowError } from './row.ts'

/** Characters of a value that a report tells. */
const TOLD = 200

/** An error with what the file says there, as far as it is told. */
export function withValue(error: RowError, value: string | null | undefined): RowError {
  return value == null || value === '' || error.value != null
    ? error
    : { ...error, value: value.slice(0, TOLD) }
}

/** What a row says at the path of an error; null: nothing, or nothing that is one value. */
export function valueAt(row: Row, path: string): string | null {
  const [field = '', index, part] = path.split('.')
  if (field === 'metadata') return row.metadata?.find(({ key }) => `metadata.${key}` === path)?.value ?? null
  if (field === 'parent' && row.kind === 'department') return row.parent ?? row.path ?? null
  const value: unknown = Reflect.get(row, field)
  if (!Array.isArray(value)) return textOf(value)
  if (index === undefined) return value.map((one) => textOf(one) ?? '?').join(';')
  const item: unknown = value[Number(index)]
  if (part === undefined || typeof item !== 'object' || item === null) return textOf(item)
  return textOf(Reflect.get(item, part))
}

/** Of a placement its department. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return null
  const department: unknown = Reflect.get(value, 'department')
  return typeof department === 'string' ? department : null
}
