import type { Answer } from '../admin.ts'
import { changedFields, clashes, merged } from '../merging.ts'

/** An entry of the catalogue as a form begins with it. */
export interface Opened<D> {
  readonly id: string
  readonly revision: string
  readonly draft: D
}

/** What a form of the catalogue knows. Its fields are called as those of the input. */
export interface EntryForm<D> {
  /** What the edit began with. */
  readonly base: D
  /** Null: of something new. */
  readonly revision: string | null
  readonly draft: D
  /** What the server says of values, by path. */
  readonly problems: ReadonlyMap<string, string>
  /** What stands beside no field. */
  readonly failure: Answer | null
  /** What somebody else has made of it, where both have changed the same. */
  readonly theirs: Opened<D> | null
}

/** Said beside a part that goes beyond the own rights; `issueText` has words for it. */
export const BEYOND_OWN = 'goes beyond your own rights'

export function begun<D>(opened: Opened<D> | null, empty: D): EntryForm<D> {
  const draft = opened?.draft ?? empty
  return {
    base: draft,
    draft,
    revision: opened?.revision ?? null,
    problems: new Map(),
    failure: null,
    theirs: null,
  }
}

/** Somebody types: what was wrong with that field is not said any more. */
export function changed<D>(form: EntryForm<D>, some: Partial<D>): EntryForm<D> {
  const problems = new Map([...form.problems].filter(([path]) => !(fieldOf(path) in some)))
  return { ...form, draft: { ...form.draft, ...some }, problems, failure: null }
}

/** The server does not take it: what is wrong stands beside its field, or above the form. */
export function refused<D>(
  form: EntryForm<D>,
  failure: Answer,
  fields: readonly (keyof D & string)[],
): EntryForm<D> {
  const { issues = [], part } = failure
  const said =
    part == null ? issues.map((one) => [one.path, one.message] as const) : ([[part, BEYOND_OWN]] as const)
  const beside = said.filter(([path]) => fields.some((field) => field === fieldOf(path)))
  const isAllBeside = beside.length > 0 && beside.length === said.length
  return { ...form, problems: new Map(beside), failure: isAllBeside ? null : failure }
}

/** Somebody else's edit is there: what does not collide is taken over at once. */
export function withNewer<D extends object>(
  form: EntryForm<D>,
  newer: Opened<D>,
  fields: readonly (keyof D & string)[],
): EntryForm<D> {
  if (form.revision === newer.revision) return form
  // What was refused for being old is not old any more.
  const failure = form.failure?.code === 'CONFLICT' ? null : form.failure
  if (clashes(fields, form.base, form.draft, newer.draft).length > 0)
    return { ...form, failure, theirs: newer }
  return {
    ...form,
    failure,
    base: newer.draft,
    draft: merged(fields, form.base, form.draft, newer.draft, new Set()),
    revision: newer.revision,
    theirs: null,
  }
}

/** It is decided, for each field that both have changed, whether mine stays. */
export function decided<D extends object>(
  form: EntryForm<D>,
  keep: ReadonlySet<keyof D & string>,
  fields: readonly (keyof D & string)[],
): EntryForm<D> {
  const { base, draft, theirs } = form
  if (!theirs) return form
  return {
    ...form,
    base: theirs.draft,
    revision: theirs.revision,
    draft: merged(fields, base, draft, theirs.draft, keep),
    theirs: null,
    failure: null,
  }
}

/** What is wrong at a path or below it; null: nothing. */
export function problemAt(problems: ReadonlyMap<string, string>, path: string): string | null {
  for (const [at, message] of problems) if (at === path || at.startsWith(`${path}.`)) return message
  return null
}

/** What of a draft an edit has to say: the fields that differ. */
export function patchOf<D extends object>(
  fields: readonly (keyof D & string)[],
  base: D,
  draft: D,
): Partial<D> {
  return Object.assign({}, ...changedFields(fields, base, draft).map((field) => ({ [field]: draft[field] })))
}

function fieldOf(path: string): string {
  return path.split('.')[0] ?? ''
}
