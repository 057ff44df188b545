import { Store } from '../../app/store.ts'
import type { BulkEditInput } from '../../generated/graphql.ts'

export interface Person {
  readonly id: string
  readonly name: string
}

/** What has become of many edits so far. */
export interface Progress {
  readonly total: number
  readonly made: number
  readonly refused: readonly { readonly id: string; readonly name: string; readonly text: string }[]
  /** `stopped`: by hand; `away`: the server does not answer, nobody knows what became of the last batch; both go on. */
  readonly state: 'running' | 'stopping' | 'stopped' | 'away' | 'done'
}

/** What became of a batch: for each of its people why not, or null; `away`: nobody knows. */
export type Sent = readonly (string | null)[] | 'away'

export interface BulkSteps<P extends Person> {
  /** Null: the server is away. */
  readonly editsOf: (people: readonly P[]) => Promise<readonly BulkEditInput[] | null>
  readonly send: (edits: readonly BulkEditInput[], key: string) => Promise<Sent>
}

/** The most edits that are asked for at once; few enough that one sees them go on, and may stop. */
const BATCH = 50

/** Edits of many people, batch by batch. A batch whose answer was lost is asked for again with the key that it had. */
export class BulkRun<P extends Person> {
  readonly progress: Store<Progress>
  readonly #steps: BulkSteps<P>
  readonly #batches: readonly (readonly P[])[]
  #next = 0
  /** Of the next batch, once it has been asked for. */
  #asked: { readonly edits: readonly BulkEditInput[]; readonly key: string } | null = null

  constructor(people: readonly P[], steps: BulkSteps<P>) {
    this.#steps = steps
    this.#batches = Array.from({ length: Math.ceil(people.length / BATCH) }, (_, i) =>
      people.slice(i * BATCH, (i + 1) * BATCH),
    )
    this.progress = new Store<Progress>({ total: people.length, made: 0, refused: [], state: 'stopped' })
  }

  /** Goes on until all is done, somebody stops it, or the server is away. */
  async go(): Promise<void> {
    const { state } = this.progress.value
    if (state !== 'stopped' && state !== 'away') return
    this.#say({ state: 'running' })
    for (let batch = this.#batches[this.#next]; batch; batch = this.#batches[this.#next]) {
      if (this.progress.value.state === 'stopping') return this.#say({ state: 'stopped' })
      const sent = await this.#send(batch)
      if (sent === 'away') return this.#say({ state: 'away' })
      this.#asked = null
      this.#next++
      const { made, refused } = this.progress.value
      const news = batch.flatMap(({ id, name }, i) => {
        const text = sent[i] ?? null
        return text === null ? [] : [{ id, name, text }]
      })
      this.#say({ made: made + batch.length - news.length, refused: [...refused, ...news] })
    }
    this.#say({ state: 'done' })
  }

  /** After the batch that is on its way. */
  stop(): void {
    if (this.progress.value.state === 'running') this.#say({ state: 'stopping' })
  }

  async #send(batch: readonly P[]): Promise<Sent> {
    if (!this.#asked) {
      const edits = await this.#steps.editsOf(batch)
      if (!edits) return 'away'
      this.#asked = { edits, key: crypto.randomUUID() }
    }
    return await this.#steps.send(this.#asked.edits, this.#asked.key)
  }

  #say(some: Partial<Progress>): void {
    this.progress.set({ ...this.progress.value, ...some })
  }
}
