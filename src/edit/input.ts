import { z } from 'zod'
import { FIELD_KEY } from '../directory/attributes.ts'
import type { State } from '../model/state.ts'
import { LINES_LIMIT, normaliseLines, normaliseText, TEXT_LIMIT } from '../model/text.ts'
import { InvalidInput } from './failures.ts'
import { isId } from './scene.ts'

/** What comes from outside for a schema: whatever may be left out may be null as well, and is refused there if it must not. */
export type Given<S extends z.ZodType> =
  z.input<S> extends infer T ? { [K in keyof T]: undefined extends T[K] ? T[K] | null : T[K] } : never

/** Parses the input of an edit; InvalidInput names every value that cannot be taken. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw new InvalidInput(
    parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
  )
}

/** Text of one line as it will be kept (T19): too long is refused and never cut. Empty becomes ''. */
export function textInput(limit: number = TEXT_LIMIT) {
  return z
    .string()
    .max(limit * 4, `must have at most ${limit} characters`)
    .transform((text) => normaliseText(text, limit + 1))
    .refine((text) => text.length <= limit, `must have at most ${limit} characters`)
}

export const nameInput = textInput(256).refine((text) => text !== '', 'must not be empty')

/** Text of several lines. */
export const linesInput = z
  .string()
  .max(LINES_LIMIT, `must have at most ${LINES_LIMIT} characters`)
  .transform((text) => normaliseLines(text))

export const idInput = z.string().refine(isId, 'must be an id')

/** Custom fields to set; null or empty removes one, and what is not named stays. */
export const metadataInput = z
  .array(
    z.object({
      key: z.string().regex(FIELD_KEY, 'must be the key of a custom field'),
      value: linesInput.nullish().transform((text) => text || null),
    }),
  )
  .max(200, 'must be at most 200 fields')
  .refine((list) => new Set(list.map(({ key }) => key)).size === list.length, 'must name each field once')

export type MetadataPatch = z.infer<typeof metadataInput>

/** Custom fields must stand in the catalogue (L8). */
export function requireFields(state: State, appliesTo: 'STAFF' | 'DEPARTMENT', patch: MetadataPatch): void {
  const known = new Set<string>()
  for (const field of state.all('fieldDefinition')) if (field.appliesTo === appliesTo) known.add(field.key)
  const issues = patch.flatMap(({ key }, i) =>
    known.has(key)
      ? []
      : [{ path: `metadata.${i}.key`, message: `there is no custom field ${key}: define it first` }],
  )
  if (issues.length > 0) throw new InvalidInput(issues)
}

/** The values of `dlrMeta` after a patch; those that are not ours to read stay as they are. */
export function patchedMetadata(values: readonly string[], patch: MetadataPatch): string[] {
  const keys = new Set(patch.map(({ key }) => key))
  const kept = values.filter((text) => !keys.has(text.slice(0, Math.max(text.indexOf('='), 0)).trim()))
  return [...kept, ...patch.flatMap(({ key, value }) => (value === null ? [] : [`${key}=${value}`]))]
}
