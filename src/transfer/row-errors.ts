import type { Edit } from '../edit/edit.ts'
import type { EditFailure } from '../edit/failures.ts'
import { InvalidInput, NotFound } from '../edit/failures.ts'
import type { RowError } from './row.ts'

/** A failure of an edit in the words of rows. `edit`: whose input the paths are of; null: they are of the row already. */
export function errorsOf(failure: EditFailure, edit: Edit | null): RowError[] {
  const { code, message } = failure
  if (failure instanceof InvalidInput)
    return failure.issues.map((issue) => ({
      code,
      path: rowPath(issue.path, edit),
      message: issue.message,
    }))
  if (failure instanceof NotFound) {
    const path = rowPath(failure.path, edit)
    const nothing = `There is nothing of this name or id in your administration (${path}).`
    return [{ code, path, message: path.startsWith('departments.') ? `${nothing} ${WHOLE_PATH}` : nothing }]
  }
  return [{ code, path: '', message }]
}

const WHOLE_PATH =
  'Name departments from the top, as in Company/Sales/East, or have them made with createDepartments.'

const NAMES: Readonly<Record<string, string>> = {
  typeId: 'type',
  managerId: 'manager',
  dottedManagerIds: 'dottedManagers',
  memberships: 'departments',
  parentId: 'parent',
  isDisabled: 'status',
}

function rowPath(path: string, edit: Edit | null): string {
  const [first = '', index, last] = path.split('.')
  if (first === 'metadata' && index !== undefined) return `metadata.${metadataKey(edit, Number(index))}`
  const name = NAMES[first] ?? first
  if (index === undefined) return name
  return last === undefined || last === 'departmentId' ? `${name}.${index}` : `${name}.${index}.${last}`
}

function metadataKey(edit: Edit | null, index: number): string {
  const input: unknown = edit?.input
  const list: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, 'metadata') : null
  const entry: unknown = Array.isArray(list) ? list[index] : null
  const key: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'key') : null
  return typeof key === 'string' ? key.slice(0, 64) : String(index)
}
