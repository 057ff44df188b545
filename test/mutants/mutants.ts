/** A fault that somebody could really make, as an edit of one file; the tests named must fail with it. */
export interface Mutant {
  readonly breaks: string
  readonly file: string
  readonly find: string
  readonly replace: string
}

export const MUTANTS: readonly Mutant[] = [
  {
    breaks: '[D1] dependants of a touched department are forgotten',
    file: 'src/sync/delta.ts',
    find: 'for (const below of subtree(view.state, id)) ids.add(below)',
    replace: 'void view',
  },
  {
    breaks: '[D1] reports of somebody who appears or disappears are forgotten',
    file: 'src/sync/delta.ts',
    find: 'for (const reportId of view.state.reports(id)) staffIds.add(reportId)',
    replace: 'void view',
  },
  {
    breaks: '[D1] members of a department that appears or disappears are forgotten',
    file: 'src/sync/delta.ts',
    find: 'for (const staffId of view.state.members(id)) staffIds.add(staffId)',
    replace: 'void view',
  },
  {
    breaks: '[V0] a type that comes or goes changes no row',
    file: 'src/sync/delta.ts',
    find: 'return before === null || after === null\n',
    replace: 'return false\n',
  },
  {
    breaks: '[V5] a field that becomes sensitive stays on the rows',
    file: 'src/sync/delta.ts',
    find: 'return !sameEntry(fieldFacts(before), fieldFacts(after))',
    replace: 'return false',
  },
  {
    breaks: '[D1] the last `before` is used instead of the first',
    file: 'src/model/state.ts',
    find: 'if (!first.has(key)) first',
    replace: 'first',
  },
  {
    breaks: '[V2] rules are multiplied instead of united',
    file: 'src/access/view.ts',
    find: 'this.rulesShowing(m.departmentId).includes(position)',
    replace: 'this.rulesShowing(m.departmentId).length > 0',
  },
  {
    breaks: '[V3] a row carries the ids of hidden departments',
    file: 'src/access/projection.ts',
    find: '.filter((_, i) => shown[i])',
    replace: '',
  },
  {
    breaks: '[V3] a row carries the id of a hidden manager',
    file: 'src/access/view.ts',
    find: 'return manager && hasType(manager) && this.#rulesShowingStaff(manager).length > 0 ? manager.id : null',
    replace: 'return manager?.id ?? null',
  },
  {
    breaks: '[V4] a row carries the id of a hidden parent',
    file: 'src/access/view.ts',
    find: 'if (id !== entry.id && this.rulesShowing(id).length > 0) return id',
    replace: 'if (id !== entry.id) return id',
  },
  {
    breaks: '[D5] a row that comes back after a revoke is left out',
    file: 'src/sync/delta.ts',
    find: 'return change.after === null ? [] : [withoutBefore(change)]',
    replace: 'return []',
  },
  {
    breaks: '[D5] rows of revoked types are removed a second time',
    file: 'src/sync/delta.ts',
    find: 'if (change.before === null || !gone.has(change.before.typeId)) return [change]',
    replace: 'return [change]',
  },
  {
    breaks: "[C1] another viewer's cursor is accepted",
    file: 'src/sync/sync.ts',
    find: 'oldAudience.fingerprint === from.fingerprint &&',
    replace: '',
  },
  {
    breaks: '[R1] the chain is not checked',
    file: 'src/sync/trail.ts',
    find: "if (found.kind === 'unknown' || shortHash(found.hash) !== at.hash)",
    replace: "if (found.kind === 'unknown')",
  },
  {
    breaks: '[D8] the digest keeps what has left',
    file: 'src/sync/digest.ts',
    find: 'total -= view.mark(before)',
    replace: '',
  },
  {
    breaks: '[S3] a subscriber that joins amid pending versions gets them once more',
    file: 'src/sync/hub.ts',
    find: 'const isLate = this.#pending.length > 0',
    replace: 'const isLate = false',
  },
  {
    breaks: '[D10] a page is given out as if it were the delta',
    file: 'src/sync/sync.ts',
    find: "? this.#mint.mint({ kind: 'continuation', from, target, compact, offset: end })",
    replace: '? this.#mint.cursor(target)',
  },
  {
    breaks: '[P3] an edited role changes nothing on open sockets',
    file: 'src/sync/crowd.ts',
    find: 'for (const id of roleIds) for (const staffId of this.#holders.get(id) ?? []) found.add(staffId)',
    replace: 'void roleIds',
  },
  {
    breaks: '[P3] a changed grant changes nothing on open sockets',
    file: 'src/sync/advance.ts',
    find: 'const today = views.audienceOf(member.subscriber.staffId)',
    replace: 'const today = before',
  },
  {
    breaks: '[V5] of two definitions of one field the last decides',
    file: 'src/access/fields.ts',
    find: 'isSensitive: field.isSensitive || metadata?.isSensitive === true',
    replace: 'isSensitive: field.isSensitive',
  },
  {
    breaks: '[V0] a disabled person still has a view',
    file: 'src/access/grant.ts',
    find: "if (staff?.status !== 'ACTIVE') return NOBODY",
    replace: 'if (!staff) return NOBODY',
  },
]
