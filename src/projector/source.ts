import { z } from 'zod'
import type { Mapped } from '../directory/mapping.ts'
import { entrySchema } from '../model/entry.ts'

const problems = z.array(z.string())

const sourceSchema: z.ZodType<Mapped> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('container') }),
  z.object({ kind: z.literal('malformed'), problems }),
  z.object({ kind: z.literal('entry'), entry: entrySchema, managerDn: z.string().nullable(), problems }),
])

/** What the node table kept of a mapped entry; null when another release wrote it in a form that we do not know. */
export function parseSource(stored: unknown): Mapped | null {
  const parsed = sourceSchema.safeParse(stored)
  return parsed.success ? parsed.data : null
}
