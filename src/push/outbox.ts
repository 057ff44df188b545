import type { Logger } from '../log.ts'
import type { ChangesResult } from '../sync/results.ts'
import { Turn } from '../sync/turn.ts'
import type { Member, Row } from './room.ts'
import type { Channel, Frame } from './subscriber.ts'

/** A message ready for those who get it. */
interface Letter {
  readonly root: ChangesResult
  readonly row: Row
  readonly frame: Frame
}

const NOTHING = Buffer.alloc(0)
/**
 * Messages that are made before any of them is written: a write pushes our code and data out of the processor's caches, and
 * what is made between writes takes several times as long.
 */
const LETTERS_AT_ONCE = 256
/** Messages made and written between two looks at the clock. */
const STEPS_A_LOOK = 16

interface Item {
  readonly root: ChangesResult
  readonly rows: readonly Row[]
}

export interface OutboxOptions {
  /** Its backlog is full, or it could not be served: it has to come back (P2). */
  readonly tooSlow: (member: Member) => void
  /** It was told to start again. */
  readonly ended: (member: Member) => void
  readonly log: Logger
}

/**
 * Writes results to members, strictly in the order in which they were added: encoded once per channel, framed once per
 * channel and id, then one write a member, in turns of the event loop.
 */
export class Outbox {
  readonly #o: OutboxOptions
  readonly #turn = new Turn()
  #queue: Item[] = []
  #steps = 0
  #drained: Promise<void> | null = null
  encodings = 0
  frames = 0
  deliveries = 0

  constructor(options: OutboxOptions) {
    this.#o = options
  }

  add(root: ChangesResult, rows: readonly Row[]): void {
    this.#queue.push({ root, rows })
    this.#drained ??= this.#drain()
  }

  /** Results that wait for those before them. */
  get waiting(): number {
    return this.#queue.length
  }

  /** Null when everything was written; else resolves when everything added so far has been. */
  get busy(): Promise<void> | null {
    return this.#drained
  }

  async #drain(): Promise<void> {
    this.#turn.begin()
    this.#steps = 0
    // What belongs together is added in one go; it is written after that.
    await Promise.resolve()
    let letters: Letter[] = []
    while (this.#queue.length > 0) {
      const items = this.#queue
      this.#queue = []
      for (const { root, rows } of items) {
        let channel: Channel | null = null
        let payload: Buffer = NOTHING
        for (const row of rows) {
          const first = row.find((member) => !member.isGone)
          if (!first) continue
          try {
            const { subscriber } = first
            // Rows of one channel come one after the other.
            if (subscriber.channel !== channel) {
              const encoded = subscriber.channel.encode(root)
              // No promise without need: with an id of its own for every client this runs once a delivery.
              payload = Buffer.isBuffer(encoded) ? encoded : await encoded
              channel = subscriber.channel
              this.encodings++
            }
            letters.push({ root, row, frame: subscriber.frame(payload) })
            this.frames++
          } catch (error) {
            this.#failed(row, error)
          }
          if (this.#isOver()) await this.#turn.next()
          if (letters.length < LETTERS_AT_ONCE) continue
          await this.#write(letters)
          letters = []
        }
      }
      await this.#write(letters)
      letters = []
    }
    this.#drained = null
  }

  async #write(letters: readonly Letter[]): Promise<void> {
    for (const { root, row, frame } of letters) {
      try {
        for (const member of row) {
          if (this.#isOver()) await this.#turn.next()
          if (member.isGone) continue
          if (!member.subscriber.write(frame)) this.#o.tooSlow(member)
          else {
            this.deliveries++
            if (root.kind === 'Resync') this.#o.ended(member)
          }
        }
      } catch (error) {
        this.#failed(row, error)
      }
    }
  }

  /** Whether it is the others' turn: asked before every step. */
  #isOver(): boolean {
    return ++this.#steps % STEPS_A_LOOK === 0 && this.#turn.isOver
  }

  #failed(row: Row, error: unknown): void {
    this.#o.log.error({ err: error }, 'A delta could not be delivered')
    for (const member of row) if (!member.isGone) this.#o.tooSlow(member)
  }
}
