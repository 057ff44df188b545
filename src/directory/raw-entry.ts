/** An entry as the directory has sent it. */
export interface RawEntry {
  /** entryUUID, lower case: the identity, whatever the name becomes. */
  readonly id: string
  readonly dn: string
  readonly csn: string | null
  /** By attribute name in lower case, options included (`cn;lang-zh`). */
  readonly attributes: ReadonlyMap<string, readonly Buffer[]>
}

/**
 * What the sync asks for, by name: `*` would bring pictures and password hashes into every event (trap 5), and a change
 * of an attribute that nobody reads.
 */
export const SYNC_ATTRIBUTES: readonly string[] = [
  'objectClass',
  'entryUUID',
  'entryCSN',
  'uid',
  'cn',
  'ou',
  'displayName',
  'description',
  'title',
  'mobile',
  'mail',
  'manager',
  'dlrType',
  'dlrSort',
  'dlrMeta',
  'dlrDisabled',
  'dlrDepartment',
  'dlrMembership',
  'dlrRole',
  'dlrManager',
  'dlrDottedManager',
  'dlrNickname',
  'dlrPinyin',
  'dlrInitials',
  'dlrLeaveDate',
  'dlrAvatarHash',
  'dlrRule',
  'dlrAbility',
  'dlrDepartmentType',
  'dlrStaffType',
  'dlrScope',
  'dlrSensitiveField',
  'dlrKey',
  'dlrAppliesTo',
  'dlrSensitive',
]
