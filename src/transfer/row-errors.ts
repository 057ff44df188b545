import type { EditFailure } from '../edit/failures.ts'
import { InvalidInput, isEditFailure, NotFound } from '../edit/failures.ts'
import type { RowError } from './row.ts'

/** All that is wrong with a row before anything is tried. */
export class RowRefused extends Error {
  readonly errors: readonly RowError[]

  constructor(errors: readonly RowError[]) {
    super('The row cannot be taken.')
    this.name = 'RowRefused'
    this.errors = errors
  }
}

/** Gathers what is wrong with a row, instead of stopping at the first. */
export class Faults {
  readonly #errors: RowError[] = []

  /** Undefined: it is wrong, and noted. */
  try<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (error instanceof RowRefused) this.#errors.push(...error.errors)
      else if (isEditFailure(error)) this.note(error, null)
      else throw error
      return undefined
    }
  }

  note(failure: EditFailure, input: unknown): void {
    this.#errors.push(...errorsOf(failure, input))
  }

  /** Throws RowRefused when anything was wrong. */
  end(): void {
    if (this.#errors.length > 0) throw new RowRefused(this.#errors)
  }
}

/** A failure of an edit in the words of rows. `input`: of the edit whose the paths are; null: they are of the row already. */
export function errorsOf(failure: EditFailure, input: unknown): RowError[] {
  const { code, message } = failure
  if (failure instanceof InvalidInput)
    return failure.issues.map((issue) => ({
      code,
      path: rowPath(issue.path, input),
      message: issue.message,
    }))
  if (failure instanceof NotFound) {
    const path = rowPath(failure.path, input)
    const nothing = 'There is nothing of this name or id in your administration.'
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

function rowPath(path: string, input: unknown): string {
  const [first = '', index, last] = path.split('.')
  if (first === 'metadata' && index !== undefined) return `metadata.${metadataKey(input, Number(index))}`
  const name = NAMES[first] ?? first
  if (index === undefined) return name
  return last === undefined || last === 'departmentId' ? `${name}.${index}` : `${name}.${index}.${last}`
}

function metadataKey(input: unknown, index: number): string {
  const list: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, 'metadata') : null
  const entry: unknown = Array.isArray(list) ? list[index] : null
  const key: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'key') : null
  return typeof key === 'string' ? key.slice(0, 64) : String(index)
}
