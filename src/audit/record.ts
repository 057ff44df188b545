import { z } from 'zod'
import type { SignedIn } from '../model/signed-in.ts'

/**
 * What stands in the audit log of each thing that was done: who, on behalf of whom, what, to what, from where, and what it
 * was before and after. Sensitive values are masked before they come here (src/audit/mask.ts).
 */

/** Values of one field before and after, in the words of src/audit/fields.ts. Empty: none; null: nobody knows. */
export const fieldChangeSchema = z.object({
  field: z.string(),
  before: z.array(z.string()).nullable(),
  after: z.array(z.string()),
  /** The values are marks: equal marks stand for equal values of this field. */
  isMasked: z.boolean(),
})

/** One entry that was changed. */
export const entryChangeSchema = z.object({
  kind: z.string().nullable(),
  id: z.string().nullable(),
  label: z.string().nullable(),
  fields: z.array(fieldChangeSchema),
  /** What the entries were called at that time whose ids stand in the values, by id. */
  names: z.record(z.string(), z.string()).optional(),
})

export const subjectSchema = z.object({
  kind: z.string().nullable(),
  id: z.string().nullable(),
  /** Its name at that time. */
  label: z.string().nullable(),
})

export type FieldChange = z.infer<typeof fieldChangeSchema>
export type EntryDiff = z.infer<typeof entryChangeSchema>
export type Subject = z.infer<typeof subjectSchema>

/** UNDONE: it could not be finished, and nothing of it is left. REFUSED: whoever asked may not do it. */
export const OUTCOMES = ['DONE', 'UNDONE', 'REFUSED'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** LDAP: done by another tool, and found in the directory's own log. */
export const SOURCES = ['API', 'LDAP'] as const
export type Source = (typeof SOURCES)[number]

/** The integration that asks, on behalf of whoever holds its token. */
export const viaSchema = z.object({ id: z.string(), name: z.string(), ownerId: z.string() })

/** From where somebody asks. */
export const whenceSchema = z.object({
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
  requestId: z.string().nullable(),
  /** Absent: a person asks. */
  via: viaSchema.optional(),
})
export type Whence = z.infer<typeof whenceSchema>

/** The integration that asks, if one does. */
export function viaOf(by: SignedIn | null): Whence['via'] {
  if (!by?.integration) return undefined
  const { id, name, ownerId } = by.integration
  return { id, name, ownerId }
}

/** From a device, when no request is known. */
export function whenceOf(device: { readonly address: string; readonly userAgent: string | null }): Whence {
  return { address: device.address, userAgent: device.userAgent, requestId: null }
}

export const NOWHERE: Whence = { address: null, userAgent: null, requestId: null }

/** Work that goes on by itself, for an integration or for a person. */
export function nowhereVia(via: Whence['via']): Whence {
  return via ? { ...NOWHERE, via } : NOWHERE
}

/** Everything that may be said of a record besides who and what; what is absent is null or empty. */
export interface Facts {
  readonly actorDn?: string | null
  readonly onBehalfOf?: string | null
  readonly outcome?: Outcome
  readonly reason?: string | null
  readonly source?: Source
  readonly sourceKey?: string | null
  readonly subject?: Subject | null
  readonly batchId?: string | null
  readonly editId?: string | null
  readonly from?: Whence
  readonly changes?: readonly EntryDiff[]
  /** Plain words about it, for example a session id. Never a secret. */
  readonly detail?: Readonly<Record<string, string>>
}

/** A record that is to be written. Number, time and place in the chain are given by the database. */
export interface NewRecord extends Facts {
  readonly actorId: string | null
  /** One of ACTIONS; an edit that an earlier version has begun may have a name of that one. */
  readonly action: string
}

/** What somebody does with their own account. */
export function aboutStaff(staffId: string): Pick<NewRecord, 'actorId' | 'subject'> {
  return { actorId: staffId, subject: { kind: 'staff', id: staffId, label: null } }
}

/** A record as it stands in the log. */
export interface AuditRecord {
  readonly number: number
  readonly at: Date
  readonly hash: string
  readonly actorId: string | null
  readonly actorLogin: string | null
  readonly actorDn: string | null
  readonly onBehalfOf: string | null
  readonly action: string
  readonly outcome: Outcome
  readonly reason: string | null
  readonly source: Source
  readonly subject: Subject
  readonly batchId: string | null
  readonly editId: string | null
  readonly from: Whence
  readonly changes: readonly EntryDiff[]
  readonly detail: Readonly<Record<string, string>>
}
