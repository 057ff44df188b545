import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Rows } from '../../../web/sdk/copy.ts'
import type { OracleView } from '../oracle.ts'
import { toldIn } from './canary.ts'
import type { Entry, Happening, Journal } from './journal.ts'
import type { Moment, Past, Point } from './past.ts'
import { expectDelta, type Difference } from './difference.ts'
import { ownWords, seenBy, type Seen } from './seen.ts'
import { Violation } from './violation.ts'

/** What the judge remembers of a device between two happenings. */
interface Memory {
  /** Of the stored copy; -1 without one. */
  version: number
  /** How many restores there had been when it was stored. */
  restores: number
}

/**
 * Looks at everything that happened on the devices with the log beside it: each committed copy (I2-I5, I9), each text that
 * was told (I10), each resync (R1, R2). Throws a Violation.
 */
export class Judge {
  readonly #past: Past
  readonly #journal: Journal
  readonly #memories = new Map<string, Memory>()
  /** Of each point and grant, the cursor and the digest: equal on every instance (C1, I9). */
  readonly #cursors = new Map<string, string>()
  /** How often history was replaced: whoever has a copy of before may be told so once. */
  #restores = 0
  #settledRestores = 0
  readonly #counts = new Map<string, number>()

  constructor(past: Past, journal: Journal) {
    this.#past = past
    this.#journal = journal
  }

  /** How often each kind of thing has happened, resyncs by their reason. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /** The database was set back: everybody may be told so once. */
  restored(): void {
    this.#restores++
  }

  /** Judges what has happened since the last time. Rejects when the log cannot be read. */
  async settle(): Promise<void> {
    // What is pushed while the log is read may be about versions that it does not have yet.
    const entries = this.#journal.take()
    await this.#past.read()
    for (const entry of entries) {
      this.#count(entry.happening)
      try {
        this.#judge(entry)
      } catch (error) {
        throw error instanceof Violation
          ? new Violation(error.rule, `${entry.device}: ${error.message.replace(/^\[.*?\] /, '')}`)
          : error
      }
    }
    this.#settledRestores = this.#restores
  }

