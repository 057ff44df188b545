import type { Masks } from '../audit/mask.ts'
import { nowhereVia } from '../audit/record.ts'
import { backoff, pause } from '../clock.ts'
import type { Sql } from '../changelog/database.ts'
import type { DirectoryReader } from '../directory/reader.ts'
import type { DirectoryWriter } from '../directory/writer.ts'
import { AppError } from '../errors.ts'
import type { State } from '../model/state.ts'
import { decided, locksOn } from './administrators.ts'
import type { Batch, BulkClaim, BulkJournal } from './bulk-journal.ts'
import type { Consumed } from './consumed.ts'
import type { Edit } from './edit.ts'
import { hashOf } from './edit.ts'
import { failureOf, takeAllBack, type Editor } from './editor.ts'
import { EditConflict, EditRefused, isEditFailure, type EditFailure } from './failures.ts'
import { Hands, isDefinite } from './hands.ts'
import type { Journal } from './journal.ts'
import type { ReadAhead } from './read-ahead.ts'
import { draftOf, type RecordDraft } from './record.ts'
import { isId, Scene } from './scene.ts'
import { LOGIN_LOCK } from './staff/login.ts'
import type { Plan, Trace } from './step.ts'
import { WaitingLine } from './waiting-line.ts'

/** One of many edits. */
export interface Act {
  /** Idempotency key: the edit is made once, whoever asks how often. */
  readonly key: string
  readonly edit: Edit
}

export type ActOutcome =
  /** `editId`: under which it stands in the journal; null when there was nothing to do. */
  | {
      readonly kind: 'done'
      readonly editId: string | null
      readonly plan: Plan
      readonly subjectId: string
    }
  | { readonly kind: 'refused'; readonly failure: EditFailure }

/** Written together with the end of the edits, in one transaction. */
export type Settle = (tx: Sql, outcomes: readonly ActOutcome[]) => Promise<void>

export interface BulkOptions {
  readonly db: { transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T> }
  readonly bulk: BulkJournal
  readonly journal: Pick<Journal, 'undo'>
  readonly editor: Pick<Editor, 'recoverAll'>
  /** Past what was read ahead. */
  readonly reader: Pick<DirectoryReader, 'byId' | 'byDn'>
  readonly writer: DirectoryWriter
  readonly consumed: Pick<Consumed, 'wait' | 'isSeen'>
  readonly state: () => State
  readonly requireProjector: () => Promise<void>
  readonly newId: () => string
  readonly today: () => string
  readonly masks: Masks
  /** Longest wait for others who edit the same, in milliseconds. */
  readonly patienceMs?: number
}

const PATIENCE_MS = 30_000
/** Steps that are on their way to the directory at a time. */
const HANDS = 16
/** Edits that are decided before they are handed on. */
const SLICE = 25
const HEARTBEAT_MS = 4000

interface Claimed {
  readonly act: Act
  readonly claim: BulkClaim
}
type Planned = Claimed & { readonly plan: Plan; readonly draft: RecordDraft }
type Made = Planned & { readonly written: Trace[] }

/**
 * Makes many edits of one batch together: claimed, decided, planned and finished with one statement each, and waited for once
 * (L1). Each stays an edit of its own: with its key, its plan, its line in the audit log, and finished or undone by itself
 * after a crash. No two of them may touch the same, by their locks. Refusals are outcomes; AppError UNAVAILABLE when it cannot
 * go on now: asked again with the same keys, it goes on where it was.
 */
export class BulkEditor {
  readonly #o: BulkOptions

  constructor(options: BulkOptions) {
    this.#o = options
  }

  async run(
    by: Batch,
    reads: ReadAhead,
    acts: readonly Act[],
    settle: Settle,
  ): Promise<readonly ActOutcome[]> {
    const { db, bulk } = this.#o
    const outcomes = new Map<string, ActOutcome>()
    const made: Made[] = []
    if (acts.length > 0) {
      await this.#o.requireProjector()
      await this.#takeEarlier(by, acts, outcomes)
      const left = acts.filter(({ key }) => !outcomes.has(key))
      await this.#makeAll(by, reads, left, outcomes, made)
    }
    const results = acts.map(({ key }) => outcomes.get(key) ?? LOST)
    const ids = made.map(({ claim }) => claim.id)
    try {
      await db.transaction(async (tx) => {
        const finished = made.map(({ claim, plan, written }) => ({
          id: claim.id,
          name: claim.name,
          subjectId: subjectOf(plan, written),
          written,
        }))
        if (!(await bulk.finish(tx, by, finished))) throw lost()
        await settle(tx, results)
      })
    } catch (error) {
      await bulk.letGo(ids).catch(() => {})
      throw error
    }
    return results
  }

