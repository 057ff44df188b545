import type { DepartmentRow, StaffRow } from './contract.ts'
import type { Rows } from './copy.ts'
import type { RowChange } from './keeper.ts'
import { compareText, placeIn } from './order.ts'
import { inLaterSlices, inOneGo, inSlices } from './slices.ts'

/** How well a text matches, best first. */
const EXACT = 0
const PREFIX = 1
const WORD = 2
const INSIDE = 3
const NONE = 9
const LINE = 10
const SPACE = 32

/** After so many rows it may be the turn of something else: a fraction of a millisecond. */
const PIECE = 100
/** Changes that a search in slices begins anew for. */
const MOST_STARTS = 3

export type Hit =
  | { readonly category: 'STAFF'; readonly row: StaffRow }
  | { readonly category: 'DEPARTMENT'; readonly row: DepartmentRow }

/**
 * What of a row is looked at: its fields folded, a line each, the most telling first and a number last; and the same without
 * spaces and without the number, of which the end alone counts.
 */
interface Entry {
  readonly hit: Hit
  readonly lines: string
  readonly run: string
  /** The characters with which lines begin, and those with which words do, as `bitOf` has them. */
  readonly lineStarts: number
  readonly wordStarts: number
}

/**
 * Finds people and departments in a copy, without a server: by names, nicknames, logins, mail addresses, titles, the pinyin
 * and initials that rows carry (with or without spaces, from any syllable on), and the end of a mobile number. The server's
 * own search knows more readings (F4); what is found here it finds too.
 */
export class Finder {
  readonly #rows: Pick<Rows, 'departments' | 'staff'>
  /** By id; of all rows once it is whole. */
  readonly #entries = new Map<string, Entry>()
  #isWhole = false
  /** How often rows have changed. */
  #steps = 0
  /** What the last search has looked for, and all that contain it: of those alone is what contains more. */
  #last: { readonly run: string; readonly entries: readonly Entry[] } | null = null

  constructor(rows: Pick<Rows, 'departments' | 'staff'>) {
    this.#rows = rows
  }

  /** Takes in what has changed in the rows. */
  apply(changes: readonly RowChange[]): void {
    this.#last = null
    this.#steps++
    for (const change of changes) {
      const hit = hitOf(change)
      if (hit) this.#entries.set(change.id, entryOf(hit))
      else this.#entries.delete(change.id)
    }
  }

