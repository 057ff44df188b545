import { z } from 'zod'
import type { Membership } from '../../model/entry.ts'
import { InvalidInput } from '../failures.ts'
import { idInput, metadataInput, nameInput, textInput, type Given } from '../input.ts'
import type { Scene } from '../scene.ts'
import { withOneMain } from '../memberships.ts'

/** A login name: what can be typed and read aloud; compared without case, as LDAP does. */
const LOGIN = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u
const EMAIL = /^[^\s@<>]{1,64}@[^\s@<>]{1,255}$/
const MOBILE = /^\+?[0-9][0-9 ()./-]{2,30}$/

export const loginInput = textInput(64).refine(
  (text) => LOGIN.test(text),
  'must be letters, digits and . _ @ + -, and begin with a letter or digit',
)

const dateInput = z.iso.date('must be a date, YYYY-MM-DD')
const emptyAsNull = (text: string | null | undefined) => (text === '' ? null : text)
const text = (limit: number) => textInput(limit).nullish().transform(emptyAsNull)

const membershipInput = z.object({
  departmentId: idInput,
  title: textInput(512).nullish(),
  sortKey: textInput(256).nullish(),
  isMain: z.boolean().nullish(),
  isLeader: z.boolean().nullish(),
})

/** All that may be said of a person; absent stays as it is, null takes the value away. */
export const staffFields = {
  name: nameInput.optional(),
  login: loginInput.optional(),
  typeId: idInput.optional(),
  nickname: text(256),
  pinyin: text(512),
  initials: text(64),
  title: text(512),
  mobile: z
    .union([z.literal(''), textInput(64).refine((value) => MOBILE.test(value), 'must be a telephone number')])
    .nullish()
    .transform(emptyAsNull),
  email: z
    .array(textInput(320).refine((value) => EMAIL.test(value), 'must be an address'))
    .max(20, 'must be at most 20 addresses')
    .nullish(),
  memberships: z
    .array(membershipInput)
    .max(100, 'must be at most 100 departments')
    .refine(
      (list) => new Set(list.map((m) => m.departmentId)).size === list.length,
      'must name each department once',
    )
    .refine((list) => list.filter((m) => m.isMain === true).length <= 1, 'must have one main department')
    .optional(),
  managerId: idInput.nullish(),
  dottedManagerIds: z.array(idInput).max(100, 'must be at most 100 people').nullish(),
  leaveDate: dateInput.nullish(),
  metadata: metadataInput.nullish(),
}

export const staffPatchSchema = z.object(staffFields)
export type StaffPatch = z.output<typeof staffPatchSchema>

/** The key of the ability's field that covers each part of a patch. */
const KEYS = {
  name: 'name',
  login: 'login',
  typeId: 'type',
  nickname: 'nickname',
  pinyin: 'pinyin',
  initials: 'initials',
  title: 'title',
  mobile: 'mobile',
  email: 'email',
  memberships: 'memberships',
  managerId: 'manager',
  dottedManagerIds: 'dottedManagers',
  leaveDate: 'leaveDate',
} as const satisfies Record<Exclude<keyof StaffPatch, 'metadata'>, string>

/** Fields that abilities for people can name besides those of the catalogue. */
export const STAFF_KEYS: readonly string[] = [...Object.values(KEYS), 'photo']

/** Fields of abilities that a patch needs. */
export function keysOf(patch: StaffPatch): string[] {
  const own = Object.entries(KEYS).filter(([part]) => Reflect.get(patch, part) !== undefined)
  return [...own.map(([, key]) => key), ...(patch.metadata ?? []).map(({ key }) => key)]
}

/** What a patch refers to: it must not go away meanwhile. */
export function referencesOf(input: Given<typeof staffPatchSchema>): string[] {
  const ids = [
    input.typeId,
    input.managerId,
    ...(input.memberships ?? []).map((m) => m.departmentId),
    ...(input.dottedManagerIds ?? []),
  ]
  return [...new Set(ids.filter((id) => typeof id === 'string'))]
}

/** Memberships as they will be kept; details that are not given stay as they were. */
export function membershipsOf(
  wanted: NonNullable<StaffPatch['memberships']>,
  before: readonly Membership[],
): Membership[] {
  return withOneMain(
    wanted.map(({ departmentId, title, sortKey, isMain, isLeader }) => {
      const old = before.find((m) => m.departmentId === departmentId)
      return {
        departmentId,
        title: title === undefined ? (old?.title ?? null) : title || null,
        sortKey: sortKey ?? old?.sortKey ?? '',
        isMain: isMain ?? (wanted.some((m) => m.isMain === true) ? false : (old?.isMain ?? false)),
        isLeader: isLeader ?? old?.isLeader ?? false,
      }
    }),
  )
}

/** Types, departments and managers that a patch names exist, and the caller's administration shows them. */
export async function requireReferences(scene: Scene, patch: StaffPatch, self: string | null): Promise<void> {
  if (patch.typeId !== undefined && !(await scene.read('staffType', patch.typeId)))
    throw InvalidInput.at('typeId', 'is no type of staff')
  for (const [i, { departmentId }] of (patch.memberships ?? []).entries()) {
    const department = await scene.subject('department', departmentId, `memberships.${i}.departmentId`)
    if (department.entry.status === 'TRASHED')
      throw InvalidInput.at(`memberships.${i}.departmentId`, 'lies in the trash')
  }
  const managers = [
    ...(patch.managerId == null ? [] : [['managerId', patch.managerId] as const]),
    ...(patch.dottedManagerIds ?? []).map((id, i) => [`dottedManagerIds.${i}`, id] as const),
  ]
  for (const [path, id] of managers) {
    if (id === self) throw InvalidInput.at(path, 'must be somebody else')
    const manager = await scene.subject('staff', id, path)
    if (manager.entry.status === 'TRASHED') throw InvalidInput.at(path, 'lies in the trash')
  }
  if (self !== null && patch.managerId != null) requireNoCircle(scene, patch.managerId, self)
}

/** Nobody reports to themself, however far up. */
function requireNoCircle(scene: Scene, managerId: string, self: string): void {
  const { state } = scene
  const seen = new Set<string>()
  for (
    let at: string | null = managerId;
    at !== null && !seen.has(at);
    at = state.get('staff', at)?.managerId ?? null
  ) {
    if (at === self) throw InvalidInput.at('managerId', 'reports to this person')
    seen.add(at)
  }
}