  #count(happening: Happening): void {
    const name = happening.kind === 'resynced' ? happening.resync.reason : happening.kind
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  #judge({ device, viewerId, happening }: Entry): void {
    const memory = this.#memories.get(device) ?? { version: -1, restores: 0 }
    this.#memories.set(device, memory)
    switch (happening.kind) {
      case 'told':
        return this.#told(viewerId, happening.text, happening.since)
      case 'stored':
        return this.#stored(viewerId, happening, memory)
      case 'resynced':
        return this.#resynced(viewerId, happening, memory)
      case 'ended':
        memory.version = -1
    }
  }

  #moment(text: string): Moment {
    const position = this.#journal.position(text)
    return this.#at(position)
  }

  #at(point: Point): Moment {
    const moment = this.#past.at(point)
    if (!moment) throw new Violation('I2', `version ${point.version} (${point.hash}) is in no history`)
    return moment
  }

  #stored(viewerId: string, h: Extract<Happening, { kind: 'stored' }>, memory: Memory): void {
    const moment = this.#moment(h.cursor)
    const seen = seenBy(moment, viewerId)
    const where = `at version ${moment.version}`
    expectRows(h.rows.departments, seen.view.departments, where)
    expectRows(h.rows.staff, seen.view.staff, where)
    expectLists(h.rows, seen.view, where)
    const { digest } = seen.view
    if (h.digest !== digest) throw new Violation('I4', `digest ${h.digest}, not ${digest}, ${where}`)
    this.#sameEverywhere(h.cursor, digest)
    if (moment.version < memory.version)
      throw new Violation('I3', `back from version ${memory.version} to ${moment.version}`)
    if (h.waitedFor !== null && this.#journal.position(h.waitedFor).version > moment.version)
      throw new Violation(
        'K3',
        `waited for ${this.#journal.position(h.waitedFor).version}, got ${moment.version}`,
      )
    if (h.delta) {
      const before = this.#moment(h.delta.from)
      const difference: Difference = { ...h.delta, compact: h.compact }
      expectDelta(difference, seenBy(before, viewerId), seen)
    }
    memory.version = moment.version
    // What was pushed may have waited since before the restore, with the news of it behind it.
    if (!h.isPushed) memory.restores = this.#settledRestores
  }

  /** Equal states give equal bytes, whichever instance answers (C1, I9). */
  #sameEverywhere(cursor: string, digest: string): void {
    const { version, hash, fingerprint } = this.#journal.position(cursor)
    const key = `${version} ${hash} ${fingerprint}`
    const known = this.#cursors.get(key) ?? `${cursor} ${digest}`
    this.#cursors.set(key, known)
    if (known !== `${cursor} ${digest}`) throw new Violation('I9', `two cursors or digests for ${key}`)
  }

  #resynced(viewerId: string, h: Extract<Happening, { kind: 'resynced' }>, memory: Memory): void {
    const { reason, keepOld } = h.resync
    const asked = h.paging ?? h.cursor
    const at = asked === null ? null : this.#journal.position(asked)
    const since = h.cursor === null ? null : this.#at(this.#journal.position(h.cursor))
    const later = this.#since(h.cursor).map((moment) => seenBy(moment, viewerId))
    const isForgotten = at !== null && (since ?? at).version < this.#past.base
    const reasons: Record<typeof reason, boolean> = {
      // An instance that was cut off for longer than the horizon cannot tell the two apart: its chain is gone (R1).
      DIVERGED: this.#restores > memory.restores || isForgotten,
      PRUNED: isForgotten,
      // Small companies never reach what D6 asks for: only pages whose grant has changed meanwhile are given up.
      VIEW_CHANGED: h.paging !== null && at !== null && this.#grants(viewerId, at).size > 1,
      CHECKSUM: h.reported,
      SCHEMA: false,
    }
    if (!reasons[reason]) throw new Violation('I5', `a resync without a reason: ${reason}`)
    if (keepOld && since) {
      const old = seenBy(since, viewerId)
      if (old.isScoped || !later.some((seen) => seen.grant === old.grant))
        throw new Violation('R2', 'the old copy may be kept though the grant is another, or scoped')
    }
    if (h.left) this.#expectPurged(h.left, h.resync)
    memory.version = -1
  }

  /** The grants of a person from one point on. */
  #grants(viewerId: string, at: Point): Set<string> {
    const later = this.#restores > 0 ? this.#past.all() : this.#past.from(at.version)
    const moments = [this.#at(at), ...later]
    return new Set(moments.map((moment) => seenBy(moment, viewerId).grant))
  }

  #expectPurged(
    left: NonNullable<Extract<Happening, { kind: 'resynced' }>['left']>,
    resync: Extract<Happening, { kind: 'resynced' }>['resync'],
  ): void {
    const types = new Set([...resync.departmentTypeIds, ...resync.staffTypeIds])
    for (const row of [...left.departments.values(), ...left.staff.values()]) {
      if (!types.has(row.typeId)) throw new Violation('I6', `${row.id} is left of a type that was lost`)
    }
  }

  /** Every id and canary of a text stands in something that the person may know at that version (I10). */
  #told(viewerId: string, text: string, since: string | null): void {
    const told = toldIn(text)
    if (told.size === 0) return
    const answer = answerOf(text)
    switch (answer.kind) {
      case 'snapshot':
        return expectTellable(told, this.#seen(viewerId, answer.version).tellable, text)
      case 'delta': {
        const before = seenBy(this.#at(this.#start(answer.from)), viewerId)
        const after = this.#seen(viewerId, answer.to)
        const mayName = new Set(after.tellable)
        for (const id of answer.removed) {
          if (!before.view.departments.has(id) && !before.view.staff.has(id))
            throw new Violation('D3', `a removal names ${id}, which was never shown`)
          mayName.add(id)
        }
        const { departmentTypes, staffTypes } = before.view
        const known = new Set([...departmentTypes, ...staffTypes].map((type) => type.id))
        for (const id of answer.revoked) if (known.has(id)) mayName.add(id)
        return expectTellable(told, mayName, text)
      }
      case 'other': {
        const words = this.#since(since).flatMap((moment) => [
          ...seenBy(moment, viewerId).tellable,
          ...(answer.isOwn ? ownWords(moment, viewerId) : []),
        ])
        return expectTellable(told, new Set(words), text)
      }
      case 'error':
        return expectTellable(told, new Set(), text)
    }
  }

  /** What the person sees at the version of a cursor, or at the target of a continuation. */
  #seen(viewerId: string, cursor: string): Seen {
    return seenBy(this.#moment(cursor), viewerId)
  }

  /** Where the delta begins: at the cursor, or where its first page began. */
  #start(from: string): Point {
    const token = this.#journal.token(from)
    return token.kind === 'continuation' ? token.from : token.at
  }

  /** All moments that an answer to this cursor may be about. */
  #since(cursor: string | null): Moment[] {
    // It may have come from a history that has been taken back since.
    if (this.#restores > 0) return this.#past.all()
    return this.#past.from(cursor === null ? 0 : this.#journal.position(cursor).version)
  }
}

