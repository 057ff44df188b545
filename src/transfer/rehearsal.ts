import { mapEntry } from '../directory/mapping.ts'
import { normDn, parseDn, type Layout } from '../directory/names.ts'
import { changed, type DirectoryReads, type FreshEntry } from '../directory/reader.ts'
import { readFor, type Act, type ActOutcome, type Settle } from '../edit/bulk.ts'
import { isEditFailure } from '../edit/failures.ts'
import type { ReadAhead } from '../edit/read-ahead.ts'
import { Scene } from '../edit/scene.ts'
import type { Plan, Step } from '../edit/step.ts'
import type { Entry } from '../model/entry.ts'
import { OverlayState, type State } from '../model/state.ts'
import { loginKey } from '../model/text.ts'
import { Breath } from './breath.ts'
import { ownersOf, type Stage } from './stage.ts'
import type { Sql } from '../changelog/database.ts'

export interface RehearsalOptions {
  readonly db: { transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T> }
  readonly reads: ReadAhead
  readonly staffId: string
  readonly base: () => State
  readonly newId: () => string
  readonly today: () => string
}

type Values = Readonly<Record<string, readonly string[]>>

/** An entry as the plans so far would have left it. */
interface Played {
  readonly id: string
  readonly dn: string
  readonly values: Values
}

/**
 * A directory over the directory: edits are decided as they would be, on what the edits before them would have left, and nothing
 * is written. What is new has ids that exist here only.
 */
export class Rehearsal implements Stage, DirectoryReads {
  readonly layout: Layout
  readonly #o: RehearsalOptions
  readonly #made = new Set<string>()
  readonly #byId = new Map<string, Played>()
  readonly #byDn = new Map<string, string>()
  readonly #byLogin = new Map<string, string>()
  #base: State
  #state: OverlayState

  constructor(options: RehearsalOptions) {
    this.#o = options
    this.layout = options.reads.layout
    this.#base = options.base()
    this.#state = new OverlayState(this.#base, [])
  }

  readonly state = (): State => this.#state

  isReal(id: string): boolean {
    return !this.#made.has(id)
  }

  async owners(logins: readonly string[]): Promise<Map<string, string | null>> {
    this.#o.reads.forget()
    await this.#o.reads.read([], logins)
    return await ownersOf(this, logins)
  }

