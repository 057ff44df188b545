import { EXACT, NONE, PREFIX, WORD, type Kind } from './kind.ts'
import { ABSENT, digitsOf, TAIL_DIGITS, tailOf, type People } from './people.ts'
import { addressOf, isTail, MAX_WORDS, type Query, type Wanted } from './query.ts'
import {
  BY_DEPARTMENT,
  LOGIN,
  MAIL,
  NAME,
  NameRanks,
  NICKNAME,
  NO_RANK,
  PHONE,
  possibleAt,
  rankOf,
  TITLE,
  written,
} from './rank.ts'

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
  /** How shown departments of the place match the phrase, then each word. */
  readonly kinds: readonly Kind[]
  /** Whether one of them is the viewer's own. */
  readonly isOwn: boolean
}

/** Of a place whose departments match nothing. */
export const NO_KINDS: readonly Kind[] = Array.from({ length: MAX_WORDS + 1 }, () => NONE)

/** Ranks people for one query: by the phrase, or by the worst of its words (F6). */
export class PeopleMatcher {
  readonly #phrase: Matcher
  readonly #words: readonly Matcher[]

  constructor(people: People, { phrase, words }: Query, showsDepartment: (id: string) => boolean) {
    const matcher = (wanted: Wanted, place: number) => new Matcher(people, wanted, place, showsDepartment)
    this.#phrase = matcher(phrase, 0)
    this.#words = words.map((word, i) => matcher(word, i + 1))
  }

  /** `limit`: what is worse than that may be answered as NO_RANK. */
  rank(row: number, around: Around, limit: number): number {
    const whole = this.#phrase.rank(row, around, limit)
    if (this.#words.length === 0) return whole
    let worst = 0
    const words = this.#words
    for (let i = 0; i < words.length && worst < whole; i++) {
      const rank = words[i]?.rank(row, around, limit) ?? NO_RANK
      if (rank > worst) worst = rank
    }
    return Math.min(whole, worst)
  }
}

/** Ranks people for one wanted thing. */
class Matcher {
  readonly #people: People
  readonly #wanted: Wanted
  readonly #place: number
  readonly #showsDepartment: (id: string) => boolean
  readonly #names: NameRanks
  readonly #nicknames: NameRanks
  readonly #titles: NameRanks
  // Columns of the index, which does not change within a search.
  readonly #name: Int32Array
  readonly #nickname: Int32Array
  readonly #title: Int32Array
  readonly #nameBits: Int32Array
  readonly #nameWide: Int32Array
  readonly #nameHeads: Int32Array
  readonly #nameFirst: Int32Array
  readonly #loginHeads: Int32Array
  readonly #loginFirst: Int32Array
  readonly #loginBits: Int32Array
  readonly #mailBits: Int32Array
  readonly #modulus: number
  readonly #tail: number

  constructor(people: People, wanted: Wanted, place: number, showsDepartment: (id: string) => boolean) {
    this.#people = people
    this.#wanted = wanted
    this.#place = place
    this.#showsDepartment = showsDepartment
    this.#names = new NameRanks(people.names, wanted, NAME)
    this.#nicknames = new NameRanks(people.nicknames, wanted, NICKNAME)
    this.#titles = new NameRanks(people.titles, wanted, TITLE)
    this.#name = people.name.data
    this.#nickname = people.nickname.data
    this.#title = people.title.data
    this.#nameBits = people.nameBits.data
    this.#nameWide = people.nameWide.data
    this.#nameHeads = people.nameHeads.data
    this.#nameFirst = people.nameFirst.data
    this.#loginHeads = people.loginHeads.data
    this.#loginFirst = people.loginFirst.data
    this.#loginBits = people.loginBits.data
    this.#mailBits = people.mailBits.data
    const { digits } = wanted
    this.#modulus = 10 ** Math.min(digits?.length ?? 0, TAIL_DIGITS)
    this.#tail = digits === null ? ABSENT : tailOf(digits)
  }

  rank(row: number, { shown, kinds }: Around, limit: number): number {
    let rank = Math.min(this.#named(row, limit), this.#login(row, limit))
    if (shown.nickname) {
      const nickname = this.#nickname[row] ?? ABSENT
      if (nickname !== ABSENT) rank = Math.min(rank, this.#nicknames.of(nickname))
    }
    if (shown.email) rank = Math.min(rank, this.#mail(row))
    if (shown.mobile && this.#tail !== ABSENT) rank = Math.min(rank, this.#phone(row))
    if (shown.title) rank = Math.min(rank, this.#titled(row))
    const around = kinds[this.#place] ?? NONE
    return rank === NO_RANK && around !== NONE ? BY_DEPARTMENT + around : rank
  }

  #named(row: number, limit: number): number {
    const { bits, wide } = this.#wanted
    if (((this.#nameBits[row] ?? 0) & bits) !== bits) return NO_RANK
    if (((this.#nameWide[row] ?? 0) & wide) !== wide) return NO_RANK
    const best = possibleAt(this.#nameHeads[row] ?? 0, this.#nameFirst[row] ?? 0, this.#wanted)
    return rankOf(best, NAME) > limit ? NO_RANK : this.#names.of(this.#name[row] ?? 0)
  }

  #login(row: number, limit: number): number {
    const { bits } = this.#wanted
    if (((this.#loginBits[row] ?? 0) & bits) !== bits) return NO_RANK
    const best = possibleAt(this.#loginHeads[row] ?? 0, this.#loginFirst[row] ?? 0, this.#wanted)
    if (rankOf(best, LOGIN) > limit) return NO_RANK
    return rankOf(written(this.#people.logins[row] ?? '', this.#wanted), LOGIN)
  }

  #mail(row: number): number {
    const { mails, entries } = this.#people
    const { bits, address, addressBits } = this.#wanted
    const own = this.#mailBits[row] ?? 0
    let rank = NO_RANK
    if ((own & bits) === bits)
      for (const local of mails[row] ?? []) rank = Math.min(rank, rankOf(written(local, this.#wanted), MAIL))
    if (address === null || ((own | (this.#loginBits[row] ?? 0)) & addressBits) !== addressBits) return rank
    for (const mail of entries[row]?.email ?? []) {
      const whole = addressOf(mail)
      if (whole?.startsWith(address)) rank = Math.min(rank, rankOf(whole === address ? EXACT : PREFIX, MAIL))
    }
    return rank
  }

  #phone(row: number): number {
    const tail = this.#people.tail.data[row] ?? ABSENT
    if (tail === ABSENT || tail % this.#modulus !== this.#tail % this.#modulus) return NO_RANK
    const entry = this.#people.entries[row]
    const [digits, wanted] = [entry ? digitsOf(entry) : '', this.#wanted.digits]
    if (wanted === null || !isTail(digits, wanted)) return NO_RANK
    return rankOf(digits === wanted ? EXACT : WORD, PHONE)
  }

  #titled(row: number): number {
    const title = this.#title[row] ?? ABSENT
    let rank = title === ABSENT ? NO_RANK : this.#titles.of(title)
    const held = this.#people.heldTitles[row]
    if (!held) return rank
    for (const { departmentId, title: number } of held) {
      const other = this.#titles.of(number)
      if (other < rank && this.#showsDepartment(departmentId)) rank = other
    }
    return rank
  }
}
