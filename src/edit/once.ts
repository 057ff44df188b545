import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { claimed } from './claiming.ts'
import { hashOf } from './edit.ts'
import type { Journal } from './journal.ts'

/** Who wants what done, and under which idempotency key; null: under none. */
export interface Asked {
  readonly actorId: string
  readonly key: string | null
  /** For the log, `webhook.deleted`. */
  readonly name: string
  /** Plain data: with the name, what the key stands for. */
  readonly input: unknown
}

/**
 * Does under its idempotency key once what is no edit of the directory (issue 4, number 7): asked again, it answers what it
 * answered, also while the first is still under way. What was refused may be asked again, and so may what a crash has cut
 * off: there it may happen twice. Keys are the journal's, so that one that stands for an edit stands for nothing else.
 */
export class Once {
  readonly #journal: Journal
  readonly #patienceMs: number | undefined

  constructor(journal: Journal, patienceMs?: number) {
    this.#journal = journal
    this.#patienceMs = patienceMs
  }

  /** `answer`: plain data without secrets, kept as long as the key. Throws EditRefused KEY_REUSED and BUSY. */
  async run<A>(asked: Asked, answer: z.ZodType<A>, work: () => Promise<A>): Promise<A> {
    const { actorId, key, name } = asked
    if (key === null) return await work()
    const inputHash = hashOf(asked)
    const claim = { id: randomUUID(), actorId, name, key, inputHash, shared: [], exclusive: [] }
    const earlier = await claimed(this.#journal, claim, this.#patienceMs)
    if (earlier) return answer.parse(earlier.answer)
    try {
      const made = await work()
      await this.#journal.answered(claim.id, made)
      return made
    } catch (error) {
      await this.#journal.forget(claim.id).catch(() => {})
      throw error
    }
  }
}