  async play(acts: readonly Act[], settle: Settle): Promise<readonly ActOutcome[]> {
    const { db, reads, staffId, newId } = this.#o
    reads.forget()
    await readFor(
      reads,
      acts.map(({ edit }) => edit.locks),
    )
    const outcomes: ActOutcome[] = []
    const breath = new Breath()
    for (const { edit } of acts) {
      await breath.taken()
      try {
        const plan = await edit.decide(
          new Scene({ staffId, state: this.state, reader: this, newId, today: this.#o.today() }),
        )
        const made = newId()
        this.#made.add(made)
        const subjectId = 'id' in plan.subject ? plan.subject.id : made
        outcomes.push({ kind: 'done', editId: null, plan, subjectId })
      } catch (error) {
        if (!isEditFailure(error)) throw error
        outcomes.push({ kind: 'refused', failure: error })
      }
    }
    for (const outcome of outcomes)
      if (outcome.kind === 'done') await this.#apply(outcome.plan, outcome.subjectId)
    await db.transaction(async (tx) => await settle(tx, outcomes))
    return outcomes
  }

  async byId(id: string): Promise<FreshEntry | null> {
    const played = this.#byId.get(id)
    return played ? this.#freshOf(played) : await this.#o.reads.byId(id)
  }

  async byDn(dn: string): Promise<FreshEntry | null> {
    const id = this.#byDn.get(normDn(dn))
    const played = id === undefined ? undefined : this.#byId.get(id)
    if (played) return this.#freshOf(played)
    return this.#unmoved(await this.#o.reads.byDn(dn))
  }

  async above(entry: FreshEntry): Promise<FreshEntry | null> {
    const id = this.#byDn.get(normDn(parseDn(entry.dn).slice(1)))
    const played = id === undefined ? undefined : this.#byId.get(id)
    return played ? this.#freshOf(played) : await this.#o.reads.above(entry)
  }

  async find(under: string, scope: 'sub' | 'one', matching: string): Promise<FreshEntry[]> {
    return await this.#o.reads.find(under, scope, matching)
  }

  async byLogin(login: string): Promise<FreshEntry[]> {
    const id = this.#byLogin.get(loginKey(login))
    const played = id === undefined ? undefined : this.#byId.get(id)
    if (played) return [this.#freshOf(played)]
    return (await this.#o.reads.byLogin(login)).filter((entry) => !this.#byId.has(entry.id))
  }

  /** What was moved or renamed is not where it stands in the directory. */
  #unmoved(entry: FreshEntry | null): FreshEntry | null {
    return entry && this.#byId.has(entry.id) ? null : entry
  }

  async #apply({ steps }: Plan, made: string): Promise<void> {
    for (const step of steps) {
      const before = step.kind === 'add' ? null : await this.byId(step.id)
      const after = await this.#after(step, before, made)
      if (after) this.#keep(after, before, step)
    }
  }

  async #after(step: Step, before: FreshEntry | null, made: string): Promise<Played | null> {
    switch (step.kind) {
      case 'add': {
        const dn = `${step.rdn},${'dn' in step.at ? step.at.dn : ((await this.byId(step.at.below))?.dn ?? '')}`
        return { id: made, dn, values: { ...namesIn(dn), ...textsOf(step.attributes) } }
      }
      case 'modify': {
        if (!before) return null
        const now = Object.fromEntries(step.changes.map(({ attribute, after }) => [attribute, after]))
        return { id: step.id, dn: before.dn, values: { ...this.#valuesOf(before), ...textsOf(now) } }
      }
      case 'move': {
        if (!before) return null
        const { at, rdn } = step.to
        const above = 'dn' in at ? at.dn : ((await this.byId(at.below))?.dn ?? '')
        const dn = `${rdn},${above}`
        return { id: step.id, dn, values: { ...this.#valuesOf(before), ...namesIn(dn) } }
      }
      case 'remove':
        return null
    }
  }

  #keep(played: Played, before: FreshEntry | null, step: Step): void {
    if (before) {
      this.#byDn.delete(normDn(before.dn))
      for (const login of before.values('uid')) this.#byLogin.delete(loginKey(login))
    }
    this.#byId.set(played.id, played)
    this.#byDn.set(normDn(played.dn), played.id)
    for (const login of played.values['uid'] ?? []) this.#byLogin.set(loginKey(login), played.id)
    const { mapped } = this.#freshOf(played)
    if (mapped.kind === 'entry') this.#state.lay(this.#placed(mapped.entry, step))
  }

  /** What follows from the place in the tree. */
  #placed(entry: Entry, step: Step): Entry {
    if (entry.kind === 'staff')
      return {
        ...entry,
        managerId: entry.managerId ?? this.#base.get('staff', entry.id)?.managerId ?? null,
      }
    if (entry.kind !== 'department') return entry
    const known = this.#state.get('department', entry.id)?.parentId ?? null
    const at = step.kind === 'add' ? step.at : step.kind === 'move' ? step.to.at : null
    return { ...entry, parentId: at === null ? known : 'below' in at ? at.below : null }
  }

  #valuesOf(entry: FreshEntry): Values {
    const played = this.#byId.get(entry.id)
    if (played) return played.values
    return Object.fromEntries(KEPT.map((attribute) => [attribute, entry.values(attribute)]))
  }

  #freshOf({ id, dn, values }: Played): FreshEntry {
    const { layout } = this
    const lower = () =>
      new Map(
        Object.entries(values)
          .filter(([, texts]) => texts.length > 0)
          .map(([name, texts]) => [name.toLowerCase(), texts.map((text) => Buffer.from(text))]),
      )
    const raw = () => ({ id, dn, csn: '', attributes: lower() })
    return {
      id,
      dn,
      csn: '',
      after: (changes) => mapEntry(changed(raw(), changes), layout),
      get mapped() {
        return mapEntry(raw(), layout)
      },
      values: (attribute) => {
        const found = Object.entries(values).find(([name]) => name.toLowerCase() === attribute.toLowerCase())
        return [...(found?.[1] ?? [])]
      },
    }
  }
}

/** Attributes of people and departments that edits read. */
const KEPT = (
  'objectClass uid cn sn ou displayName description title mobile mail manager dlrType dlrSort dlrMeta dlrDisabled ' +
  'dlrDepartment dlrMembership dlrRole dlrManager dlrDottedManager dlrNickname dlrPinyin dlrInitials dlrLeaveDate ' +
  'dlrAvatarHash'
).split(' ')

function textsOf(attributes: Readonly<Record<string, readonly unknown[]>>): Values {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, values]) => [
      name,
      values.filter((value) => typeof value === 'string'),
    ]),
  )
}

/** What the name of an entry says of it. */
function namesIn(dn: string): Values {
  return Object.fromEntries((parseDn(dn)[0] ?? []).map(({ type, value }) => [type, [value]]))
}
