import type { Sql } from '../changelog/database.ts'
import { decided } from '../edit/administrators.ts'
import { readFor, type Act, type ActOutcome, type Settle } from '../edit/bulk.ts'
import { isEditFailure } from '../edit/failures.ts'
import { PlayedDirectory } from '../edit/played.ts'
import type { ReadAhead } from '../edit/read-ahead.ts'
import { Scene } from '../edit/scene.ts'
import type { State } from '../model/state.ts'
import { Breath } from './breath.ts'
import { ownersOf, type Stage } from './stage.ts'

export interface RehearsalOptions {
  readonly db: { transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T> }
  readonly reads: ReadAhead
  readonly staffId: string
  readonly base: () => State
  readonly newId: () => string
  readonly today: () => string
}

/** Plays edits as they would be made, one after the other, and writes down what would have become of them. */
export class Rehearsal implements Stage {
  readonly #o: RehearsalOptions
  readonly #made = new Set<string>()
  readonly #played: PlayedDirectory

  constructor(options: RehearsalOptions) {
    this.#o = options
    this.#played = new PlayedDirectory(options.reads, options.base())
  }

  readonly state = (): State => this.#played.state()

  isReal(id: string): boolean {
    return !this.#made.has(id)
  }

  async owners(logins: readonly string[]): Promise<Map<string, string | null>> {
    this.#o.reads.forget()
    await this.#o.reads.read([], logins)
    return await ownersOf(this.#played, logins)
  }

  async play(acts: readonly Act[], settle: Settle): Promise<readonly ActOutcome[]> {
    const { db, reads, staffId, newId } = this.#o
    reads.forget()
    await readFor(
      reads,
      acts.map(({ edit }) => edit.locks),
    )
    const outcomes: ActOutcome[] = []
    const lost = new Set<string>()
    const breath = new Breath()
    for (const { edit } of acts) {
      await breath.taken()
      try {
        const scene = new Scene({
          staffId,
          state: this.state,
          reader: this.#played,
          newId,
          today: this.#o.today(),
        })
        const plan = await decided(edit, scene, lost)
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
      if (outcome.kind === 'done') await this.#played.apply(outcome.plan, outcome.subjectId)
    await db.transaction(async (tx) => await settle(tx, outcomes))
    return outcomes
  }
}