type Told =
  | { readonly kind: 'snapshot'; readonly version: string }
  | {
      readonly kind: 'delta'
      readonly from: string
      readonly to: string
      readonly removed: readonly string[]
      readonly revoked: readonly string[]
    }
  /** A resync, or `viewer` about its own. */
  | { readonly kind: 'other'; readonly isOwn: boolean }
  | { readonly kind: 'error' }

const strings = z.array(z.string())
const resultSchema = z.discriminatedUnion('__typename', [
  z.object({ __typename: z.literal('SnapshotPage'), version: z.string() }),
  z.object({
    __typename: z.literal('Delta'),
    from: z.string(),
    to: z.string(),
    changes: z.array(z.object({ action: z.string(), id: z.string() })),
    revoked: z.object({ departmentTypeIds: strings, staffTypeIds: strings }).nullable(),
  }),
  z.object({ __typename: z.literal('Resync') }),
])
const dataSchema = z.object({
  snapshot: resultSchema.optional(),
  changesSince: resultSchema.optional(),
  changes: resultSchema.optional(),
  viewer: z.unknown().optional(),
})
const textSchema = z.object({
  data: dataSchema.nullish(),
  payload: z.object({ data: dataSchema.optional() }).optional(),
})

function answerOf(text: string): Told {
  const { data, payload } = textSchema.parse(JSON.parse(text))
  const found = data ?? payload?.data
  const result = found?.snapshot ?? found?.changesSince ?? found?.changes
  if (!result) return found?.viewer ? { kind: 'other', isOwn: true } : { kind: 'error' }
  switch (result.__typename) {
    case 'SnapshotPage':
      return { kind: 'snapshot', version: result.version }
    case 'Delta': {
      const { from, to, changes, revoked } = result
      const removed = changes.filter((c) => c.action === 'REMOVE').map((c) => c.id)
      const types = revoked ? [...revoked.departmentTypeIds, ...revoked.staffTypeIds] : []
      return { kind: 'delta', from, to, removed, revoked: types }
    }
    case 'Resync':
      return { kind: 'other', isOwn: false }
  }
}

function expectTellable(told: ReadonlySet<string>, tellable: ReadonlySet<string>, text: string): void {
  for (const word of told) {
    if (tellable.has(word)) continue
    const at = text.indexOf(word)
    throw new Violation('I10', `${word} was told in …${text.slice(Math.max(0, at - 200), at + 200)}…`)
  }
}

function expectRows(
  rows: ReadonlyMap<string, object>,
  oracle: ReadonlyMap<string, object>,
  where: string,
): void {
  for (const id of new Set([...rows.keys(), ...oracle.keys()]))
    expectSame('I2', rows.get(id), oracle.get(id), `${id} ${where}`)
}

/** The lists as far as the documents of the SDK ask for them. */
function expectLists(rows: Rows, view: OracleView, where: string): void {
  const types = (list: Rows['staffTypes']) =>
    list.map(({ id, name, description }) => ({ id, name, description }))
  const fields = view.fields.map(({ id, key, label, appliesTo, isSensitive }) => ({
    id,
    key,
    label,
    appliesTo,
    isSensitive,
  }))
  expectSame('D11', rows.departmentTypes, types(view.departmentTypes), `departmentTypes ${where}`)
  expectSame('D11', rows.staffTypes, types(view.staffTypes), `staffTypes ${where}`)
  expectSame('D11', rows.fields, fields, `fields ${where}`)
}

function expectSame(rule: string, actual: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, expected))
    throw new Violation(rule, `${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`)
}
