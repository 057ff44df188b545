import { z } from 'zod'
import { isAtOrBelow } from '../access/administration.ts'
import { normRdn, parentDn, parseDn } from '../directory/names.ts'
import {
  freeRdn,
  placeBelow,
  requireAll,
  requireFreeName,
  requireNoGainOf,
  siblingsOf,
} from './departments/place.ts'
import { requireKeys } from './departments/update.ts'
import type { Edit } from './edit.ts'
import { EditConflict, EditRefused, NotPermitted } from './failures.ts'
import type { Scene, Subject } from './scene.ts'
import { requireNoGain } from './staff/belonging.ts'
import { loginLock, requireFreeLogin } from './staff/login.ts'
import type { Place, Step } from './step.ts'
import { movePersonTo } from './trash.ts'

/** What an earlier edit has changed of a person or a department. */
export interface TakeBack {
  readonly kind: 'staff' | 'department'
  readonly id: string
  /** Of that edit; those about others are left. */
  readonly steps: readonly Step[]
}

type Modify = Extract<Step, { kind: 'modify' }>
type Move = Extract<Step, { kind: 'move' }>

/** The field of abilities that an attribute belongs to. */
export const FIELD_OF: Readonly<Record<string, string>> = {
  displayName: 'name',
  cn: 'name',
  dlrType: 'type',
  dlrNickname: 'nickname',
  dlrPinyin: 'pinyin',
  dlrInitials: 'initials',
  title: 'title',
  mobile: 'mobile',
  mail: 'email',
  dlrManager: 'manager',
  manager: 'manager',
  dlrDottedManager: 'dottedManagers',
  dlrLeaveDate: 'leaveDate',
  dlrDepartment: 'memberships',
  dlrMembership: 'memberships',
  description: 'description',
}

/**
 * Gives an entry the values that it had before an edit, byte for byte, unless somebody has changed one of them since
 * (EditConflict). Needs what the edit itself has needed.
 */
export function takeBack(input: TakeBack): Edit {
  const own = input.steps.filter((step) => 'id' in step && step.id === input.id)
  const modifies = own.filter((step) => step.kind === 'modify')
  const move = own.find((step) => step.kind === 'move') ?? null
  return {
    name: `${input.kind}.takeBack`,
    input: { kind: input.kind, id: input.id, steps: own },
    locks: {
      shared: [...new Set(modifies.flatMap(referencesOf).map((one) => one.id))],
      exclusive: [input.id, ...locksOf(input, move)],
    },
    decide: async (scene) => {
      const { kind, id } = input
      const subject = await scene.subject(kind, id, 'id')
      if (subject.entry.status === 'TRASHED') throw new EditRefused('IN_TRASH')
      for (const step of modifies) requireUnchanged(subject, step)
      requireRights(scene, subject, modifies)
      for (const reference of modifies.flatMap(referencesOf)) await requireThere(scene, kind, id, reference)
      const changes = modifies.flatMap((step) =>
        step.changes.map(({ attribute, before, after }) => ({ attribute, before: after, after: before })),
      )
      const steps: Step[] =
        changes.length > 0 ? [{ kind: 'modify', id, ifCsn: subject.fresh.csn, changes }] : []
      if (move) steps.push(await movedBack(scene, subject, move))
      const hides = changes.some(({ attribute, after }) => attribute === 'dlrDisabled' && after.length > 0)
      return { steps, losses: hides ? [id] : [], subject: { id } }
    },
  }
}

function locksOf({ kind }: TakeBack, move: Move | null): string[] {
  if (!move) return []
  if (kind === 'staff') return [loginLock(valueOf(move.from.rdn))]
  return [placeLock(move.from.at), placeLock(move.to.at)]
}

function placeLock(at: Place): string {
  return 'below' in at ? at.below : 'top departments'
}

function requireUnchanged({ fresh }: Subject<'staff' | 'department'>, step: Modify): void {
  for (const { attribute, after } of step.changes) {
    const now = fresh.values(attribute)
    const isSame = now.length === after.length && after.every((value) => now.some((one) => one === value))
    if (!isSame) throw changedSince(fresh.id)
  }
}

type Reference = { readonly id: string; readonly attribute: string }

/** What the values refer to that an entry is given back. */
function referencesOf({ changes }: Modify): Reference[] {
  return changes.flatMap(({ attribute, before }) => {
    if (attribute === 'dlrMembership')
      return before.flatMap(membershipIn).map(({ departmentId: id }) => ({ id, attribute }))
    if (!REFERRING.has(attribute)) return []
    return before.flatMap((id) => (typeof id === 'string' ? [{ id, attribute }] : []))
  })
}

const REFERRING = new Set(['dlrType', 'dlrManager', 'dlrDottedManager'])

