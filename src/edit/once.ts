import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { claimed } from './claiming.ts'
import { hashOf } from './edit.ts'
import { HELD_MS, type Journal } from './journal.ts'

/** Who wants what done, and under which idempotency key; null: under none. */
export interface Asked {
  readonly actorId: string
  readonly key: string | null
  /** `webhook.delete`; what is audited has a name of the audit log's. */
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
  readonly #beatMs: number

  /** `heldMs`: how long the journal holds what it does not hear of. */
  constructor(journal: Journal, patienceMs?: number, heldMs = HELD_MS) {
    this.#journal = journal
    this.#patienceMs = patienceMs
    this.#beatMs = heldMs / 4
  }

  /** `answer`: plain data without secrets, kept as long as the key. Throws EditRefused KEY_REUSED and BUSY. */
  async run<A>(asked: Asked, answer: z.ZodType<A>, work: () => Promise<A>): Promise<A> {
    const { actorId, key, name } = asked
    if (key === null) return await work()
    const inputHash = hashOf(asked)
    const claim = { id: randomUUID(), actorId, name, key, inputHash, shared: [], exclusive: [] }
    const earlier = await claimed(this.#journal, claim, this.#patienceMs)
    if (earlier) return answer.parse(earlier.answer)
    // However long it takes, nobody else takes it for one that a crash has left.
    const heartbeat = setInterval(() => void this.#journal.postpone(claim.id).catch(() => {}), this.#beatMs)
    try {
      const made = await work()
      await this.#journal.answered(claim.id, made)
      return made
    } catch (error) {
      await this.#journal.forget(claim.id).catch(() => {})
      throw error
    } finally {
      clearInterval(heartbeat)
    }
  }
}