  /** What was made under the same keys before, by a process that has died since. */
  async #takeEarlier(
    { staffId }: Batch,
    acts: readonly Act[],
    outcomes: Map<string, ActOutcome>,
  ): Promise<void> {
    const { bulk, editor } = this.#o
    const keys = acts.map(({ key }) => key)
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const entries = await bulk.byKeys(staffId, keys)
      const running = entries.filter(({ state }) => state === 'RUNNING' || state === 'UNDOING')
      if (running.length === 0) {
        for (const { id, key, state, plan, subjectId } of entries) {
          const isDone = state === 'DONE' && plan !== null && subjectId !== null
          outcomes.set(
            key,
            isDone
              ? { kind: 'done', editId: id, plan, subjectId }
              : { kind: 'refused', failure: new EditConflict(subjectId) },
          )
        }
        return
      }
      if (performance.now() > deadline) throw lost()
      await editor.recoverAll()
      await pause(100)
    }
  }

  async #makeAll(
    by: Batch,
    reads: ReadAhead,
    acts: readonly Act[],
    outcomes: Map<string, ActOutcome>,
    made: Made[],
  ): Promise<void> {
    const deadline = performance.now() + (this.#o.patienceMs ?? PATIENCE_MS)
    const delay = backoff(5, 200)
    for (let left = acts; left.length > 0;) {
      const claimed = await this.#claim(by, left)
      if (claimed.length > 0) await this.#makeClaimed(by, reads, claimed, outcomes, made)
      const taken = new Set(claimed.map(({ act }) => act.key))
      left = left.filter(({ key }) => !taken.has(key))
      if (left.length === 0) return
      if (performance.now() > deadline) {
        const failure = new EditRefused('BUSY')
        for (const { key } of left) outcomes.set(key, { kind: 'refused', failure })
        return
      }
      await pause(delay())
      // What they wait for may have changed what they would read.
      reads.forget()
    }
  }

  async #claim(by: Batch, acts: readonly Act[]): Promise<Claimed[]> {
    const state = this.#o.state()
    const claims = acts.map((act) => {
      const { key, edit } = act
      const locks = locksOn(state, edit)
      return { act, claim: { id: this.#o.newId(), name: edit.name, key, inputHash: hashOf(edit), ...locks } }
    })
    const ours = await this.#o.bulk.claim(
      by,
      claims.map(({ claim }) => claim),
    )
    return claims.filter(({ claim }) => ours.has(claim.id))
  }

  async #makeClaimed(
    by: Batch,
    reads: ReadAhead,
    claimed: readonly Claimed[],
    outcomes: Map<string, ActOutcome>,
    made: Made[],
  ): Promise<void> {
    const { bulk, consumed } = this.#o
    const ids = claimed.map(({ claim }) => claim.id)
    const heartbeat = setInterval(() => void bulk.hold(ids).catch(() => {}), HEARTBEAT_MS)
    const line = new WaitingLine<Planned>()
    try {
      await this.#catchUp(by, claimed)
      reads.forget()
      await readFor(
        reads,
        claimed.map(({ claim }) => claim),
      )
      // The directory writes what was decided while the rest is: none of them depends on another.
      const [decided, carried] = await Promise.allSettled([
        this.#decideAll(by, reads, claimed, outcomes, line).finally(() => line.close()),
        this.#carryOut(line, reads, outcomes),
      ])
      // Only when nothing is on its way to the directory any more may others take them up.
      if (decided.status === 'rejected') throw decided.reason
      if (carried.status === 'rejected') throw carried.reason
      const written = carried.value
      made.push(...written)
      const traces = written.flatMap((one) => one.written)
      while (!(await consumed.wait(last(traces))) || !(await consumed.wait(traces)))
        await this.#o.requireProjector()
    } catch (error) {
      // What was planned is finished or undone, and the rest forgotten, by whoever looks next.
      await bulk.letGo(ids).catch(() => {})
      throw error
    } finally {
      clearInterval(heartbeat)
    }
  }

  /** Whatever others have edited before is in the state on which these are decided. */
  async #catchUp(by: Batch, claimed: readonly Claimed[]): Promise<void> {
    const { bulk, consumed } = this.#o
    const before = await bulk.recent(by, {
      shared: [...new Set(claimed.flatMap(({ claim }) => claim.shared))],
      exclusive: claimed.flatMap(({ claim }) => claim.exclusive),
    })
    if (before.length === 0 || (await consumed.isSeen(before)) || (await consumed.wait(before))) return
    throw new AppError('UNAVAILABLE', 'This server has not caught up with the directory yet.')
  }

  /** Writes down what is to be done, some edits at a time, before it is handed on. */
  async #decideAll(
    { staffId, batchId, via }: Batch,
    reads: ReadAhead,
    claimed: readonly Claimed[],
    outcomes: Map<string, ActOutcome>,
    line: WaitingLine<Planned>,
  ): Promise<void> {
    const { state, newId, today, masks, bulk } = this.#o
    const by = { from: nowhereVia(via), onBehalfOf: null, batchId }
    const going = new Set<string>()
    for (let i = 0; i < claimed.length; i += SLICE) {
      const planned: Planned[] = []
      const idle: string[] = []
      for (const one of claimed.slice(i, i + SLICE)) {
        const { key, edit } = one.act
        try {
          const scene = new Scene({ staffId, state, reader: reads, newId, today: today() })
          const plan = await decided(edit, scene, going)
          if (plan.steps.length > 0) {
            planned.push({ ...one, plan, draft: draftOf(scene, plan, by, masks) })
            continue
          }
          outcomes.set(key, { kind: 'done', editId: null, plan, subjectId: subjectOf(plan, []) })
        } catch (error) {
          if (!isEditFailure(error)) throw error
          outcomes.set(key, { kind: 'refused', failure: error })
        }
        idle.push(one.claim.id)
      }
      await bulk.forget(idle)
      const plans = planned.map(({ claim, plan, draft }) => ({ id: claim.id, plan, draft }))
      if (!(await bulk.plan(plans))) throw lost()
      line.push(planned)
    }
  }

  async #carryOut(
    line: WaitingLine<Planned>,
    reads: ReadAhead,
    outcomes: Map<string, ActOutcome>,
  ): Promise<Made[]> {
    const ahead = new Hands(reads, this.#o.writer)
    const fresh = new Hands(this.#o.reader, this.#o.writer)
    const made: Made[] = []
    const refused: string[] = []
    const work = async () => {
      for await (const one of line) {
        // What was read ahead stands elsewhere after it was moved.
        const isMoved = one.plan.steps.slice(0, -1).some((step) => step.kind === 'move')
        const end = await this.#carryOutOne(isMoved ? fresh : ahead, one)
        if ('failure' in end) {
          refused.push(one.claim.id)
          outcomes.set(one.act.key, { kind: 'refused', failure: end.failure })
        } else {
          const subjectId = subjectOf(one.plan, end.written)
          outcomes.set(one.act.key, { kind: 'done', editId: one.claim.id, plan: one.plan, subjectId })
          made.push({ ...one, written: end.written })
        }
      }
    }
    const ends = await Promise.allSettled(Array.from({ length: HANDS }, work))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    await this.#o.bulk.forget(refused)
    return made
  }

  async #carryOutOne(
    hands: Hands,
    { plan, claim }: Planned,
  ): Promise<{ readonly written: Trace[] } | { readonly failure: EditFailure }> {
    const written: Trace[] = []
    try {
      for (const step of plan.steps) written.push(await hands.make(step, written, false))
      return { written }
    } catch (error) {
      const failure = isDefinite(error) ? failureOf(error) : error
      if (!isEditFailure(failure)) throw error
      if (written.length > 0) {
        await this.#o.journal.undo(claim.id, written)
        await takeAllBack(new Hands(this.#o.reader, this.#o.writer), plan.steps, written)
      }
      return { failure }
    }
  }
}

/** Reads ahead what edits name. */
export async function readFor(
  reads: Pick<ReadAhead, 'read'>,
  edits: readonly { readonly shared: readonly string[]; readonly exclusive: readonly string[] }[],
): Promise<void> {
  const names = edits.flatMap(({ shared, exclusive }) => [...shared, ...exclusive])
  await reads.read(
    names.filter(isId),
    names.flatMap((name) => (name.startsWith(LOGIN_LOCK) ? [name.slice(LOGIN_LOCK.length)] : [])),
  )
}

const LOST: ActOutcome = { kind: 'refused', failure: new EditRefused('BUSY') }

function lost(): AppError {
  return new AppError('UNAVAILABLE', 'Another server has taken this over.')
}

function subjectOf({ subject }: Plan, written: readonly Trace[]): string {
  const id = 'id' in subject ? subject.id : written[subject.step]?.id
  if (id === undefined) throw new AppError('INTERNAL', 'An edit has made nothing that could be shown')
  return id
}

/** Of many the one that comes last in the log of the directory. */
function last(traces: readonly Trace[]): Trace[] {
  const [first, ...rest] = traces
  return first ? [rest.reduce((latest, trace) => (trace.csn > latest.csn ? trace : latest), first)] : []
}
