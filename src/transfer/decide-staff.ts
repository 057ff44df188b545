import type { AdminStaff } from '../access/administration.ts'
import { createDepartment } from '../edit/departments/create.ts'
import type { Edit } from '../edit/edit.ts'
import { InvalidInput, NotFound, type InputIssue } from '../edit/failures.ts'
import { isId } from '../edit/scene.ts'
import { createStaff } from '../edit/staff/create.ts'
import { loginLock } from '../edit/staff/login.ts'
import { updateStaff } from '../edit/staff/update.ts'
import { canonicalJson, compareText } from '../model/canonical.ts'
import { loginKey, normaliseLines, normaliseText } from '../model/text.ts'
import { personOf, typeOf, type Desk } from './desk.ts'
import { joinPath } from './paths.ts'
import type { StaffRow } from './row.ts'
import type { Deferred, Work } from './work.ts'

/** What comes next of a row. */
export type Next =
  /** `part`: unique among the edits of a row; `main` is the one after which it is done, but for what may follow. */
  | { readonly kind: 'edit'; readonly part: string; readonly edit: Edit }
  /** First the edits that are not made yet. */
  | { readonly kind: 'wait' }
  /** Nothing is left to do; `subjectId`: who or what the row is about. */
  | { readonly kind: 'end'; readonly subjectId: string | null }

/** Decides what comes next of a row about a person. Throws EditFailure, with paths of the edit or of the row. */
export function nextOfStaff(work: Work, row: StaffRow, desk: Desk): Next {
  if (work.isMainDone) return { kind: 'end', subjectId: work.subjectId }
  const subject = subjectOf(row, desk)
  if (subject === 'wait') return { kind: 'wait' }
  const places = placesOf(row, desk)
  if (places.kind !== 'places') return places
  const people = peopleOf(work, row, desk)
  if (people === 'wait') return { kind: 'wait' }
  work.deferred = people.deferred
  const typeName = row.type ?? (subject ? null : desk.options.staffType)
  const given = {
    nickname: row.nickname,
    pinyin: row.pinyin,
    initials: row.initials,
    title: row.title,
    mobile: row.mobile,
    email: row.email,
    memberships: places.memberships,
    managerId: people.managerId,
    dottedManagerIds: people.dottedManagerIds,
    leaveDate: row.leaveDate,
    metadata: row.metadata,
    name: row.name,
    login: row.login,
    ...(typeName === null ? {} : { typeId: typeOf(desk, 'staff', typeName, 'type') }),
    isDisabled: row.isDisabled,
  }
  if (subject) {
    const patch = changed(given, subject)
    if (Object.keys(patch).length === 0) return { kind: 'end', subjectId: subject.id }
    return { kind: 'edit', part: mainOf(work.deferred), edit: updateStaff({ id: subject.id, ...patch }) }
  }
  const { name, login, typeId } = given
  const missing: InputIssue[] = []
  for (const [path, value] of Object.entries({ login, name, type: typeId }))
    if (value === undefined || value === '')
      missing.push({ path, message: 'must be given to create somebody' })
  if (missing.length > 0 || name === undefined || login === undefined || typeId === undefined)
    throw new InvalidInput(missing)
  const memberships = given.memberships ?? []
  const rest = { ...given, name, login, typeId, memberships, isDisabled: row.isDisabled === true }
  return { kind: 'edit', part: mainOf(work.deferred), edit: createStaff(rest) }
}

/** The main edit of a row; its key tells also what was put off, for whoever goes on after a crash. */
function mainOf(deferred: Deferred | null): string {
  const later = Object.keys(deferred ?? {})
  return ['main', ...later].join(' ')
}

export function isMain(part: string): boolean {
  return part === 'main' || part.startsWith('main ')
}

