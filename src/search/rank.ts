import { EXACT, INSIDE, NONE, WORD, type Kind } from './kind.ts'
import { literalKind, type Traits } from './literal.ts'
import type { Name, Names } from './names.ts'
import type { Wanted } from './query.ts'
import { spellingKind } from './spelling.ts'

/** Fields in the order in which they rank (F7). */
export const NAME = 0
export const NICKNAME = 1
export const LOGIN = 2
export const MAIL = 3
const SOUND = 4
const OTHER_SOUND = 5
export const PHONE = 6
export const TITLE = 7
const FIELDS = 8
/** Whoever is found by a department comes after all that are found by what they have themselves. */
export const BY_DEPARTMENT = NONE * FIELDS

/** Nothing matches; of all other ranks the lesser one is the better. */
export const NO_RANK = 1000

export function rankOf(kind: Kind, field: number): number {
  return kind === NONE ? NO_RANK : kind * FIELDS + field
}

/** How a folded text matches as it is written. */
export function written(text: string, { needles }: Wanted): Kind {
  let kind: Kind = NONE
  for (const needle of needles) {
    const other = literalKind(text, needle)
    if (other < kind) kind = other
  }
  return kind
}

/** The best that a text can be, as far as its traits tell. */
export function possible({ bits, heads, first }: Traits, wanted: Wanted): Kind {
  if ((bits & wanted.bits) !== wanted.bits) return NONE
  if ((first & wanted.head) !== 0) return EXACT
  if ((heads & wanted.head) !== 0) return WORD
  return wanted.isInside ? INSIDE : NONE
}

export function nameRank({ text, spellings }: Name, wanted: Wanted, field: number): number {
  let rank = rankOf(written(text, wanted), field)
  const { letters, bits, head } = wanted
  for (const spelling of spellings) {
    if ((spelling.bits & bits) !== bits || (spelling.heads & head) === 0) continue
    const wide = spellingKind(spelling, letters, true)
    if (wide === NONE) continue
    const narrow = spelling.isPolyphonic ? spellingKind(spelling, letters, false) : wide
    rank = Math.min(rank, rankOf(narrow, SOUND), rankOf(wide, OTHER_SOUND))
  }
  return rank
}

const UNKNOWN = -1

/** The ranks of shared names in one search, each worked out when somebody comes by who has it. */
export class NameRanks {
  readonly #names: Names
  readonly #wanted: Wanted
  readonly #field: number
  #ranks: Int16Array | null = null

  constructor(names: Names, wanted: Wanted, field: number) {
    this.#names = names
    this.#wanted = wanted
    this.#field = field
  }

  /** `limit`: never grows within a search; what cannot be as good as that is as good as nothing. */
  of(number: number, limit: number): number {
    this.#ranks ??= new Int16Array(this.#names.end).fill(UNKNOWN)
    const known = this.#ranks[number] ?? NO_RANK
    if (known !== UNKNOWN) return known
    const rank = this.#look(number, limit)
    this.#ranks[number] = rank
    return rank
  }

  #look(number: number, limit: number): number {
    const { bits } = this.#wanted
    if (((this.#names.bits.data[number] ?? 0) & bits) !== bits) return NO_RANK
    const name = this.#names.at(number)
    if (!name || rankOf(possible(name, this.#wanted), this.#field) > limit) return NO_RANK
    return nameRank(name, this.#wanted, this.#field)
  }
}
