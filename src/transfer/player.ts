import { Administration } from '../access/administration.ts'
import { Authority } from '../access/authority.ts'
import type { Sql } from '../changelog/database.ts'
import type { ActOutcome } from '../edit/bulk.ts'
import type { Edit } from '../edit/edit.ts'
import { isEditFailure } from '../edit/failures.ts'
import type { Plan, Step } from '../edit/step.ts'
import { loginKey } from '../model/text.ts'
import { Breath } from './breath.ts'
import { changesOf, type Change } from './changes.ts'
import { nextOfDepartment } from './decide-department.ts'
import { deferredIn, isMain, loginsIn, nextOfStaff, type Next } from './decide-staff.ts'
import type { Desk } from './desk.ts'
import type { ImportOptions } from './options.ts'
import { LastingPaths } from './paths.ts'
import { labelOf, type LocatedRow, type RowError, type RowKind } from './row.ts'
import { errorsOf, RowRefused } from './row-errors.ts'
import type { Stage } from './stage.ts'
import { valueAt, withValue } from './told-value.ts'
import { actionOf, workOn, type Action, type Deferred, type Work } from './work.ts'

/** What has become of a row. */
export interface RowResult {
  readonly number: number
  /** Where it begins in the file, from 1; null where nobody has counted. */
  readonly line: number | null
  readonly kind: RowKind
  readonly action: Action
  readonly label: string
  readonly subjectId: string | null
  readonly changes: readonly Change[]
  readonly errors: readonly RowError[]
  readonly deferred: Deferred | null
}

/** An edit that was made for a row: what an undo needs of it. */
export interface RowAct {
  readonly editId: string
  readonly number: number
  readonly kind: RowKind
  readonly subjectId: string
  readonly isCreated: boolean
  /** Of a change; of something new only what has made it. */
  readonly steps: readonly Step[]
}

/** An edit of a row that was made before, by a process that did not come to write it down. */
export interface EarlierAct {
  readonly part: string
  readonly plan: Plan
  readonly subjectId: string
}

export interface PlayerOptions {
  readonly stage: Stage
  readonly staffId: string
  readonly options: ImportOptions
  readonly comesLater: (login: string, number: number) => boolean
  /** Unique for each edit of each row, and the same whenever the row is played. */
  readonly keyOf: (number: number, part: string) => string
  /** By row, in their order. They are written down as edits already, but not as what has become of the row. */
  readonly earlier: ReadonlyMap<number, readonly EarlierAct[]>
  /** What was written down of rows by somebody who did not come to the end of their chunk. */
  readonly noted: ReadonlyMap<number, RowResult>
  /** Writes down rows for which nothing is to be done, before others of their chunk are. */
  readonly note: (results: readonly RowResult[]) => Promise<void>
  /** Writes down rows in their order, and edits, as part of the transaction that ends these. */
  readonly record: (tx: Sql, results: readonly RowResult[], acts: readonly RowAct[]) => Promise<void>
}

interface Pending {
  readonly work: Work
  readonly part: string
  readonly edit: Edit
}

/** A row on its way, or one that is through. */
type Place = { readonly work: Work; isDone: boolean } | { readonly result: RowResult }

/**
 * Plays rows one after the other, as if each saw what those before it have done. Edits that do not touch the same are made
 * together; one that does, or needs to know what became of them, waits for them first. So a rehearsal and the real thing
 * decide alike.
 */
export class Player {
  readonly #o: PlayerOptions
  readonly #owners = new Map<string, string | null>()
  readonly #shared = new Set<string>()
  readonly #exclusive = new Set<string>()
  #pending: Pending[] = []
  #places: Place[] = []
  #desk: Desk | null = null
  readonly #paths = new LastingPaths()

  constructor(options: PlayerOptions) {
    this.#o = options
  }

