import type { Layout } from '../../../src/directory/names.ts'
import type { Entry, Membership } from '../../../src/model/entry.ts'
import { isBelow, parentOf, type LdapRecord } from './records.ts'

/**
 * The directory as entries, mapped anew from what ldapsearch says and sharing no code with src: the truth about where the
 * log must have come in the end. Covers what the lanes write, nothing malformed.
 */
export function entriesOf(records: readonly LdapRecord[], layout: Layout): Entry[] {
  const byDn = new Map(records.map((record) => [record.dn.toLowerCase(), record]))
  const isDepartment = (record: LdapRecord | undefined) =>
    record !== undefined &&
    record.values('objectClass').includes('dlrDepartmentEntry') &&
    (isBelow(record.dn, layout.departments) || isBelow(record.dn, layout.trash))

  return records.flatMap((record): Entry[] => {
    const { dn, id, values, value } = record
    const classes = values('objectClass')
    const isTrashed = isBelow(dn, layout.trash)
    const common = { id, name: value('displayName') ?? value('cn') ?? '', description: value('description') }
    const status = isTrashed ? 'TRASHED' : value('dlrDisabled') === 'TRUE' ? 'DISABLED' : 'ACTIVE'
    if (isDepartment(record)) {
      const above = byDn.get(parentOf(dn).toLowerCase())
      return [
        {
          ...common,
          kind: 'department',
          status,
          name: value('displayName') ?? value('ou') ?? '',
          typeId: value('dlrType'),
          parentId: above && isDepartment(above) ? above.id : null,
          sortKey: value('dlrSort') ?? '',
          metadata: metadataOf(record),
        },
      ]
    }
    if (classes.includes('dlrPerson')) {
      return [
        {
          id,
          kind: 'staff',
          status,
          login: value('uid') ?? '',
          name: common.name,
          nickname: value('dlrNickname'),
          pinyin: value('dlrPinyin'),
          initials: value('dlrInitials'),
          title: value('title'),
          mobile: value('mobile'),
          email: values('mail').toSorted(),
          avatarHash: value('dlrAvatarHash'),
          typeId: value('dlrType'),
          memberships: membershipsOf(record),
          managerId: value('dlrManager'),
          dottedManagerIds: values('dlrDottedManager').toSorted(),
          roleIds: values('dlrRole').toSorted(),
          leaveDate: value('dlrLeaveDate'),
          metadata: metadataOf(record),
        },
      ]
    }
    if (isTrashed) return []
    if (classes.includes('dlrRoleEntry'))
      return [{ ...common, kind: 'role', ruleIds: values('dlrRule').toSorted(), abilities: [] }]
    if (classes.includes('dlrRuleEntry')) {
      return [
        {
          ...common,
          kind: 'rule',
          departmentTypeIds: values('dlrDepartmentType').toSorted(),
          staffTypeIds: values('dlrStaffType').toSorted(),
          scope: value('dlrScope') === 'OWN_SUBTREE' ? 'OWN_SUBTREE' : 'ORGANISATION',
          sensitiveFields: values('dlrSensitiveField').toSorted(),
        },
      ]
    }
    if (classes.includes('dlrTypeEntry')) {
      return [{ ...common, kind: value('dlrAppliesTo') === 'STAFF' ? 'staffType' : 'departmentType' }]
    }
    if (classes.includes('dlrFieldEntry')) {
      return [
        {
          kind: 'fieldDefinition',
          id,
          key: value('dlrKey') ?? '',
          label: common.name,
          appliesTo: value('dlrAppliesTo') === 'STAFF' ? 'STAFF' : 'DEPARTMENT',
          isSensitive: value('dlrSensitive') === 'TRUE',
          sortKey: value('dlrSort') ?? '',
        },
      ]
    }
    return []
  })
}

function metadataOf({ values }: LdapRecord) {
  return values('dlrMeta')
    .map((text) => ({ key: text.slice(0, text.indexOf('=')), value: text.slice(text.indexOf('=') + 1) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** `dlrMembership` has the details of those that have any; the lanes write every one of them whole. */
function membershipsOf({ values }: LdapRecord): Membership[] {
  const detailed = values('dlrMembership').map((text): Membership => JSON.parse(text))
  const plain = values('dlrDepartment')
    .filter((id) => !detailed.some((m) => m.departmentId === id))
    .map((departmentId) => ({ departmentId, title: null, sortKey: '', isMain: false, isLeader: false }))
  const sorted = [...detailed, ...plain].sort((a, b) => (a.departmentId < b.departmentId ? -1 : 1))
  const main = sorted.length === 1 ? sorted[0] : sorted.find((m) => m.isMain)
  return sorted.map((m) => ({ ...m, isMain: m === main }))
}
