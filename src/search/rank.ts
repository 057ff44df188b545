import { EXACT, NONE, PREFIX, WORD, type Kind } from './kind.ts'
import { literalKind, type Literal } from './literal.ts'
import type { Name, Texts } from './person.ts'
import { isTail, type Query, type Wanted } from './query.ts'
import { spellingKind } from './spelling.ts'

/** Fields in the order in which they rank (F7). */
const NAME = 0
const NICKNAME = 1
const LOGIN = 2
const MAIL = 3
const SOUND = 4
const OTHER_SOUND = 5
const PHONE = 6
const TITLE = 7
const FIELDS = 8
/** Whoever is found by a department comes after all that are found by what they have themselves. */
const BY_DEPARTMENT = NONE * FIELDS

/** Nothing matches; of all other ranks the lesser one is the better. */
export const NO_RANK = 1000

/** Which fields of a row may be looked at (V5), beside those that every row shows. */
export interface Shown {
  readonly nickname: boolean
  readonly title: boolean
  readonly mobile: boolean
  readonly email: boolean
}

/** What is known of a place before its people are looked at. */
export interface Around {
  readonly shown: Shown
  /** How departments of the place match the phrase, then each word. */
  readonly kinds: readonly Kind[]
  readonly showsDepartment: (id: string) => boolean
}

/** How well a person is what is looked for: by the phrase, or by the worst of the words (F6). */
export function personRank(texts: Texts, { phrase, words }: Query, around: Around): number {
  return best(phrase, words, (wanted, i) => wantedRank(texts, wanted, around, around.kinds[i] ?? NONE))
}

export function departmentRank(name: Name, { phrase, words }: Query): number {
  return best(phrase, words, (wanted) => nameRank(name, wanted, NAME))
}

/** How a department matches in the name of its people: only as it is written (F5). */
export function departmentKind(name: Name, wanted: Wanted): Kind {
  return written(name.literal, wanted)
}

function best(
  phrase: Wanted,
  words: readonly Wanted[],
  rankOf: (wanted: Wanted, i: number) => number,
): number {
  const whole = rankOf(phrase, 0)
  if (words.length === 0) return whole
  let worst = 0
  for (let i = 0; i < words.length && worst < whole; i++) {
    const word = words[i]
    if (word) worst = Math.max(worst, rankOf(word, i + 1))
  }
  return Math.min(whole, worst)
}

function wantedRank(texts: Texts, wanted: Wanted, { shown, showsDepartment }: Around, around: Kind): number {
  const { name, nickname, login, mails, titles, digits } = texts
  let rank = nameRank(name, wanted, NAME)
  if (rank === rankOf(EXACT, NAME)) return rank
  rank = Math.min(rank, rankOf(written(login, wanted), LOGIN))
  if (nickname && shown.nickname) rank = Math.min(rank, nameRank(nickname, wanted, NICKNAME))
  if (shown.email) {
    for (const { local, address } of mails) {
      rank = Math.min(rank, rankOf(written(local, wanted), MAIL))
      if (wanted.address !== null && address.startsWith(wanted.address))
        rank = Math.min(rank, rankOf(address === wanted.address ? EXACT : PREFIX, MAIL))
    }
  }
  if (wanted.digits !== null && digits !== null && shown.mobile && isTail(digits, wanted.digits))
    rank = Math.min(rank, rankOf(digits === wanted.digits ? EXACT : WORD, PHONE))
  if (shown.title) {
    for (const { departmentId, text } of titles) {
      const kind = written(text, wanted)
      if (kind !== NONE && (departmentId === null || showsDepartment(departmentId)))
        rank = Math.min(rank, rankOf(kind, TITLE))
    }
  }
  return rank === NO_RANK && around !== NONE ? BY_DEPARTMENT + around : rank
}

function nameRank({ literal, spellings }: Name, wanted: Wanted, field: number): number {
  let rank = rankOf(written(literal, wanted), field)
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

function written(literal: Literal, { needles }: Wanted): Kind {
  let kind: Kind = NONE
  for (const needle of needles) {
    const other = literalKind(literal, needle)
    if (other < kind) kind = other
  }
  return kind
}

function rankOf(kind: Kind, field: number): number {
  return kind === NONE ? NO_RANK : kind * FIELDS + field
}
