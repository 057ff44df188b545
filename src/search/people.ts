import type { Staff } from '../model/entry.ts'
import { Ints } from './ints.ts'
import { traitsOf } from './literal.ts'
import { Names } from './names.ts'
import { addressOf } from './query.ts'
import { spellingsOf } from './spelling.ts'
import type { Readings } from './syllable.ts'
import { fold } from './text.ts'
import { nameKey } from './top.ts'

/** A column has this where there is no such thing. */
export const ABSENT = -1
/** So many digits at the end of a number stand in a column. */
export const TAIL_DIGITS = 7

/** A title that is held in one department only. */
export interface HeldTitle {
  readonly departmentId: string
  readonly title: number
}

/**
 * What can be found of people, in columns: a search reads all of it one after the other, and a memory that is read by leaps and
 * bounds would be what it waits for. Rows are dense and move: the last one takes the place of one that goes.
 */
export class People {
  readonly names = new Names()
  readonly nicknames = new Names()
  readonly titles = new Names()
  readonly entries: Staff[] = []
  readonly logins: string[] = []
  /** `nameKey` of names. */
  readonly keys: number[] = []
  /** Local parts of mail addresses that are not the login. */
  readonly mails: (readonly string[] | null)[] = []
  readonly heldTitles: (readonly HeldTitle[] | null)[] = []
  readonly place = new Ints()
  readonly name = new Ints()
  readonly nickname = new Ints()
  readonly title = new Ints()
  readonly tail = new Ints()
  readonly nameBits = new Ints()
  readonly nameWide = new Ints()
  readonly nameHeads = new Ints()
  readonly nameFirst = new Ints()
  readonly loginBits = new Ints()
  readonly loginHeads = new Ints()
  readonly loginFirst = new Ints()
  readonly mailBits = new Ints()
  readonly #rows = new Map<string, number>()
  readonly #readings: Readings

  constructor(readings: Readings) {
    this.#readings = readings
  }

  get count(): number {
    return this.entries.length
  }

  rowOf(id: string): number | undefined {
    return this.#rows.get(id)
  }

  add(entry: Staff, place: number): void {
    const row = this.count
    const login = fold(entry.login)
    const traits = traitsOf(login)
    const mails = [...new Set(entry.email.map(localOf))].filter((local) => local !== login)
    this.#rows.set(entry.id, row)
    this.entries.push(entry)
    this.logins.push(login)
    this.keys.push(nameKey(entry.name))
    this.mails.push(mails.length === 0 ? null : mails)
    this.heldTitles.push(this.#heldTitles(entry))
    this.place.set(row, place)
    const name = this.#name(this.names, entry.name, entry.pinyin, entry.initials)
    const sounds = this.names.at(name)
    this.name.set(row, name)
    this.nameBits.set(row, sounds?.bits ?? 0)
    this.nameWide.set(row, sounds?.wide ?? 0)
    this.nameHeads.set(row, sounds?.heads ?? 0)
    this.nameFirst.set(row, sounds?.first ?? 0)
    this.nickname.set(
      row,
      entry.nickname === null ? ABSENT : this.#name(this.nicknames, entry.nickname, null, null),
    )
    this.title.set(row, entry.title === null ? ABSENT : this.#title(entry.title))
    this.tail.set(row, tailOf(digitsOf(entry)))
    this.loginBits.set(row, traits.bits)
    this.loginHeads.set(row, traits.heads)
    this.loginFirst.set(row, traits.first)
    this.mailBits.set(
      row,
      mails.reduce((bits, local) => bits | traitsOf(local).bits, 0),
    )
  }

  remove(row: number): void {
    const { entries } = this
    const last = this.count - 1
    const [gone, moved] = [entries[row], entries[last]]
    if (!gone || !moved) return
    this.#leave(this.names, this.name, row)
    this.#leave(this.nicknames, this.nickname, row)
    this.#leave(this.titles, this.title, row)
    for (const { title } of this.heldTitles[row] ?? []) this.titles.leave(title)
    this.#rows.delete(gone.id)
    if (row !== last) this.#rows.set(moved.id, row)
    for (const column of [entries, this.logins, this.keys, this.mails, this.heldTitles]) takeLast(column, row)
    for (const column of this.#columns()) column.set(row, column.data[last] ?? ABSENT)
  }

  #columns(): readonly Ints[] {
    const { place, name, nickname, title, tail, mailBits } = this
    const { nameBits, nameWide, nameHeads, nameFirst, loginBits, loginHeads, loginFirst } = this
    const numbers = [place, name, nickname, title, tail]
    return [...numbers, mailBits, nameBits, nameWide, nameHeads, nameFirst, loginBits, loginHeads, loginFirst]
  }

  #leave(names: Names, column: Ints, row: number): void {
    const number = column.data[row] ?? ABSENT
    if (number !== ABSENT) names.leave(number)
  }

  #heldTitles({ memberships }: Staff): readonly HeldTitle[] | null {
    const held = memberships.flatMap(({ departmentId, title }) =>
      title === null ? [] : [{ departmentId, title: this.#title(title) }],
    )
    return held.length === 0 ? null : held
  }

  #title(title: string): number {
    return this.titles.take(title, () => {
      const text = fold(title)
      return { text, spellings: [], ...traitsOf(text) }
    })
  }

  #name(names: Names, name: string, pinyin: string | null, initials: string | null): number {
    const key = [name, pinyin, initials].join('\0')
    return names.take(key, () => nameOf(name, pinyin, initials, this.#readings))
  }
}

/** A name with its sounds: what it begins with may be any reading of its first character. */
export function nameOf(name: string, pinyin: string | null, initials: string | null, readings: Readings) {
  const text = fold(name)
  const spellings = spellingsOf(text, pinyin, initials, readings)
  let { bits, wide, heads, first } = traitsOf(text)
  for (const spelling of spellings) {
    bits |= spelling.bits
    heads |= spelling.heads
    first |= spelling.first
  }
  return { text, spellings, bits, wide, heads, first }
}

/** Of the mobile number; empty where there is none. */
export function digitsOf({ mobile }: Staff): string {
  return mobile?.normalize('NFKC').replace(/\D+/g, '') ?? ''
}

/** The last digits as a number, to be compared quickly. */
export function tailOf(digits: string): number {
  return digits === '' ? ABSENT : Number(digits.slice(-TAIL_DIGITS))
}

function localOf(mail: string): string {
  return (addressOf(mail) ?? fold(mail)).replace(/@.*$/, '')
}

function takeLast(column: unknown[], row: number): void {
  const last = column.pop()
  if (row < column.length) column[row] = last
}
