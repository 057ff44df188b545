import { z } from 'zod'
import { malformed, rowSchema, type ReadRow, type RowKind } from '../row.ts'
import type { JsonRecord } from './json.ts'

const objectSchema = z.looseObject({
  kind: z.unknown().optional(),
  metadata: z.record(z.string(), z.string().nullable()).optional(),
})

/** An object of a JSON file as a row: the fields of a row, custom fields as an object. `kind`: of those that do not say. */
export function rowOfJson(
  number: number,
  record: Pick<JsonRecord, 'value' | 'problem'>,
  kind: RowKind,
): ReadRow {
  if (record.problem !== null) return { number, row: null, errors: [malformed(record.problem)] }
  const refused = (issues: readonly z.core.$ZodIssue[]): ReadRow => ({
    number,
    row: null,
    errors: issues.map(({ path, message }) => malformed(message, path.map(String).join('.'))),
  })
  const object = objectSchema.safeParse(record.value)
  if (!object.success) return refused(object.error.issues)
  const parsed = rowSchema.safeParse(flat(object.data, kind))
  return parsed.success ? { number, row: parsed.data, errors: null } : refused(parsed.error.issues)
}

function flat({ metadata, ...fields }: z.infer<typeof objectSchema>, kind: RowKind): Record<string, unknown> {
  const list = metadata && Object.entries(metadata).map(([key, value]) => ({ key, value }))
  return { ...fields, kind: fields.kind ?? kind, ...(list ? { metadata: list } : {}) }
}
