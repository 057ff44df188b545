import type { AdminStaff } from '../access/administration.ts'
import { createDepartment } from '../edit/departments/create.ts'
import type { Edit } from '../edit/edit.ts'
import { InvalidInput, NotFound, type InputIssue } from '../edit/failures.ts'
import { requireFields } from '../edit/input.ts'
import { isId } from '../edit/scene.ts'
import { createStaff } from '../edit/staff/create.ts'
import { staffPatchSchema } from '../edit/staff/fields.ts'
import { loginLock } from '../edit/staff/login.ts'
import { updateStaff } from '../edit/staff/update.ts'
import { canonicalJson, compareText } from '../model/canonical.ts'
import { loginKey, normaliseLines, normaliseText } from '../model/text.ts'
import { personOf, stateOf, typeOf, type Desk } from './desk.ts'
import { joinPath } from './paths.ts'
import { Faults } from './row-errors.ts'
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

/**
 * Decides what comes next of a row about a person. Throws EditFailure or RowRefused, with paths of the edit or of the row: of a
 * row that cannot be taken all that is wrong with it, before anything is made for it.
 */
export function nextOfStaff(work: Work, row: StaffRow, desk: Desk): Next {
  if (work.isMainDone) return { kind: 'end', subjectId: work.subjectId }
  const faults = new Faults()
  const subject = faults.try(() => subjectOf(row, desk))
  const people = faults.try(() => peopleOf(work, row, desk))
  if (subject === 'wait' || people === 'wait') return { kind: 'wait' }
  const places = faults.try(() => placesOf(row, desk))
  const typeName = row.type ?? (subject ? null : desk.options.staffType)
  const typeId = typeName === null ? undefined : faults.try(() => typeOf(desk, 'staff', typeName, 'type'))
  work.deferred = people?.deferred ?? null
  const given = {
    nickname: row.nickname,
    pinyin: row.pinyin,
    initials: row.initials,
    title: row.title,
    mobile: row.mobile,
    email: row.email,
    memberships: places?.kind === 'places' ? places.memberships : undefined,
    managerId: people?.managerId,
    dottedManagerIds: people?.dottedManagerIds,
    leaveDate: row.leaveDate,
    metadata: row.metadata,
    name: row.name,
    login: row.login,
    ...(typeId === undefined ? {} : { typeId }),
    isDisabled: row.isDisabled,
  }
  const asked = subject ? changed(given, subject) : given
  const issues = issuesOf(asked)
  if (issues.length > 0) faults.note(new InvalidInput(issues), asked)
  faults.try(() => requireFields(stateOf(desk), 'STAFF', row.metadata ?? []))
  const { name, login } = given
  if (subject === null)
    for (const [path, value] of Object.entries({ login, name, type: typeName ?? undefined }))
      if (value === undefined) faults.note(InvalidInput.at(path, 'must be given to create somebody'), null)
  faults.end()
  if (places?.kind === 'edit') return places
  if (subject) {
    if (Object.keys(asked).length === 0) return { kind: 'end', subjectId: subject.id }
    return { kind: 'edit', part: mainOf(work.deferred), edit: updateStaff({ id: subject.id, ...asked }) }
  }
  const memberships = given.memberships ?? []
  const rest = { ...given, name: name ?? '', login: login ?? '', typeId: typeId ?? '', memberships }
  const edit = createStaff({ ...rest, isDisabled: row.isDisabled === true })
  return { kind: 'edit', part: mainOf(work.deferred), edit }
}

/** What is wrong with values by themselves. */
function issuesOf(given: Given): InputIssue[] {
  const parsed = staffPatchSchema.safeParse(given)
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
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
  const faults = new Faults()
  let missing: Extract<Next, { kind: 'edit' }> | undefined
  for (const [i, { department, ...details }] of departments.entries()) {
    const at = `departments.${i}`
    if (isId(department)) {
      memberships.push({ departmentId: department, ...details })
      continue
    }
    const match = desk.paths.find(department)
    switch (match.kind) {
      case 'ambiguous':
        faults.note(InvalidInput.at(at, 'is the path of several departments: give the id'), null)
        break
      case 'missing':
        missing ??= faults.try(() => departmentEdit(desk, match.parentId, match.missing, at))
        break
      case 'found':
        memberships.push({ departmentId: match.id, ...details })
    }
  }
  faults.end()
  return missing ?? { kind: 'places', memberships }
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
  const faults = new Faults()
  const named = (one: string, path: string) =>
    faults.try(() => personOf(desk, one, number, path)) ?? { kind: 'later' as const }
  const above = manager == null ? null : named(manager, 'manager')
  const dotted = (dottedManagers ?? []).map((one, i) => named(one, `dottedManagers.${i}`))
  const all = above ? [above, ...dotted] : dotted
  if (all.some(({ kind }) => kind === 'wait')) return 'wait'
  faults.end()
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