  /** Rows of a file in their order; when it settles they are written down. */
  async play(rows: readonly LocatedRow[]): Promise<void> {
    const logins = rows.flatMap(({ row }) => (row?.kind === 'staff' ? loginsIn(row) : []))
    const keys = [...new Set(logins.filter((login) => login.length <= MAX_LOGIN).map(loginKey))]
    this.#owners.clear()
    for (const [key, id] of await this.#o.stage.owners(keys)) this.#owners.set(key, id)
    const breath = new Breath()
    for (const read of rows) {
      await this.#one(read)
      await breath.taken()
      // The state may be another one by now.
      this.#desk = null
    }
    await this.#flush()
  }

  async #one({ number, line, row, errors }: LocatedRow): Promise<void> {
    const noted = this.#o.noted.get(number)
    if (noted) this.#places.push({ result: noted })
    else if (row === null) {
      const kind = this.#o.options.kind
      const result = { number, line, kind, action: 'ERROR' as const, label: '', subjectId: null, changes: [] }
      this.#places.push({ result: { ...result, errors, deferred: null } })
    } else {
      const place = { work: workOn({ number, line, row }), isDone: false }
      this.#places.push(place)
      for (const act of this.#o.earlier.get(number) ?? []) this.#again(place, act)
      await this.#work(place)
    }
  }

  async #work(place: { readonly work: Work; isDone: boolean }): Promise<void> {
    const { work } = place
    while (!place.isDone) {
      const next = this.#next(work)
      if (next === null) return void (place.isDone = true)
      if (next.kind === 'wait') await this.#flush()
      else if (next.kind === 'end') {
        work.isMainDone = true
        work.subjectId = next.subjectId
        place.isDone = true
      } else if (this.#pending.length > 0 && (this.#isAlone(next.edit) || this.#crosses(next.edit)))
        await this.#flush()
      else {
        const { part, edit } = next
        for (const lock of edit.locks.shared) this.#shared.add(lock)
        for (const lock of edit.locks.exclusive) this.#exclusive.add(lock)
        this.#pending.push({ work, part, edit })
        place.isDone = isMain(part) && work.row.kind === 'staff'
        if (!place.isDone || this.#isAlone(edit)) await this.#flush()
        if (work.errors.length > 0) place.isDone = true
      }
    }
  }

  /** Null: the row cannot be taken. */
  #next(work: Work): Next | null {
    try {
      const desk = this.#deskNow()
      return work.row.kind === 'staff'
        ? nextOfStaff(work, work.row, desk)
        : nextOfDepartment(work, work.row, desk)
    } catch (error) {
      if (error instanceof RowRefused) work.errors.push(...error.errors)
      else if (isEditFailure(error)) work.errors.push(...errorsOf(error, null))
      else throw error
      return null
    }
  }

  /** What others of its chunk may depend on without naming it: the places of departments, and the caller's own. */
  #isAlone({ name, locks }: Edit): boolean {
    return name === 'department.move' || locks.exclusive.includes(this.#o.staffId)
  }

  #crosses({ locks }: Edit): boolean {
    return (
      locks.exclusive.some((lock) => this.#exclusive.has(lock) || this.#shared.has(lock)) ||
      locks.shared.some((lock) => this.#exclusive.has(lock))
    )
  }

  async #flush(): Promise<void> {
    if (this.#places.length === 0) return
    const { keyOf, stage, record } = this.#o
    const pending = this.#pending.splice(0)
    const through = this.#places.flatMap((place) => {
      if ('result' in place) return []
      const isFree = place.isDone && !pending.some(({ work }) => work === place.work)
      return isFree ? [resultOf(place.work, stage)] : []
    })
    if (pending.length > 0 && through.length > 0) await this.#o.note(through)
    const acts = pending.map(({ work, part, edit }) => ({ key: keyOf(work.number, part), edit }))
    await stage.play(acts, async (tx, outcomes) => {
      const made = pending.flatMap((one, i) => this.#take(one, outcomes[i]))
      const end = this.#places.findIndex((place) => 'work' in place && !isOver(place))
      const ready = this.#places.slice(0, end === -1 ? this.#places.length : end)
      this.#places = this.#places.slice(ready.length)
      await record(
        tx,
        ready.map((place) => ('result' in place ? place.result : resultOf(place.work, stage))),
        made,
      )
    })
    this.#shared.clear()
    this.#exclusive.clear()
    this.#desk = null
  }

  #take({ work, part, edit }: Pending, outcome: ActOutcome | undefined): RowAct[] {
    if (!outcome) return []
    if (outcome.kind === 'refused') {
      work.errors.push(...errorsOf(outcome.failure, edit.input))
      return []
    }
    const { plan, subjectId, editId } = outcome
    const isCreated = this.#made(work, part, plan, subjectId)
    if (editId === null) return []
    const kind = isMain(part) || part === 'move' ? work.row.kind : 'department'
    const steps = isCreated ? madeIn(plan) : plan.steps
    return [{ editId, number: work.number, kind, subjectId, isCreated, steps: [...steps] }]
  }

