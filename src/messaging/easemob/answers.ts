import { z } from 'zod'

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

/** A part of a path. */
export const part = (text: string) => encodeURIComponent(text)
