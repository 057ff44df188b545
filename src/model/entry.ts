import { z } from 'zod'

/**
 * The words of the directory as the rest of the system knows them (L8): what an LDAP entry becomes when it was mapped.
 * Every reference is the entryUUID of another entry; it may point at nothing (L3). Absent single values are null, absent
 * lists are empty, so that equal content has exactly one canonical form.
 */

/** An entryUUID in lower case. */
const id = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)

/** DISABLED and TRASHED entries stay in the log and are in no view (V0). */
export const statusSchema = z.enum(['ACTIVE', 'DISABLED', 'TRASHED'])

const metadata = z.array(z.object({ key: z.string(), value: z.string() }))

export const departmentSchema = z.object({
  kind: z.literal('department'),
  id,
  status: statusSchema,
  name: z.string(),
  description: z.string().nullable(),
  typeId: id.nullable(),
  /** The real parent in the directory tree; null for a root. V4 decides which parent a viewer sees. */
  parentId: id.nullable(),
  /** Fractional index among siblings, compared by code units. */
  sortKey: z.string(),
  /** Sorted by key; one value a key. */
  metadata,
})

export const membershipSchema = z.object({
  departmentId: id,
  title: z.string().nullable(),
  sortKey: z.string(),
  isMain: z.boolean(),
  isLeader: z.boolean(),
})

export const staffSchema = z.object({
  kind: z.literal('staff'),
  id,
  status: statusSchema,
  login: z.string(),
  name: z.string(),
  nickname: z.string().nullable(),
  pinyin: z.string().nullable(),
  initials: z.string().nullable(),
  title: z.string().nullable(),
  mobile: z.string().nullable(),
  email: z.array(z.string()),
  /** Hash of the picture's content; null when there is none. */
  avatarHash: z.string().nullable(),
  typeId: id.nullable(),
  /** Sorted by departmentId; one a department. */
  memberships: z.array(membershipSchema),
  managerId: id.nullable(),
  /** Dotted-line managers, sorted. */
  dottedManagerIds: z.array(id),
  /** Sorted. */
  roleIds: z.array(id),
  /** The last day at work, YYYY-MM-DD. */
  leaveDate: z.string().nullable(),
  metadata,
})

export const departmentTypeSchema = z.object({
  kind: z.literal('departmentType'),
  id,
  name: z.string(),
  description: z.string().nullable(),
})

export const staffTypeSchema = z.object({
  kind: z.literal('staffType'),
  id,
  name: z.string(),
  description: z.string().nullable(),
})

/** OWN_SUBTREE: only at or below the viewer's own departments (V1). */
export const ruleScopeSchema = z.enum(['ORGANISATION', 'OWN_SUBTREE'])

export const ruleSchema = z.object({
  kind: z.literal('rule'),
  id,
  name: z.string(),
  description: z.string().nullable(),
  /** Sorted. */
  departmentTypeIds: z.array(id),
  /** Sorted. */
  staffTypeIds: z.array(id),
  scope: ruleScopeSchema,
  /** Keys of sensitive fields that this rule lets be read (V5), sorted. */
  sensitiveFields: z.array(z.string()),
})

/** What a role lets its holders do (V10). `departmentId` is set with scope SUBTREE only. */
export const abilitySchema = z.object({
  name: z.string(),
  scope: z.enum(['ORGANISATION', 'OWN_SUBTREE', 'SUBTREE']),
  departmentId: id.nullable(),
  /** Field keys the ability covers, sorted; `*` for all. */
  fields: z.array(z.string()),
})

export const roleSchema = z.object({
  kind: z.literal('role'),
  id,
  name: z.string(),
  description: z.string().nullable(),
  /** Sorted. */
  ruleIds: z.array(id),
  /** Sorted by name, scope, department. */
  abilities: z.array(abilitySchema),
})

export const fieldDefinitionSchema = z.object({
  kind: z.literal('fieldDefinition'),
  id,
  /** A metadata key, or one of SENSITIVE_BUILTINS. */
  key: z.string(),
  label: z.string(),
  appliesTo: z.enum(['DEPARTMENT', 'STAFF']),
  isSensitive: z.boolean(),
  sortKey: z.string(),
})

export const entrySchema = z.discriminatedUnion('kind', [
  departmentSchema,
  departmentTypeSchema,
  fieldDefinitionSchema,
  roleSchema,
  ruleSchema,
  staffSchema,
  staffTypeSchema,
])

export type Status = z.infer<typeof statusSchema>
export type Department = z.infer<typeof departmentSchema>
export type Membership = z.infer<typeof membershipSchema>
export type Staff = z.infer<typeof staffSchema>
export type DepartmentType = z.infer<typeof departmentTypeSchema>
export type StaffType = z.infer<typeof staffTypeSchema>
export type RuleScope = z.infer<typeof ruleScopeSchema>
export type Rule = z.infer<typeof ruleSchema>
export type Ability = z.infer<typeof abilitySchema>
export type Role = z.infer<typeof roleSchema>
export type FieldDefinition = z.infer<typeof fieldDefinitionSchema>
export type Entry = z.infer<typeof entrySchema>
export type EntryKind = Entry['kind']
export type EntryOf<K extends EntryKind> = Extract<Entry, { kind: K }>
export type MetadataEntry = Staff['metadata'][number]

/** Built-in fields that the field catalogue may mark sensitive (V5); every other key names metadata. */
export const SENSITIVE_BUILTINS = {
  STAFF: ['nickname', 'title', 'mobile', 'email'],
  DEPARTMENT: ['description'],
} as const

/** One entry of the log: the entry before and after a version (L4). Not both are null. */
export interface EntryChange {
  readonly kind: EntryKind
  readonly id: string
  readonly before: Entry | null
  readonly after: Entry | null
}