  #again(place: { readonly work: Work; isDone: boolean }, { part, plan, subjectId }: EarlierAct): void {
    const { work } = place
    this.#made(work, part, plan, subjectId)
    if (!isMain(part) || work.row.kind !== 'staff') return
    work.deferred = deferredIn(part, work.row)
    place.isDone = true
  }

  /** Takes up what an edit has done for a row; answers whether it has made something new. */
  #made(work: Work, part: string, plan: Plan, subjectId: string): boolean {
    const { stage } = this.#o
    const isCreated = plan.steps.some((step) => step.kind === 'add')
    if (!isMain(part) && part !== 'move') {
      work.changes.push(newDepartment(plan))
      return isCreated
    }
    const { paths } = this.#deskNow()
    const names = {
      state: stage.state(),
      path: (id: string) => paths.of(id),
      isReal: stage.isReal.bind(stage),
    }
    work.changes.push(...changesOf(plan, names))
    work.subjectId = subjectId
    work.isCreated ||= isCreated
    work.isMainDone = true
    this.#renamed(work, subjectId)
    return isCreated
  }

  /** From now on the login is theirs. */
  #renamed({ row }: Work, subjectId: string): void {
    if (row.kind !== 'staff' || row.login === undefined) return
    for (const [key, id] of this.#owners) if (id === subjectId) this.#owners.set(key, null)
    this.#owners.set(loginKey(row.login), subjectId)
  }

  #deskNow(): Desk {
    if (this.#desk) return this.#desk
    const { stage, staffId, options, comesLater } = this.#o
    const state = stage.state()
    const administration = new Administration(new Authority(state, staffId))
    this.#desk = {
      options,
      administration,
      paths: this.#paths.now(administration),
      owners: this.#owners,
      isPending: (lock) => this.#exclusive.has(lock),
      comesLater,
    }
    return this.#desk
  }
}

/** Nobody has a longer login. */
const MAX_LOGIN = 256

function isOver({ work, isDone }: { readonly work: Work; readonly isDone: boolean }): boolean {
  return isDone || work.errors.length > 0
}

/** The steps that make something new, as an undo looks at them. */
export function madeIn({ steps }: Plan): Step[] {
  return steps.filter((step) => step.kind === 'add')
}

function newDepartment({ steps }: Plan): Change {
  const add = steps.find((step) => step.kind === 'add')
  const [name] = add?.attributes['displayName'] ?? []
  return {
    field: 'departments',
    before: [],
    after: [{ text: typeof name === 'string' ? name : '', id: null }],
  }
}

function resultOf(work: Work, stage: Stage): RowResult {
  const { number, line, row, changes, deferred, isMainDone } = work
  const isReal = work.subjectId === null || stage.isReal(work.subjectId)
  const subjectId = isReal ? work.subjectId : null
  const errors = work.errors.map((error) => withValue(error, valueAt(row, error.path)))
  return {
    number,
    line,
    kind: row.kind,
    action: actionOf(work),
    label: labelOf(row),
    subjectId,
    changes,
    errors,
    deferred: isMainDone && deferred ? { ...deferred, subjectId: work.subjectId ?? undefined } : null,
  }
}