/** What was put off when the main edit of a row was made. */
export function deferredIn(part: string, { manager, dottedManagers }: StaffRow): Deferred | null {
  const [, ...later] = part.split(' ')
  if (later.length === 0) return null
  return {
    ...(later.includes('manager') && manager != null ? { manager } : {}),
    ...(later.includes('dottedManagers') && dottedManagers ? { dottedManagers } : {}),
  }
}

/** Who the row is about; null: somebody new. Whom the administration does not show is not there (T29, T37). */
function subjectOf(row: StaffRow, desk: Desk): AdminStaff | 'wait' | null {
  const { administration, options } = desk
  if (row.id !== undefined && !options.ignoreIds) {
    const subject = isId(row.id) ? administration.staff(row.id) : null
    if (!subject) throw new NotFound('id')
    if (options.mode === 'CREATE') throw InvalidInput.at('id', 'is there already: this import only creates')
    return subject
  }
  if (row.login === undefined) throw InvalidInput.at('login', 'must be given, or the id')
  if (desk.isPending(loginLock(row.login))) return 'wait'
  const owner = desk.owners.get(loginKey(row.login)) ?? null
  const subject = owner === null ? null : administration.staff(owner)
  if (!subject && options.mode === 'UPDATE') throw new NotFound('login')
  if (subject && options.mode === 'CREATE')
    throw InvalidInput.at('login', 'is there already: this import only creates')
  return subject
}

type Places =
  | { readonly kind: 'places'; readonly memberships: StaffInput['memberships'] }
  | Extract<Next, { kind: 'edit' }>

type StaffInput = Parameters<typeof createStaff>[0]

/** Where the person belongs; first an edit for a department that is not there, where that was asked for. */
function placesOf({ departments }: StaffRow, desk: Desk): Places {
  if (departments == null) return { kind: 'places', memberships: departments === null ? [] : undefined }
  const memberships: NonNullable<StaffInput['memberships']> = []
  for (const [i, { department, ...details }] of departments.entries()) {
    const at = `departments.${i}`
    if (isId(department)) {
      memberships.push({ departmentId: department, ...details })
      continue
    }
    const match = desk.paths.find(department)
    switch (match.kind) {
      case 'ambiguous':
        throw InvalidInput.at(at, 'is the path of several departments: give the id')
      case 'missing':
        return departmentEdit(desk, match.parentId, match.missing, at)
      case 'found':
        memberships.push({ departmentId: match.id, ...details })
    }
  }
  return { kind: 'places', memberships }
}

/** Makes the first of the departments that are missing. */
export function departmentEdit(
  desk: Desk,
  parentId: string | null,
  [name]: readonly string[],
  path: string,
): Extract<Next, { kind: 'edit' }> {
  const { createDepartments, departmentType } = desk.options
  if (name === undefined || !createDepartments) throw new NotFound(path)
  if (departmentType === null)
    throw InvalidInput.at(path, 'is not there, and the import does not say of which type new ones are')
  const typeId = typeOf(desk, 'department', departmentType, path)
  const part = `department ${parentId ?? ''} ${joinPath([name])}`
  return { kind: 'edit', part, edit: createDepartment({ name, typeId, parentId }) }
}

interface People {
  readonly managerId: string | null | undefined
  readonly dottedManagerIds: string[] | null | undefined
  readonly deferred: Deferred | null
}

function peopleOf({ number }: Work, { manager, dottedManagers }: StaffRow, desk: Desk): People | 'wait' {
  const above = manager == null ? null : personOf(desk, manager, number, 'manager')
  const dotted = (dottedManagers ?? []).map((one, i) => personOf(desk, one, number, `dottedManagers.${i}`))
  const all = above ? [above, ...dotted] : dotted
  if (all.some(({ kind }) => kind === 'wait')) return 'wait'
  const managerId = manager == null ? manager : above?.kind === 'found' ? above.id : undefined
  const isLater = dotted.some(({ kind }) => kind === 'later')
  const found = dotted.flatMap((one) => (one.kind === 'found' ? one.id : []))
  const deferred: Deferred = {
    ...(above?.kind === 'later' && manager != null ? { manager } : {}),
    ...(isLater && dottedManagers ? { dottedManagers } : {}),
  }
  return {
    managerId,
    dottedManagerIds: dottedManagers == null ? dottedManagers : isLater ? undefined : found,
    deferred: Object.keys(deferred).length > 0 ? deferred : null,
  }
}

