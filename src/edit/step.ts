import { z } from 'zod'

/**
 * One operation of the directory. Steps name entries by id, and where something goes by the id of what it goes below, so
 * that they mean the same after what they name was moved. Each is atomic, can be told to have been made, and can be taken
 * back.
 */
const place = z.union([z.object({ below: z.string() }), z.object({ dn: z.string() })])
const value = z.union([z.string(), z.object({ base64: z.string() })])

export const stepSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('add'),
    at: place,
    /** The name below it, for example `ou=Sales` with the value escaped. */
    rdn: z.string(),
    attributes: z.record(z.string(), z.array(value)),
  }),
  z.object({
    kind: z.literal('modify'),
    id: z.string(),
    /** The state on which it was decided; null: whatever it is. */
    ifCsn: z.string().nullable(),
    /** All values of each attribute, before and after. */
    changes: z.array(z.object({ attribute: z.string(), before: z.array(value), after: z.array(value) })),
  }),
  z.object({
    kind: z.literal('move'),
    id: z.string(),
    ifCsn: z.string().nullable(),
    from: z.object({ at: place, rdn: z.string() }),
    to: z.object({ at: place, rdn: z.string() }),
  }),
  /** The last of its edit: what was removed cannot come back under its id. */
  z.object({ kind: z.literal('remove'), id: z.string(), ifCsn: z.string().nullable() }),
])

/**
 * All that an edit does, and what its answer shows: an id, or the position of the step that makes it. `losses`: people and
 * departments that nobody sees any more afterwards, on purpose (L6).
 */
export const planSchema = z.object({
  steps: z.array(stepSchema),
  losses: z.array(z.string()).default([]),
  subject: z.union([z.object({ id: z.string() }), z.object({ step: z.int() })]),
})

export type Plan = z.input<typeof planSchema>
export type Step = z.infer<typeof stepSchema>
export type Place = z.infer<typeof place>
export type StepValue = z.infer<typeof value>

/** What a step has left in the directory (L1): which entry, whether it was made or removed, and its CSN. */
export const tracesSchema = z.array(
  z.object({ id: z.string(), csn: z.string(), fate: z.enum(['new', 'changed', 'gone']) }),
)
export type Trace = z.infer<typeof tracesSchema>[number]

/** The values of an attribute for the directory. */
export function bytesOf(values: readonly StepValue[]): (string | Buffer)[] {
  return values.map((one) => (typeof one === 'string' ? one : Buffer.from(one.base64, 'base64')))
}
