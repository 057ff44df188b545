import { z } from 'zod'

/**
 * One row of a file, whatever its format: what it says of a person or a department, in names. What is absent stays as it is,
 * null takes the value away. References are an id, or a name: departments by path (`paths.ts`), people by login, types by
 * name.
 */
const given = <T extends z.ZodType>(schema: T) => schema.nullable().optional()
const text = z.string().max(10_000, 'must have at most 10000 characters')
const reference = z.string().max(5000, 'must have at most 5000 characters')
const metadata = z.array(z.object({ key: z.string(), value: text.nullable() })).max(200)

export const placementSchema = z.strictObject({
  department: reference,
  title: given(text),
  sortKey: given(text),
  isMain: given(z.boolean()),
  isLeader: given(z.boolean()),
})

export const staffRowSchema = z.strictObject({
  kind: z.literal('staff'),
  id: z.string().optional(),
  login: z.string().optional(),
  name: z.string().optional(),
  type: reference.optional(),
  nickname: given(text),
  pinyin: given(text),
  initials: given(text),
  title: given(text),
  mobile: given(text),
  email: given(z.array(text).max(100)),
  departments: given(z.array(placementSchema).max(200)),
  manager: given(reference),
  dottedManagers: given(z.array(reference).max(200)),
  leaveDate: given(text),
  isDisabled: z.boolean().optional(),
  metadata: metadata.optional(),
})

export const departmentRowSchema = z.strictObject({
  kind: z.literal('department'),
  id: z.string().optional(),
  /** With its own name at the end. */
  path: reference.optional(),
  name: z.string().optional(),
  /** Null: the top. */
  parent: given(reference),
  type: reference.optional(),
  description: given(text),
  isDisabled: z.boolean().optional(),
  metadata: metadata.optional(),
})

export const rowSchema = z.discriminatedUnion('kind', [staffRowSchema, departmentRowSchema])

export type StaffRow = z.infer<typeof staffRowSchema>
export type DepartmentRow = z.infer<typeof departmentRowSchema>
export type Row = z.infer<typeof rowSchema>
export type Placement = z.infer<typeof placementSchema>
export type RowKind = Row['kind']

/** Why a row, or a part of it, was not taken. */
export interface RowError {
  /** Of the failures of edits, or MALFORMED: the file itself; UNSUPPORTED: nothing that is imported. */
  readonly code: string
  /** Which field of the row; empty: the row. */
  readonly path: string
  readonly message: string
  /** What the file says there; without one nothing, or too much to be told. */
  readonly value?: string | null | undefined
}

export const rowErrorsSchema = z.array(
  z.object({ code: z.string(), path: z.string(), message: z.string(), value: z.string().nullish() }),
)

/** A row as it came out of a file. `number` counts from 1. */
export type ReadRow =
  | { readonly number: number; readonly row: Row; readonly errors: null }
  | { readonly number: number; readonly row: null; readonly errors: readonly RowError[] }

/** `line`: where it begins in the file, from 1; null where that is not known any more. */
export type LocatedRow = ReadRow & { readonly line: number | null }

export function malformed(message: string, path = ''): RowError {
  return { code: 'MALFORMED', path, message }
}

/** How a report names the row. */
export function labelOf(row: Row | null): string {
  if (!row) return ''
  const label = row.kind === 'staff' ? (row.login ?? row.id) : (row.path ?? row.name ?? row.id)
  return (label ?? '').slice(0, 200)
}