type Given = Omit<Parameters<typeof updateStaff>[0], 'id'>

/** What of it is another value than the administration shows: only that is asked to be changed. */
function changed(given: Given, shown: AdminStaff): Given {
  const patch: Given = {}
  const isLine = (wanted: string | null | undefined, now: string | null) =>
    wanted === undefined || (wanted === null ? '' : normaliseText(wanted, 10_000)) === (now ?? '')
  for (const key of ['nickname', 'pinyin', 'initials', 'title', 'mobile', 'leaveDate'] as const)
    if (!isLine(given[key], shown[key])) patch[key] = given[key]
  for (const key of ['name', 'login', 'typeId', 'managerId'] as const)
    if (!isLine(given[key], shown[key])) Object.assign(patch, { [key]: given[key] })
  const isSet = (wanted: readonly string[] | null | undefined, now: readonly string[]) =>
    wanted === undefined || canonicalJson(sorted(wanted ?? [])) === canonicalJson(sorted(now))
  if (!isSet(given.email, shown.email)) patch.email = given.email
  if (!isSet(given.dottedManagerIds, shown.dottedManagerIds)) patch.dottedManagerIds = given.dottedManagerIds
  if (given.memberships && !isPlaced(given.memberships, shown.memberships))
    patch.memberships = given.memberships
  const metadata = changedMetadata(given.metadata, shown.metadata)
  if (metadata.length > 0) patch.metadata = metadata
  if (given.isDisabled != null && given.isDisabled !== (shown.status === 'DISABLED'))
    patch.isDisabled = given.isDisabled
  return patch
}

export function changedMetadata(
  given: readonly { key: string; value?: string | null | undefined }[] | null | undefined,
  shown: readonly { key: string; value: string }[],
): { key: string; value: string | null }[] {
  return (given ?? []).flatMap(({ key, value = null }) => {
    const now = shown.find((entry) => entry.key === key)?.value ?? ''
    return (value === null ? '' : normaliseLines(value, 40_000)) === now ? [] : [{ key, value }]
  })
}

/** The same departments, and of each all details that are told: of a person who belongs elsewhere too, only a part is shown. */
function isPlaced(wanted: NonNullable<Given['memberships']>, shown: AdminStaff['memberships']): boolean {
  const isLine = (told: string | null | undefined, now: string | null) =>
    told === undefined || normaliseText(told ?? '', 10_000) === (now ?? '')
  return (
    wanted.length === shown.length &&
    wanted.every(({ departmentId, title, sortKey, isMain, isLeader }) => {
      const now = shown.find((m) => m.departmentId === departmentId)
      return (
        now !== undefined &&
        isLine(title, now.title) &&
        (sortKey == null || isLine(sortKey, now.sortKey)) &&
        (isMain ?? now.isMain) === now.isMain &&
        (isLeader ?? now.isLeader) === now.isLeader
      )
    })
  )
}

const sorted = (values: readonly string[]) => [...values].sort(compareText)

/** Logins that a row names, so that they can be looked up for many rows together. */
export function loginsIn(row: StaffRow): string[] {
  return [row.login, row.manager, ...(row.dottedManagers ?? [])].flatMap((name) =>
    name == null || name === '' || isId(name) ? [] : [name],
  )
}

/** The part of a row that waits for the others, as a row of its own. */
export function deferredRow(subjectId: string, { manager, dottedManagers }: Deferred): StaffRow {
  return {
    kind: 'staff',
    id: subjectId,
    ...(manager === undefined ? {} : { manager }),
    ...(dottedManagers === undefined ? {} : { dottedManagers: [...dottedManagers] }),
  }
}