/** Nothing comes to refer to what has gone since. */
async function requireThere(
  scene: Scene,
  kind: TakeBack['kind'],
  subjectId: string,
  { id, attribute }: Reference,
): Promise<void> {
  const typeKind = kind === 'staff' ? 'staffType' : 'departmentType'
  const isThere =
    attribute === 'dlrType'
      ? (await scene.read(typeKind, id)) !== null
      : isInUse(await scene.read(attribute === 'dlrMembership' ? 'department' : 'staff', id))
  if (!isThere)
    throw new EditConflict(subjectId, 'What it referred to is not there any more: it stays as it is now.')
}

function isInUse(subject: Subject<'department' | 'staff'> | null): boolean {
  return subject !== null && subject.entry.status !== 'TRASHED'
}

export function changedSince(id: string): EditConflict {
  return new EditConflict(id, 'It was changed since: it stays as it is now.')
}

const membershipSchema = z.object({ departmentId: z.string() })

function requireRights(
  scene: Scene,
  { entry }: Subject<'staff' | 'department'>,
  steps: readonly Modify[],
): void {
  const { authority } = scene
  const changes = steps.flatMap((step) => step.changes)
  const fields =
    entry.kind === 'staff' ? authority.over('staff.write', entry) : authority.at('department.write', entry.id)
  const isWhole = changes.some(({ attribute }) => attribute === 'dlrDisabled' || attribute === 'dlrSort')
  if (isWhole && !fields.isAll)
    throw new NotPermitted('Your administration does not cover disabling or moving it.')
  requireKeys(fields, [...new Set(changes.flatMap(keysOf))])
  if (entry.kind !== 'staff') return
  if (isWhole || changes.some(({ attribute }) => attribute === 'dlrLeaveDate'))
    requireAccount(scene, { entry })
  if (changes.some(({ attribute }) => attribute === 'mail') && !authority.mayTakeOver(entry))
    throw new NotPermitted(HIGHER)
  const memberships = changes
    .filter(({ attribute }) => attribute === 'dlrMembership')
    .flatMap(({ before }) => before.flatMap(membershipIn))
  if (memberships.length > 0 && !authority.over('staff.write', { memberships }).has('memberships'))
    throw new NotPermitted('Your administration does not cover all of the departments where they were.')
  if (changes.some(({ attribute }) => attribute === 'dlrMembership'))
    requireNoGain(scene, entry, { memberships })
}

const HIGHER = 'This person may do or see more than you: ask an administrator who has all their rights.'

function requireAccount({ authority, staffId }: Scene, { entry }: Pick<Subject<'staff'>, 'entry'>): void {
  if (entry.id === staffId) throw new EditRefused('OWN_ACCOUNT')
  if (!authority.outranks(entry)) throw new NotPermitted(HIGHER)
}

function keysOf({ attribute, before, after }: Modify['changes'][number]): string[] {
  if (attribute !== 'dlrMeta') return [FIELD_OF[attribute] ?? []].flat()
  const differing = [...before, ...after].filter((value) => !before.includes(value) || !after.includes(value))
  return differing.flatMap((value) => (typeof value === 'string' ? [value.split('=')[0] ?? ''] : []))
}

function membershipIn(value: unknown) {
  if (typeof value !== 'string') return []
  const parsed = membershipSchema.safeParse(JSON.parse(value))
  if (!parsed.success) return []
  const { departmentId } = parsed.data
  return [{ departmentId, title: null, sortKey: '', isMain: false, isLeader: false }]
}

async function movedBack(
  scene: Scene,
  { entry, fresh }: Subject<'staff' | 'department'>,
  move: Move,
): Promise<Step> {
  const now = normRdn(parseDn(fresh.dn)[0] ?? [])
  if (entry.kind === 'staff') {
    if (now !== normRdn(parseDn(move.to.rdn)[0] ?? [])) throw changedSince(entry.id)
    requireKeys(scene.authority.over('staff.write', entry), ['login'])
    if (!scene.authority.mayTakeOver(entry)) throw new NotPermitted(HIGHER)
    await requireFreeLogin(scene, valueOf(move.from.rdn), entry.id, 'login')
    return movePersonTo(fresh, { dn: parentDn(fresh.dn) }, move.from.rdn)
  }
  const from = 'below' in move.from.at ? move.from.at.below : null
  const to = 'below' in move.to.at ? move.to.at.below : null
  if (entry.parentId !== to) throw changedSince(entry.id)
  requireAll(scene, from)
  requireAll(scene, to)
  requireNoGainOf(scene, entry.id, to, from)
  if (from !== null) {
    const parent = await scene.read('department', from)
    if (!parent || parent.entry.status === 'TRASHED') throw new EditRefused('PLACE_GONE')
    if (isAtOrBelow(scene.state, from, entry.id)) throw new EditRefused('CYCLE')
  }
  requireFreeName(scene, siblingsOf(scene, from, entry.id), entry.name)
  const rdn = await freeRdn(scene, from, move.from.rdn, entry.name)
  const target = { at: placeBelow(scene, from), rdn }
  return { kind: 'move', id: entry.id, ifCsn: fresh.csn, from: { ...move.to }, to: target }
}

function valueOf(rdn: string): string {
  return parseDn(rdn)[0]?.[0]?.value ?? ''
}
