import { EXACT, INSIDE, NONE, PREFIX, WORD, type Kind } from './kind.ts'
import type { Limit } from './limit.ts'
import { ABSENT, digitsOf, TAIL_DIGITS, tailOf, type People } from './people.ts'
import { addressOf, isTail, type Wanted } from './query.ts'
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
import type { Scratch } from './scratch.ts'
import { BY_NAME, EMAIL, MOBILE, NICK, TITLED } from './sights.ts'

const ALL_TEXTS = NICK | TITLED | EMAIL

/** Whom a search looks at. */
export interface Seen {
  readonly people: People
  /** By the number of a place: what may be looked at of its people; 0: nothing. */
  readonly places: Uint8Array
  /** Of places that are marked BY_NAME: how their shown departments match the phrase, then each word. */
  readonly departments: ReadonlyMap<number, readonly Kind[]>
  readonly showsDepartment: (id: string) => boolean
  readonly scratch: Scratch
  /** Whoever lacks some of these bits in all of their texts matches nothing of the query; null: that does not tell. */
  readonly needed: { readonly bits: number; readonly wide: number } | null
}

/**
 * Ranks everybody who is seen for one wanted thing, the `nth` of the query. `ranks`, by row: what others have come to, 0 for
 * nothing yet; afterwards the worst of it and this. What is worse than the limit may become NO_RANK. One loop, and what it
 * can tell from columns it does not ask texts: this is where a search spends its time.
 */
export function rankEverybody(
  seen: Seen,
  wanted: Wanted,
  nth: number,
  ranks: Int16Array,
  limit: Limit,
): void {
  const { people, places, scratch, needed } = seen
  const { bits, wide, digits, address, addressBits } = wanted
  const { count, logins } = people
  const names = new NameRanks(people.names, wanted, NAME, scratch.names)
  const nicknames = new NameRanks(people.nicknames, wanted, NICKNAME, scratch.nicknames)
  const titles = new NameRanks(people.titles, wanted, TITLE, scratch.titles)
  const [place, name, nickname, title] = [
    people.place.data,
    people.name.data,
    people.nickname.data,
    people.title.data,
  ]
  const [nameBits, nameTextBits] = [people.nameBits.data, people.nameTextBits.data]
  const nameWide = people.nameWide.data
  const [nameHeads, nameFirst] = [people.nameHeads.data, people.nameFirst.data]
  const [loginBits, loginHeads] = [people.loginBits.data, people.loginHeads.data]
  const [loginFirst, mailBits, tail] = [people.loginFirst.data, people.mailBits.data, people.tail.data]
  // Whole numbers: a remainder of others takes ten times as long.
  const modulus = (10 ** Math.min(digits?.length ?? 0, TAIL_DIGITS)) | 0
  const wantedTail = digits === null ? ABSENT : tailOf(digits) % modulus
  const [allBits, allWide] = [people.allBits.data, people.allWide.data]
  const [allNeeded, wideNeeded] = [needed?.bits ?? 0, needed?.wide ?? 0]
  for (let row = 0; row < count; row++) {
    const shown = places[place[row] ?? 0] ?? 0
    const before = ranks[row] ?? NO_RANK
    if (before === NO_RANK) continue
    if (shown === 0) {
      ranks[row] = NO_RANK
      continue
    }
    const isMissing =
      ((allBits[row] ?? 0) & allNeeded) !== allNeeded || ((allWide[row] ?? 0) & wideNeeded) !== wideNeeded
    if (isMissing && (shown & (ALL_TEXTS | BY_NAME)) === ALL_TEXTS) {
      ranks[row] = NO_RANK
      continue
    }
    let rank = NO_RANK
    if (((nameBits[row] ?? 0) & bits) === bits && ((nameWide[row] ?? 0) & wide) === wide) {
      const best = possibleAt(nameHeads[row] ?? 0, nameFirst[row] ?? 0, wanted)
      // By sound nothing is found in the middle of a syllable.
      const isIn = best !== INSIDE || ((nameTextBits[row] ?? 0) & bits) === bits
      if (isIn && rankOf(best, NAME) <= limit.rank) rank = names.of(name[row] ?? 0, limit.rank)
    }
    if (((loginBits[row] ?? 0) & bits) === bits) {
      const best = possibleAt(loginHeads[row] ?? 0, loginFirst[row] ?? 0, wanted)
      if (rankOf(best, LOGIN) <= limit.rank)
        rank = Math.min(rank, rankOf(written(logins[row] ?? '', wanted), LOGIN))
    }
    if ((shown & NICK) !== 0 && nickname[row] !== ABSENT)
      rank = Math.min(rank, nicknames.of(nickname[row] ?? 0, limit.rank))
    if ((shown & EMAIL) !== 0) {
      if (((mailBits[row] ?? 0) & bits) === bits) rank = Math.min(rank, mailRank(people, row, wanted))
      if (address !== null && (((mailBits[row] ?? 0) | (loginBits[row] ?? 0)) & addressBits) === addressBits)
        rank = Math.min(rank, addressRank(people, row, address))
    }
    if (wantedTail !== ABSENT && (shown & MOBILE) !== 0 && (tail[row] ?? ABSENT) % modulus === wantedTail)
      rank = Math.min(rank, phoneRank(people, row, digits))
    if ((shown & TITLED) !== 0) {
      if (title[row] !== ABSENT) rank = Math.min(rank, titles.of(title[row] ?? 0, NO_RANK))
      if (people.heldTitles[row] !== null) rank = Math.min(rank, heldTitleRank(seen, row, titles))
    }
    if (rank === NO_RANK && (shown & BY_NAME) !== 0) rank = departmentRank(seen, place[row] ?? 0, nth)
    ranks[row] = Math.max(rank, before)
    // Whoever is found by a word alone may still miss another.
    if (nth === 0 && rank !== NO_RANK) limit.found(rank)
  }
}

function mailRank({ mails }: People, row: number, wanted: Wanted): number {
  let kind: Kind = NONE
  for (const local of mails[row] ?? []) {
    const other = written(local, wanted)
    if (other < kind) kind = other
  }
  return rankOf(kind, MAIL)
}

function addressRank({ entries }: People, row: number, address: string): number {
  let rank = NO_RANK
  for (const mail of entries[row]?.email ?? []) {
    const whole = addressOf(mail)
    if (whole?.startsWith(address)) rank = Math.min(rank, rankOf(whole === address ? EXACT : PREFIX, MAIL))
  }
  return rank
}

function phoneRank({ entries }: People, row: number, wanted: string | null): number {
  const entry = entries[row]
  const digits = entry ? digitsOf(entry) : ''
  if (wanted === null || digits === '' || !isTail(digits, wanted)) return NO_RANK
  return rankOf(digits === wanted ? EXACT : WORD, PHONE)
}

function heldTitleRank({ people, showsDepartment }: Seen, row: number, titles: NameRanks): number {
  let rank = NO_RANK
  for (const { departmentId, title } of people.heldTitles[row] ?? []) {
    if (showsDepartment(departmentId)) rank = Math.min(rank, titles.of(title, NO_RANK))
  }
  return rank
}

function departmentRank({ departments }: Seen, place: number, nth: number): number {
  const kind = departments.get(place)?.[nth] ?? NONE
  return kind === NONE ? NO_RANK : BY_DEPARTMENT + kind
}
