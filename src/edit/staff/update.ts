import { z } from 'zod'
import { parentDn } from '../../directory/names.ts'
import type { FreshEntry } from '../../directory/reader.ts'
import type { Staff } from '../../model/entry.ts'
import { Changes } from '../changes.ts'
import type { Edit } from '../edit.ts'
import { requireKeys } from '../departments/update.ts'
import { EditRefused, InvalidInput, NotPermitted } from '../failures.ts'
import { rdnOf } from '../hands.ts'
import { idInput, parseInput, patchedMetadata, requireFields, type Given } from '../input.ts'
import { membershipAttributes } from '../memberships.ts'
import type { Scene } from '../scene.ts'
import type { Step } from '../step.ts'
import { movePersonTo } from '../trash.ts'
import { requireNoGain } from './belonging.ts'
import { keysOf, membershipsOf, referencesOf, requireReferences, staffFields } from './fields.ts'
import { hasLeft } from './leave.ts'
import { loginLock, requireFreeLogin, uidRdn } from './login.ts'

const schema = z.object({
  id: idInput,
  ifRevision: z.string().nullish(),
  ...staffFields,
  isDisabled: z.boolean().optional(),
})

export type UpdateStaff = Given<typeof schema>

/** Edits a person: one write, and one more for another login. */
export function updateStaff(input: UpdateStaff): Edit {
  return {
    name: 'staff.update',
    input,
    locks: {
      shared: referencesOf(input),
      exclusive: [input.id, ...(input.login == null ? [] : [loginLock(input.login)])],
    },
    decide: async (scene) => {
      const { id, ifRevision, isDisabled, ...patch } = parseInput(schema, input)
      const { entry, fresh } = await scene.subject('staff', id, 'id')
      if (entry.status === 'TRASHED') throw new EditRefused('IN_TRASH')
      requireKeys(scene.authority.over('staff.write', entry), keysOf(patch))
      if (isDisabled !== undefined) requireMayDisable(scene, entry, isDisabled)
      // Whoever can take a login can sign in as it, and whoever reads the mail gets the links to new passwords.
      const isTaken = patch.login !== undefined || isOtherMail(patch.email, entry.email)
      if (isTaken && !scene.authority.mayTakeOver(entry)) throw new NotPermitted(HIGHER)
      if (patch.leaveDate !== undefined && patch.leaveDate !== entry.leaveDate)
        requireMayLetGo(scene, entry, patch.leaveDate)
      await requireReferences(scene, patch, id)
      const memberships = patch.memberships && membershipsOf(patch.memberships, entry.memberships)
      if (memberships) requireMayBelong(scene, entry, memberships)
      requireFields(scene.state, 'STAFF', patch.metadata ?? [])
      if (patch.login !== undefined) await requireFreeLogin(scene, patch.login, id, 'login')
      scene.requireRevision('staff', id, ifRevision ?? null)
      requireLeaveDate(scene, entry, { leaveDate: patch.leaveDate, isDisabled })
      const attributes = memberships && membershipAttributes(memberships)
      const changes = new Changes(fresh)
        .set('displayName', patch.name)
        .set('cn', rdnOf(fresh.dn).toLowerCase().startsWith('cn=') ? undefined : patch.name)
        .set('dlrType', patch.typeId)
        .set('dlrNickname', patch.nickname)
        .set('dlrPinyin', patch.pinyin)
        .set('dlrInitials', patch.initials)
        .set('title', patch.title)
        .set('mobile', patch.mobile)
        .set('mail', patch.email)
        .set('dlrManager', patch.managerId)
        .set('manager', patch.managerId === undefined ? undefined : null)
        .set('dlrDottedManager', patch.dottedManagerIds)
        .set('dlrLeaveDate', patch.leaveDate)
        .set('dlrDepartment', attributes?.dlrDepartment)
        .set('dlrMembership', attributes?.dlrMembership)
        .set('dlrMeta', patch.metadata ? patchedMetadata(fresh.values('dlrMeta'), patch.metadata) : undefined)
        .set('dlrDisabled', isDisabled === undefined ? undefined : isDisabled ? 'TRUE' : null)
      return {
        steps: [...changes.steps(), ...renamed(fresh, entry.login, patch.login)],
        losses: isDisabled === true ? [id] : [],
        subject: { id },
      }
    },
  }
}

const HIGHER = 'This person may do or see more than you: ask an administrator who has all their rights.'

function isOtherMail(wanted: readonly string[] | null | undefined, before: readonly string[]): boolean {
  if (wanted === undefined) return false
  const now = wanted ?? []
  return now.length !== before.length || now.some((one, i) => one !== before[i])
}

function requireMayDisable(scene: Scene, person: Staff, isDisabled: boolean): void {
  const { authority, staffId } = scene
  if (!authority.over('staff.write', person).isAll)
    throw new NotPermitted('Your administration does not cover disabling or enabling this person.')
  if (isDisabled && person.id === staffId) throw new EditRefused('OWN_ACCOUNT')
  if (!authority.outranks(person)) throw new NotPermitted(HIGHER)
}

/** Whoever sets a leave date disables, sooner or later (T36). */
function requireMayLetGo(
  { authority, staffId, today }: Scene,
  person: Staff,
  leaveDate: string | null,
): void {
  if (!authority.outranks(person)) throw new NotPermitted(HIGHER)
  if (person.id === staffId && hasLeft({ status: 'ACTIVE', leaveDate }, today))
    throw new EditRefused('OWN_ACCOUNT')
}

/** Who is enabled after their leave date would be disabled again at once. */
function requireLeaveDate(
  { today }: Scene,
  entry: Staff,
  patch: { leaveDate: string | null | undefined; isDisabled: boolean | undefined },
): void {
  if (patch.isDisabled !== false) return
  const { leaveDate = entry.leaveDate } = patch
  if (hasLeft({ status: 'ACTIVE', leaveDate }, today))
    throw InvalidInput.at('leaveDate', `has come (${leaveDate}): take it away, or set a later one`)
}

/** Nobody moves a person to where they could not have made them (T36). */
function requireMayBelong(scene: Scene, person: Staff, memberships: Staff['memberships']): void {
  if (!scene.authority.over('staff.write', { memberships }).has('memberships'))
    throw new NotPermitted('Your administration does not cover all of these departments.')
  requireNoGain(scene, person, { memberships })
}

function renamed(fresh: FreshEntry, before: string, login?: string): Step[] {
  if (login === undefined || login === before) return []
  return [movePersonTo(fresh, { dn: parentDn(fresh.dn) }, uidRdn(login))]
}