  /** Makes in slices what the first search would have to wait for. */
  async prepare(isWanted: () => boolean): Promise<void> {
    await inLaterSlices(this.#fill(), isWanted)
  }

  /** The best `first` hits: by how well they match, then by what matches, people before departments, then by name and id. */
  search(query: string, first: number): Hit[] {
    return inOneGo(this.#look(wantedOf(query), first))
  }

  /** The same in slices, as the rows are at the end; null once it is not wanted any more. */
  async seek(query: string, first: number, isWanted: () => boolean): Promise<Hit[] | null> {
    const wanted = wantedOf(query)
    for (let start = 0; start < MOST_STARTS; start++) {
      const steps = this.#steps
      const hits = await inSlices(this.#look(wanted, first), () => isWanted() && steps === this.#steps)
      if (hits || !isWanted()) return hits
    }
    return inOneGo(this.#look(wanted, first))
  }

  *#look(wanted: Wanted, first: number): Generator<void, Hit[]> {
    const { text, run, isNumber } = wanted
    if (text === '') return []
    if (!this.#isWhole) yield* this.#fill()
    const best = new Best(first)
    const bit = bitOf(run.charCodeAt(0))
    // Nearly every row contains it: those with a word that begins so are looked at, and no list is made to go on from.
    const isLetter = text.length === 1
    // Who ends with a number need not end with what it begins with.
    const isNarrower = !isNumber && this.#last !== null && run.startsWith(this.#last.run)
    const containing: Entry[] = []
    let done = 0
    for (const entry of isNarrower && this.#last ? this.#last.entries : this.#entries.values()) {
      if (++done % PIECE === 0) yield
      if (!isLetter) {
        // Whatever matches contains it: most rows are over with here.
        if (!entry.run.includes(run) && !(isNumber && entry.lines.endsWith(run))) continue
        containing.push(entry)
      }
      const { worst } = best
      const starts = worst < WORD ? entry.lineStarts : isLetter || worst < INSIDE ? entry.wordStarts : bit
      if ((starts & bit) !== 0 || isNumber) best.add(entry.hit, rankOf(wanted, entry.lines, worst))
    }
    if (!isLetter) this.#last = { run, entries: containing }
    return best.hits
  }

  /** All entries that are not there yet. */
  *#fill(): Generator<void, void> {
    let done = 0
    for (const hit of this.#hits()) {
      if (!this.#entries.has(hit.row.id)) this.#entries.set(hit.row.id, entryOf(hit))
      if (++done % PIECE === 0) yield
    }
    this.#isWhole = true
  }

  *#hits(): Iterable<Hit> {
    for (const row of this.#rows.staff.values()) yield { category: 'STAFF', row }
    for (const row of this.#rows.departments.values()) yield { category: 'DEPARTMENT', row }
  }
}

function hitOf({ category, after }: RowChange): Hit | null {
  switch (category) {
    case 'STAFF':
      return after && { category, row: after }
    case 'DEPARTMENT':
      return after && { category, row: after }
  }
}

function entryOf(hit: Hit): Entry {
  const lines = hit.category === 'STAFF' ? staffLines(hit.row) : `${linesOf([hit.row.name])}\n`
  let [lineStarts, wordStarts] = [0, 0]
  for (let i = 0, before = LINE; i < lines.length; i++) {
    const at = lines.charCodeAt(i)
    if (before === LINE) lineStarts |= bitOf(at)
    if (before === LINE || before === SPACE) wordStarts |= bitOf(at)
    before = at
  }
  const run = lines.slice(0, lines.lastIndexOf('\n')).replaceAll(' ', '')
  return { hit, lines, run, lineStarts, wordStarts }
}

/** One of 32 bits for a character; characters may share one. */
function bitOf(at: number): number {
  return 1 << (at % 32)
}

interface Ranked {
  readonly hit: Hit
  readonly rank: number
}

/** The best of many, in order, without sorting the many. */
class Best {
  readonly #most: number
  readonly #ranked: Ranked[] = []

  constructor(most: number) {
    this.#most = most
  }

  get hits(): Hit[] {
    return this.#ranked.map(({ hit }) => hit)
  }

  /** A hit of a rank above this one is none of the best. */
  get worst(): number {
    return this.#ranked[this.#most - 1]?.rank ?? NONE
  }

  add(hit: Hit, rank: number): void {
    if (rank >= NONE || rank > this.worst) return
    const ranked: Ranked = { hit, rank }
    const last = this.#ranked[this.#most - 1]
    if (this.#most === 0 || (last && compareRanked(ranked, last) > 0)) return
    this.#ranked.splice(placeIn(this.#ranked, ranked, compareRanked), 0, ranked)
    if (this.#ranked.length > this.#most) this.#ranked.pop()
  }
}

/**
 * How texts are compared: without accents and case, one space between words, a border between Han and everything else. Lines
 * stay lines.
 */
export function fold(text: string): string {
  // Most texts are such, and these ways take a fraction of the last one.
  if (PLAIN.test(text)) return text
  if (ASCII.test(text))
    return text
      .toLowerCase()
      .replaceAll("'", '')
      .replaceAll(/[^a-z0-9@\n]+/g, ' ')
      .replaceAll(/^ | $/gm, '')
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}|['’]/gu, '')
    .replaceAll(/\p{Script=Han}+/gu, ' $& ')
    .replaceAll(/[^\p{L}\p{N}@\n]+/gu, ' ')
    .replaceAll(/^ | $/gm, '')
}

/** As they come out: lower case or digits in words, or Han alone. */
const PLAIN = /^(?:[a-z0-9]+(?: [a-z0-9]+)*|[\u4e00-\u9fff]+)?$/
// oxlint-disable-next-line no-control-regex
const ASCII = /^[\x00-\x7f]*$/

function linesOf(texts: readonly (string | null)[]): string {
  return texts.map((text) => (text === null ? '' : fold(text.replaceAll('\n', ' ')))).join('\n')
}

function staffLines(row: StaffRow): string {
  const { name, nickname, login, email, pinyin, initials, title, mobile } = row
  const texts = linesOf([name, nickname, login, ...email, pinyin, initials, title])
  return `${texts}\n${(mobile ?? '').replaceAll(/\D/g, '')}`
}

interface Wanted {
  readonly text: string
  /** Typed without spaces it is wanted too. */
  readonly run: string
  readonly isNumber: boolean
}

function wantedOf(query: string): Wanted {
  const text = fold(query)
  const run = text.replaceAll(' ', '')
  return { text, run, isNumber: /^\d{4,}$/.test(run) }
}

/** How well the best field matches, with the place of that field behind the point: smaller is better. Above `worst` it may be more. */
function rankOf(wanted: Wanted, lines: string, worst: number): number {
  const lastLine = lines.lastIndexOf('\n') + 1
  let best = NONE
  let place = 0
  for (let start = 0; start < lastLine; place++) {
    const end = lines.indexOf('\n', start)
    const match = matchText(wanted, lines, start, end, worst)
    if (match < NONE) best = Math.min(best, match + place / 100)
    start = end + 1
  }
  if (!wanted.isNumber || !lines.endsWith(wanted.run)) return best
  const digits = lines.length - lastLine
  if (digits < wanted.run.length) return best
  return Math.min(best, (digits === wanted.run.length ? EXACT : WORD) + place / 100)
}

/** Of one line, from the start of a word on, spaces left out on both sides; or anywhere inside, when it is more than one character. */
function matchText(
  { text: wanted, run }: Wanted,
  lines: string,
  start: number,
  end: number,
  worst: number,
): number {
  if (end - start < run.length) return NONE
  for (let at = start; at >= start; at = nextWord(lines, at, end)) {
    const stop = endOfRun(lines, at, end, run)
    if (stop >= 0) return at > start ? WORD : stop === end ? EXACT : PREFIX
    if (worst < WORD) return NONE
  }
  if (wanted.length <= 1 || worst < INSIDE) return NONE
  const inside = lines.indexOf(wanted, start)
  return inside >= 0 && inside + wanted.length <= end ? INSIDE : NONE
}

function nextWord(lines: string, at: number, end: number): number {
  for (let i = at; i < end; i++) if (lines.charCodeAt(i) === SPACE) return i + 1
  return -1
}

/** Where a run ends that begins here, spaces in between passed over; -1 when none does. */
function endOfRun(lines: string, start: number, end: number, run: string): number {
  let at = start
  for (let i = 0; i < run.length; i++, at++) {
    if (lines.charCodeAt(at) === SPACE) at++
    if (at >= end || lines.charCodeAt(at) !== run.charCodeAt(i)) return -1
  }
  return at
}

function compareRanked(a: Ranked, b: Ranked): number {
  return a.rank - b.rank || compareHits(a.hit, b.hit)
}

function compareHits(a: Hit, b: Hit): number {
  if (a.category !== b.category) return a.category === 'STAFF' ? -1 : 1
  return compareText(a.row.name, b.row.name) || compareText(a.row.id, b.row.id)
}
