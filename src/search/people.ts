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
  readonly #columns: Ints[] = []
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
  readonly place = this.#column()
  readonly name = this.#column()
  readonly nickname = this.#column()
  readonly title = this.#column()
  readonly tail = this.#column()
  readonly nameBits = this.#column()
  /** As it is written only. */
  readonly nameTextBits = this.#column()
  readonly nameWide = this.#column()
  readonly nameHeads = this.#column()
  readonly nameFirst = this.#column()
  readonly loginBits = this.#column()
  readonly loginHeads = this.#column()
  readonly loginFirst = this.#column()
  readonly mailBits = this.#column()
  /** Of all texts together: for those who may see all of them. */
  readonly allBits = this.#column()
  readonly allWide = this.#column()
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
    this.nameTextBits.set(row, sounds?.textBits ?? 0)
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
    const mailBits = mails.reduce((bits, local) => bits | traitsOf(local).bits, 0)
    this.mailBits.set(row, mailBits)
    const held = this.heldTitles[row] ?? []
    const others = [
      this.nicknames.at(this.nickname.data[row] ?? ABSENT),
      this.titles.at(this.title.data[row] ?? ABSENT),
      ...held.map(({ title }) => this.titles.at(title)),
    ]
    const written = [traits, ...mails.map(traitsOf), sounds, ...others]
    this.allBits.set(
      row,
      written.reduce((bits, text) => bits | (text?.bits ?? 0), 0),
    )
    this.allWide.set(
      row,
      written.reduce((bits, text) => bits | (text?.wide ?? 0), 0),
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
    for (const column of this.#columns) column.set(row, column.data[last] ?? ABSENT)
  }

  #column(): Ints {
    const column = new Ints()
    this.#columns.push(column)
    return column
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
      const { bits, wide, heads, first } = traitsOf(text)
      return { text, textBits: bits, spellings: [], bits, wide, heads, first }
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
  const traits = traitsOf(text)
  let { bits, heads, first } = traits
  for (const spelling of spellings) {
    bits |= spelling.bits
    heads |= spelling.heads
    first |= spelling.first
  }
  return { text, textBits: traits.bits, spellings, bits, wide: traits.wide, heads, first }
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
