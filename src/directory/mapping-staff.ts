import { z } from 'zod'
import { compareText } from '../model/canonical.ts'
import type { Membership, Staff } from '../model/entry.ts'
import { normaliseText } from '../model/text.ts'
import { Malformed, metadataOf, nameOf, isUuid, type Attributes, type Draft } from './attributes.ts'
import { InvalidDn, parseDn } from './names.ts'
import { initialsOf, romanise } from './pinyin.ts'

const EMAIL = /^[^\s@<>]{1,64}@[^\s@<>]{1,255}$/
const AVATAR_HASH = /^[A-Za-z0-9_-]{8,128}$/

export function mapStaff(a: Attributes, id: string): Draft {
  const login = a.text('uid', 256)
  if (login === null) throw new Malformed('has no uid, so that nobody could sign in as it')
  const name = nameOf(a, 'cn')
  const managerId = a.id('dlrManager')
  const entry: Staff = {
    kind: 'staff',
    id,
    status: a.flag('dlrDisabled') ? 'DISABLED' : 'ACTIVE',
    login,
    name,
    nickname: a.text('dlrNickname', 256),
    ...romanisedName(a, name),
    title: a.text('title'),
    mobile: a.text('mobile', 64),
    email: emails(a),
    avatarHash: a.matching('dlrAvatarHash', AVATAR_HASH, 'a hash'),
    typeId: a.id('dlrType'),
    memberships: memberships(a),
    managerId,
    dottedManagerIds: a.ids('dlrDottedManager'),
    roleIds: a.ids('dlrRole'),
    leaveDate: leaveDate(a),
    metadata: metadataOf(a),
  }
  return { entry, managerDn: managerId === null ? managerDn(a) : null }
}

/** What the directory says goes before what is computed. */
function romanisedName(a: Attributes, name: string): Pick<Staff, 'pinyin' | 'initials'> {
  const given = a.text('dlrPinyin')
  const words = given?.split(' ') ?? []
  const computed = romanise(name)
  return {
    pinyin: given ?? computed?.pinyin ?? null,
    initials:
      a.text('dlrInitials', 64) ?? (words.length > 1 ? initialsOf(words) : (computed?.initials ?? null)),
  }
}

function emails(a: Attributes): string[] {
  return a.texts('mail').filter((address) => {
    const good = EMAIL.test(address)
    if (!good) a.report('mail', address, 'is not an address')
    return good
  })
}

const membershipValue = z.object({
  departmentId: z.string().toLowerCase().refine(isUuid),
  title: z.string().nullish(),
  sortKey: z.string().nullish(),
  isMain: z.boolean().nullish(),
  isLeader: z.boolean().nullish(),
})

/**
 * Details from `dlrMembership`, and plain ones for every `dlrDepartment` without. One a department, sorted by it. At most
 * one is the main one; the only membership always is.
 */
function memberships(a: Attributes): Membership[] {
  const byDepartment = new Map<string, Membership>()
  for (const value of a.json('dlrMembership')) {
    const parsed = membershipValue.safeParse(value)
    if (!parsed.success) {
      a.report('dlrMembership', JSON.stringify(value), 'is not a membership')
      continue
    }
    const { departmentId, title, sortKey, isMain, isLeader } = parsed.data
    if (byDepartment.has(departmentId)) {
      a.report('dlrMembership', departmentId, 'is there twice')
      continue
    }
    byDepartment.set(departmentId, {
      departmentId,
      title: normaliseText(title ?? '') || null,
      sortKey: normaliseText(sortKey ?? ''),
      isMain: isMain ?? false,
      isLeader: isLeader ?? false,
    })
  }
  for (const departmentId of a.ids('dlrDepartment')) {
    if (byDepartment.has(departmentId)) continue
    byDepartment.set(departmentId, { departmentId, title: null, sortKey: '', isMain: false, isLeader: false })
  }
  const sorted = [...byDepartment.values()].sort((x, y) => compareText(x.departmentId, y.departmentId))
  const main = sorted.length === 1 ? sorted[0] : sorted.find((m) => m.isMain)
  for (const m of sorted) {
    if (m.isMain && m !== main) a.report('dlrMembership', m.departmentId, 'is a second main department')
  }
  return sorted.map((m) => ({ ...m, isMain: m === main }))
}

function leaveDate(a: Attributes): string | null {
  const text = a.matching('dlrLeaveDate', /^\d{4}-\d{2}-\d{2}$/, 'a date YYYY-MM-DD')
  if (text === null) return null
  const date = new Date(`${text}T00:00:00Z`)
  if (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)) return text
  a.report('dlrLeaveDate', text, 'is not a day of the calendar')
  return null
}

function managerDn(a: Attributes): string | null {
  const dn = a.raw('manager')[0]
  if (dn === undefined) return null
  try {
    parseDn(dn)
    return dn
  } catch (e) {
    if (!(e instanceof InvalidDn)) throw e
    a.report('manager', dn, 'is not a DN')
    return null
  }
}
