import type { AdminDepartment } from '../access/administration.ts'
import { createDepartment } from '../edit/departments/create.ts'
import { moveDepartment } from '../edit/departments/move.ts'
import { updateDepartment } from '../edit/departments/update.ts'
import { InvalidInput, NotFound } from '../edit/failures.ts'
import { requireFields } from '../edit/input.ts'
import { isId } from '../edit/scene.ts'
import { normaliseLines, normaliseText } from '../model/text.ts'
import { changedMetadata, departmentEdit, type Next } from './decide-staff.ts'
import { stateOf, typeOf, type Desk } from './desk.ts'
import { joinPath, splitPath } from './paths.ts'
import { Faults } from './row-errors.ts'
import type { DepartmentRow } from './row.ts'
import type { Work } from './work.ts'

/** Decides what comes next of a row about a department. Throws EditFailure or RowRefused, with paths of the edit or of the row. */
export function nextOfDepartment(work: Work, row: DepartmentRow, desk: Desk): Next {
  const { options } = desk
  const known = knownOf(work, row, desk)
  if (!known) return create(row, desk)
  if (options.mode === 'CREATE' && !work.isMainDone)
    throw InvalidInput.at('path', 'is there already: this import only creates')
  const move = moveOf(row, known, desk)
  if (move && 'kind' in move) return move
  if (!work.isMainDone) {
    const patch = changed(row, known, desk)
    if (Object.keys(patch).length > 0)
      return { kind: 'edit', part: 'main', edit: updateDepartment({ id: known.id, ...patch }) }
  }
  if (work.isCreated || !move) return { kind: 'end', subjectId: known.id }
  return { kind: 'edit', part: 'move', edit: moveDepartment({ id: known.id, parentId: move.parentId }) }
}

/** The department that the row is about; null: a new one. */
function knownOf(
  work: Work,
  row: DepartmentRow,
  { administration, options, paths }: Desk,
): AdminDepartment | null {
  if (work.subjectId !== null) return administration.department(work.subjectId)
  if (row.id !== undefined && !options.ignoreIds) {
    const department = isId(row.id) ? administration.department(row.id) : null
    if (!department) throw new NotFound('id')
    return department
  }
  const match = paths.find(pathOf(row, paths))
  switch (match.kind) {
    case 'found':
      return administration.department(match.id)
    case 'ambiguous':
      throw InvalidInput.at('path', 'is the path of several departments: give the id')
    case 'missing':
      if (options.mode === 'UPDATE') throw new NotFound('path')
      return null
  }
}

/** By its own path, or by its name below the path of its parent. */
function pathOf(row: DepartmentRow, paths: Desk['paths']): string {
  if (row.path !== undefined) return row.path
  if (row.name === undefined) throw InvalidInput.at('path', 'must be given, or the name')
  const name = joinPath([row.name])
  if (row.parent == null) return name
  if (!isId(row.parent)) return `${row.parent}/${name}`
  const parent = paths.of(row.parent)
  if (parent === null) throw new NotFound('parent')
  if (parent === row.parent)
    throw InvalidInput.at('parent', 'has a path that others have too: rename one of them')
  return `${parent}/${name}`
}

function create(row: DepartmentRow, desk: Desk): Next {
  const path = pathOf(row, desk.paths)
  const match = desk.paths.find(path)
  if (match.kind !== 'missing' || match.missing.length === 0)
    throw InvalidInput.at('path', 'must name a department')
  const { parentId, missing } = match
  const faults = new Faults()
  const above =
    missing.length > 1 ? faults.try(() => departmentEdit(desk, parentId, missing, 'parent')) : undefined
  const [name = ''] = missing
  const typeName = row.type ?? desk.options.departmentType
  const typeId =
    typeName === null
      ? faults.note(InvalidInput.at('type', 'must be given to create a department'), null)
      : faults.try(() => typeOf(desk, 'department', typeName, 'type'))
  const { description, metadata, isDisabled = false } = row
  faults.try(() => requireFields(stateOf(desk), 'DEPARTMENT', metadata ?? []))
  faults.end()
  if (above) return above
  const input = { name, typeId: typeId ?? '', parentId, description, metadata, isDisabled }
  return { kind: 'edit', part: 'main', edit: createDepartment(input) }
}

function changed(
  row: DepartmentRow,
  shown: AdminDepartment,
  desk: Desk,
): Omit<Parameters<typeof updateDepartment>[0], 'id'> {
  const patch: Omit<Parameters<typeof updateDepartment>[0], 'id'> = {}
  const name = row.name ?? (row.path === undefined ? undefined : splitPath(row.path).at(-1))
  if (name !== undefined && normaliseText(name, 10_000) !== shown.name) patch.name = name
  if (row.type !== undefined) {
    const typeId = typeOf(desk, 'department', row.type, 'type')
    if (typeId !== shown.typeId) patch.typeId = typeId
  }
  const { description } = row
  if (description !== undefined && normaliseLines(description ?? '', 40_000) !== (shown.description ?? ''))
    patch.description = description
  const metadata = changedMetadata(row.metadata, shown.metadata)
  if (metadata.length > 0) patch.metadata = metadata
  if (row.isDisabled !== undefined && row.isDisabled !== (shown.status === 'DISABLED'))
    patch.isDisabled = row.isDisabled
  return patch
}

/** Where the row wants it, when that is somewhere else; first an edit for a place that is not there. */
function moveOf(
  row: DepartmentRow,
  shown: AdminDepartment,
  desk: Desk,
): { readonly parentId: string | null } | Extract<Next, { kind: 'edit' }> | null {
  const names = row.path === undefined ? null : splitPath(row.path).slice(0, -1)
  const parent = row.parent === undefined ? names && joinPath(names) : row.parent
  if (parent === null && row.parent === undefined) return null
  if (parent === null || parent === '') return shown.parentId === null ? null : { parentId: null }
  if (isId(parent)) return parent === shown.parentId ? null : { parentId: parent }
  const match = desk.paths.find(parent)
  switch (match.kind) {
    case 'found':
      return match.id === shown.parentId ? null : { parentId: match.id }
    case 'ambiguous':
      // Where its own parent is one of them it stays there.
      if (shown.parentId !== null && desk.paths.of(shown.parentId) === shown.parentId) return null
      throw InvalidInput.at('parent', 'is the path of several departments: give the id')
    case 'missing':
      return departmentEdit(desk, match.parentId, match.missing, 'parent')
  }
}
