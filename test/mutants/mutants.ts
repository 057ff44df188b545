import { CLIENT_MUTANTS } from './client-mutants.ts'

/** A fault that somebody could really make, as an edit of one file. */
export interface Mutant {
  readonly breaks: string
  readonly file: string
  /** Stands in the file; only its first occurrence is replaced. */
  readonly find: string
  readonly replace: string
}

const SERVER_MUTANTS: readonly Mutant[] = [
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
    breaks: '[D1] the last `before` is used instead of the first',
    file: 'src/model/state.ts',
    find: 'if (!first.has(key)) first',
    replace: 'first',
  },
  {
    breaks: '[D2] children are told before their parents',
    file: 'src/sync/delta.ts',
    find: 'a.goes - b.goes || a.depth - b.depth ||',
    replace: 'a.goes - b.goes || b.depth - a.depth ||',
  },
  {
    breaks: '[D3] a removal is named to somebody who never saw the row',
    file: 'src/sync/delta.ts',
    find: "return !rows || isEqual(rows) ? null : { category: 'STAFF'",
    replace:
      "if (!rows) return after.staff(id) ? null : { category: 'STAFF', id, before: null, after: null }\n  return isEqual(rows) ? null : { category: 'STAFF'",
  },
  {
    breaks: '[D4] a retype is told only to those who gain the row',
    file: 'src/sync/delta.ts',
    find: "return !rows || isEqual(rows) ? null : { category: 'STAFF'",
    replace:
      "return !rows || (rows.before && !rows.after && after.state.get('staff', id)) || isEqual(rows) ? null : { category: 'STAFF'",
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
    breaks: '[D8] the digest keeps what has left',
    file: 'src/sync/digest.ts',
    find: 'total -= view.mark(before)',
    replace: '',
  },
  {
    breaks: '[D8] a copy that was reported to be wrong goes on',
    file: 'src/sync/sync.ts',
    find: 'if (this.#wrongCopies.size > 0 && this.#wrongCopies.delete(`${sessionId} ${since}`))',
    replace: 'if (false)',
  },
  {
    breaks: '[D1] an answer that was given before is given when more has happened',
    file: 'src/sync/differences.ts',
    find: 'known?.hash === this.#history.hash && known.compact',
    replace: 'known !== undefined && known.compact',
  },
  {
    breaks: '[D10] a page is given out as if it were the delta',
    file: 'src/sync/differences.ts',
    find: "? this.#mint.mint({ kind: 'continuation', from, target, compact, offset: end })",
    replace: '? this.#mint.cursor(target)',
  },
  {
    breaks: '[D11] changed lists are not told',
    file: 'src/sync/evaluate.ts',
    find: 'canonicalJson(a) === canonicalJson(b) ? null : b',
    replace: '(void a, void b, null)',
  },
  {
    breaks: '[V0] a type that comes or goes changes no row',
    file: 'src/sync/delta.ts',
    find: 'return before === null || after === null\n',
    replace: 'return false\n',
  },
  {
    breaks: '[V0] a disabled person still has a view',
    file: 'src/access/audiences.ts',
    find: "if (staff?.status !== 'ACTIVE') return NOBODY",
    replace: 'if (!staff) return NOBODY',
  },
  {
    breaks: '[V0] [V2] rules are multiplied instead of united',
    file: 'src/access/view.ts',
    find: 'sight.rulesShowing(this.state, m.departmentId).includes(position)',
    replace: 'sight.rulesShowing(this.state, m.departmentId).length > 0',
  },
  {
    breaks: '[V3] a row carries the ids of hidden departments',
    file: 'src/access/projection.ts',
    find: '.filter((m) => isVisible(m.departmentId))',
    replace: '',
  },
  {
    breaks: '[V3] a row carries the id of a hidden manager',
    file: 'src/access/view.ts',
    find: 'this.#showsManager(sight, entry) ? entry.managerId : null',
    replace: 'entry.managerId',
  },
  {
    breaks: '[V4] a row carries the id of a hidden parent',
    file: 'src/access/view.ts',
    find: 'if (id !== entry.id && this.rulesShowing(id).length > 0) return id',
    replace: 'if (id !== entry.id) return id',
  },
  {
    breaks: '[V5] a field that becomes sensitive stays on the rows',
    file: 'src/sync/delta.ts',
    find: 'return !sameEntry(fieldFacts(before), fieldFacts(after))',
    replace: 'return false',
  },
  {
    breaks: '[V5] of two definitions of one field the last decides',
    file: 'src/access/fields.ts',
    find: 'isSensitive: field.isSensitive || metadata?.isSensitive === true',
    replace: 'isSensitive: field.isSensitive',
  },
  {
    breaks: "[C1] another viewer's cursor is accepted",
    file: 'src/sync/differences.ts',
    find: 'oldAudience.fingerprint === from.fingerprint &&',
    replace: '',
  },
  {
    breaks: '[C2] an instance behind a cursor does not catch up',
    file: 'src/sync/trail.ts',
    find: 'if (newest.version > history.version)',
    replace: 'if (false)',
  },
  {
    breaks: '[R1] the chain is not checked',
    file: 'src/sync/trail.ts',
    find: "if (found.kind === 'unknown' || shortHash(found.hash) !== at.hash)",
    replace: "if (found.kind === 'unknown')",
  },
  {
    breaks: '[R2] an old copy is kept under scoped rules',
    file: 'src/sync/sync.ts',
    find: 'keepOld: !view.audience.isScoped &&',
    replace: 'keepOld:',
  },
  {
    breaks: '[S3] a subscriber that joins amid pending versions gets them once more',
    file: 'src/push/hub.ts',
    find: 'const isLate = this.#pending.length > 0',
    replace: 'const isLate = false',
  },
  {
    breaks: '[D7] the next push starts where the last but one ended',
    file: 'src/push/room.ts',
    find: 'largest.cursor = to',
    replace: '',
  },
  {
    breaks: '[P3] an edited role changes nothing on open sockets',
    file: 'src/push/crowd.ts',
    find: 'for (const id of roleIds) for (const staffId of this.#holders.get(id) ?? []) found.add(staffId)',
    replace: 'void roleIds',
  },
  {
    breaks: '[P3] a changed grant changes nothing on open sockets',
    file: 'src/push/advance.ts',
    find: 'const today = views.audienceOf(member.subscriber.staffId)',
    replace: 'const today = before',
  },
  {
    breaks: '[P3] nobody is told that the viewer changed',
    file: 'src/push/hub.ts',
    find: 'this.#send(outcome.room, outcome.told, true)',
    replace: 'this.#send(outcome.room, outcome.told, false)',
  },
]

/** Found by the histories of test/sync/lane. */
export const MUTANTS: readonly Mutant[] = [...SERVER_MUTANTS, ...CLIENT_MUTANTS]
