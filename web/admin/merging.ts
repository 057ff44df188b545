/** What two people make of the same thing, field by field: whatever a form edits is an object whose fields are compared by value. */

/** Fields whose values differ. */
export function changedFields<D extends object, F extends keyof D>(fields: readonly F[], a: D, b: D): F[] {
  return fields.filter((field) => !same(a[field], b[field]))
}

/** Fields where what somebody else has made of `base` collides with `mine`. */
export function clashes<D extends object, F extends keyof D>(
  fields: readonly F[],
  base: D,
  mine: D,
  theirs: D,
): F[] {
  const own = changedFields(fields, base, mine)
  return changedFields(fields, base, theirs).filter(
    (field) => own.includes(field) && !same(mine[field], theirs[field]),
  )
}

/** What both have changed; where they collide, mine for fields of `keep` and theirs for the others. */
export function merged<D extends object, F extends keyof D>(
  fields: readonly F[],
  base: D,
  mine: D,
  theirs: D,
  keep: ReadonlySet<F>,
): D {
  const collided = clashes(fields, base, mine, theirs)
  const own = changedFields(fields, base, mine).filter(
    (field) => !collided.includes(field) || keep.has(field),
  )
  return { ...theirs, ...Object.fromEntries(own.map((field) => [field, mine[field]])) }
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a, inOrder) === JSON.stringify(b, inOrder)
}

/** Objects without what is empty, and in one order: a custom field that is emptied is as if it had not been there. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.entries(value)
    .filter(([, one]) => one !== '')
    .sort(([x], [y]) => (x < y ? -1 : 1))
}
