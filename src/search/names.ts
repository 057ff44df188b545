import type { Traits } from './literal.ts'
import type { Spelling } from './spelling.ts'

/** A text as it is written, folded, and how it sounds; titles have no sound. */
export interface Name extends Traits {
  readonly text: string
  /** The bits of the text alone. */
  readonly textBits: number
  readonly spellings: readonly Spelling[]
}

/** Distinct names by number: many people share one. A name is kept for as long as somebody has it. */
export class Names {
  readonly #numbers = new Map<string, number>()
  readonly #keys: string[] = []
  readonly #names: (Name | undefined)[] = []
  readonly #holders: number[] = []
  readonly #free: number[] = []

  /** Numbers are less than this. */
  get end(): number {
    return this.#names.length
  }

  /** For tests. */
  get held(): number {
    return this.#numbers.size
  }

  at(number: number): Name | undefined {
    return this.#names[number]
  }

  take(key: string, make: () => Name): number {
    const known = this.#numbers.get(key)
    if (known !== undefined) {
      this.#holders[known] = (this.#holders[known] ?? 0) + 1
      return known
    }
    const name = make()
    const number = this.#free.pop() ?? this.#names.length
    this.#numbers.set(key, number)
    this.#keys[number] = key
    this.#names[number] = name
    this.#holders[number] = 1
    return number
  }

  leave(number: number): void {
    const left = (this.#holders[number] ?? 0) - 1
    this.#holders[number] = left
    if (left > 0) return
    this.#numbers.delete(this.#keys[number] ?? '')
    this.#names[number] = undefined
    this.#free.push(number)
  }
}
