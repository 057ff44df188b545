import { createHash } from 'node:crypto'

/**
 * Chance that depends on nothing but the seed and a key: the same company comes out on every machine, and the draws for
 * one entry do not shift those of another.
 */
export class Chance {
  readonly #state: Uint32Array

  constructor(seed: string, key: string) {
    const digest = createHash('sha256').update(`${seed}\0${key}`).digest()
    this.#state = Uint32Array.from([0, 4, 8, 12], (at) => digest.readUInt32LE(at))
  }

  /** 0 <= n < 1; the generator sfc32. */
  next(): number {
    const s = this.#state
    const [a = 0, b = 0, c = 0, counter = 0] = s
    const sum = (a + b + counter) >>> 0
    s[0] = b ^ (b >>> 9)
    s[1] = c + (c << 3)
    s[2] = ((c << 21) | (c >>> 11)) + sum
    s[3] = counter + 1
    return sum / 2 ** 32
  }

  below(bound: number): number {
    return Math.floor(this.next() * bound)
  }

  is(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }
}

/** A fixed entryUUID (RFC 9562 version 8) for what the key names. */
export function idOf(seed: string, key: string): string {
  const hex = createHash('sha256').update(`${seed}\0id\0${key}`).digest('hex')
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The n-th of a row of sort keys that leave room between and before them; ordered by code units, n < 36^4. */
export function sortKey(n: number): string {
  return `${n.toString(36).padStart(4, '0')}i`
}
