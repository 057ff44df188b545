import { z } from 'zod'
import type { Sign } from './policy.ts'

/** Parts of answers (design/easemob.md, 2 to 6); what we do not use is not read. */

/** Of calls of which only that they were done counts. */
export const anything = z.unknown().transform(() => null)

export const accountSchema = z.object({
  username: z.string(),
  /** False where it was disabled. */
  activated: z.boolean().catch(true),
})

export const registeredSchema = z.object({
  entities: z.array(accountSchema).catch([]),
  data: z.array(z.object({ username: z.string(), registerUserFailReason: z.string() })).catch([]),
})

export const accountsSchema = z.object({
  entities: z.array(accountSchema),
  /** Missing on the last page. */
  cursor: z.string().optional(),
})

export const groupSchema = z.object({
  id: z.string(),
  name: z.string(),
  owner: z.string(),
  custom: z.string().catch(''),
  description: z.string().catch(''),
})

export const groupRowSchema = z.object({ groupid: z.string(), owner: z.string() })

export const memberSchema = z.union([
  z.object({ owner: z.string() }).transform(({ owner }) => ({ name: owner, isOwner: true })),
  z.object({ member: z.string() }).transform(({ member }) => ({ name: member, isOwner: false })),
])

export const withData = <T extends z.ZodType>(data: T) => z.object({ data })

/** That an account, a group or a member is not there; not each 404 says so. */
export const NOT_THERE: readonly Sign[] = [
  { status: 404, error: 'service_resource_not_found' },
  { status: 404, error: 'resource_not_found' },
]

/** A part of a path. */
export const part = (text: string) => encodeURIComponent(text)
