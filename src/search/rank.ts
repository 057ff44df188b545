import { EXACT, INSIDE, NONE, PREFIX, WORD, type Kind } from './kind.ts'
import type { Room } from './scratch.ts'
import { literalKind, type Traits } from './literal.ts'
import type { Name, Names } from './names.ts'
import type { Wanted } from './query.ts'

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
  for (let i = 0; i < needles.length; i++) {
    const needle = needles[i]
    const other = needle ? literalKind(text, needle) : NONE
    if (other < kind) kind = other
  }
  return kind
}

/** The best that a text with these traits can be. */
export function possible(traits: Traits, wanted: Wanted): Kind {
  const { bits, wide, heads, first } = traits
  if ((bits & wanted.bits) !== wanted.bits || (wide & wanted.wide) !== wanted.wide) return NONE
  return possibleAt(heads, first, wanted)
}

/** The same of a text that has all of the bits. */
export function possibleAt(heads: number, first: number, wanted: Wanted): Kind {
  if ((first & wanted.head) !== 0) return EXACT
  if ((heads & wanted.head) !== 0) return WORD
  return wanted.isInside ? INSIDE : NONE
}

/** What is worse than the limit by its sound may be NO_RANK. */
export function nameRank(name: Name, wanted: Wanted, field: number, limit: number): number {
  const { text, textBits, spellings } = name
  const { sound, bits, head, length } = wanted
  let rank = (textBits & bits) === bits ? rankOf(written(text, wanted), field) : NO_RANK
  for (let i = 0; i < spellings.length; i++) {
    const spelling = spellings[i]
    if (!spelling) break
    if ((spelling.bits & bits) !== bits || (spelling.heads & head) === 0) continue
    // Each syllable takes a letter at least.
    const isAll = spelling.syllables.length <= length
    const best = (spelling.first & head) === 0 ? WORD : isAll ? EXACT : PREFIX
    if (rankOf(best, SOUND) > limit) continue
    const wide = sound.kind(spelling, true)
    if (wide === NONE) continue
    const narrow = spelling.isPolyphonic ? sound.kind(spelling, false) : wide
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
  readonly #ranks: Int16Array

  constructor(names: Names, wanted: Wanted, field: number, room: Room) {
    this.#names = names
    this.#wanted = wanted
    this.#field = field
    this.#ranks = room.filled(names.end, UNKNOWN)
  }

  /** `limit` never grows from one call to the next. */
  of(number: number, limit: number): number {
    const known = this.#ranks[number] ?? NO_RANK
    if (known !== UNKNOWN) return known
    const name = this.#names.at(number)
    const isPossible = name && possible(name, this.#wanted) !== NONE
    const rank = isPossible ? nameRank(name, this.#wanted, this.#field, limit) : NO_RANK
    this.#ranks[number] = rank
    return rank
  }
}
