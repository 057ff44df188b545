import type { Mutant } from './mutants.ts'

/** Faults of the copy that ships. */
export const CLIENT_MUTANTS: readonly Mutant[] = [
  {
    breaks: '[D5] a revoke is not applied',
    file: 'web/sdk/step.ts',
    find: 'if (gone.has(row.typeId)) this.changed.set(id, null)',
    replace: 'void [row, id]',
  },
  {
    breaks: '[D5] the client evaluates V on a revoke: it removes people who are in no department any more',
    file: 'web/sdk/step.ts',
    find: 'staff.removeTypes(delta.revoked.staffTypeIds)',
    replace: `staff.removeTypes(delta.revoked.staffTypeIds)
    for (const [id, row] of copy.staff)
      if (row.memberships.every((m) => departments.changed.get(m.departmentId) === null)) staff.changed.set(id, null)`,
  },
  {
    breaks: '[D7] a delta that starts somewhere else is applied',
    file: 'web/sdk/step.ts',
    find: 'if (delta.from !== copy.cursor)',
    replace: 'if (false)',
  },
  {
    breaks: '[D8] the digest is not compared',
    file: 'web/sdk/step.ts',
    find: 'if (digest !== delta.digest)',
    replace: 'if (false)',
  },
  {
    breaks: '[D8] the digest keeps the row that was replaced',
    file: 'web/sdk/digest.ts',
    find: 'sum - (before ? markOf(before) : 0n)',
    replace: 'sum - (before && !after ? markOf(before) : 0n)',
  },
  {
    breaks: '[D10] a page is committed as a delta',
    file: 'web/sdk/staging.ts',
    find: "if (page.hasMore) return { kind: 'partial', next: page.to }",
    replace: '',
  },
  {
    breaks: '[D10] `revoked` is looked for on the last page',
    file: 'web/sdk/staging.ts',
    find: 'delta: { ...last, from, revoked,',
    replace: 'delta: { ...last, from,',
  },
  {
    breaks: '[D11] lists that were not told are forgotten',
    file: 'web/sdk/step.ts',
    find: 'delta.staffTypes ?? copy.staffTypes',
    replace: 'delta.staffTypes ?? []',
  },
  {
    breaks: '[S1] a snapshot is shown before its last page',
    file: 'web/sdk/staging.ts',
    find: "if (page.hasNextPage) return { kind: 'partial', next: page.endCursor }",
    replace: '',
  },
  {
    breaks: '[R2] a copy that must be hidden stays',
    file: 'web/sdk/resync.ts',
    find: 'if (!resync.keepOld) return null',
    replace: '',
  },
  {
    breaks: '[R2] rows of types that are not listed stay',
    file: 'web/sdk/resync.ts',
    find: 'if (typeIds.has(row.typeId)) kept.set',
    replace: 'kept.set',
  },
]
