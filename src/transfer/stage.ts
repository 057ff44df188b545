import type { BulkEditor, Act, ActOutcome, Settle } from '../edit/bulk.ts'
import type { Batch } from '../edit/bulk-journal.ts'
import type { ReadAhead } from '../edit/read-ahead.ts'
import type { State } from '../model/state.ts'

/** Where the rows of an import are played: the directory, or a rehearsal over it. */
export interface Stage {
  readonly state: () => State
  /** Whether an id is one of the directory, and not of the stage alone. */
  isReal(id: string): boolean
  /** Who has these logins, by their keys: an id, or null. */
  owners(logins: readonly string[]): Promise<Map<string, string | null>>
  /** Decides and makes edits that do not touch the same; what has become of them is written down together with it. */
  play(acts: readonly Act[], settle: Settle): Promise<readonly ActOutcome[]>
}

/** The real one. */
export class LiveStage implements Stage {
  readonly state: () => State
  readonly #bulk: BulkEditor
  readonly #reads: ReadAhead
  readonly #by: Batch

  constructor(o: { bulk: BulkEditor; reads: ReadAhead; by: Batch; state: () => State }) {
    this.#bulk = o.bulk
    this.#reads = o.reads
    this.#by = o.by
    this.state = o.state
  }

  isReal(): boolean {
    return true
  }

  async owners(logins: readonly string[]): Promise<Map<string, string | null>> {
    this.#reads.forget()
    await this.#reads.read([], logins)
    return await ownersOf(this.#reads, logins)
  }

  async play(acts: readonly Act[], settle: Settle): Promise<readonly ActOutcome[]> {
    return await this.#bulk.run(this.#by, this.#reads, acts, settle)
  }
}

export async function ownersOf(
  reads: Pick<ReadAhead, 'byLogin'>,
  logins: readonly string[],
): Promise<Map<string, string | null>> {
  const owners = new Map<string, string | null>()
  for (const login of logins) owners.set(login, (await reads.byLogin(login))[0]?.id ?? null)
  return owners
}
