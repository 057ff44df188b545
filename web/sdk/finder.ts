import type { DepartmentRow, StaffRow } from './contract.ts'
import type { Rows } from './copy.ts'
import type { RowChange } from './keeper.ts'
import { compareText } from './order.ts'

/** How well a text matches, best first. */
const EXACT = 0
const PREFIX = 1
const WORD = 2
const INSIDE = 3
const NONE = 9

/** What of a row is looked at: its fields folded, a line each, the most telling first and a number last; and the same without spaces. */
interface Folded {
  readonly lines: string
  readonly run: string
}

export type Hit =
  | { readonly category: 'STAFF'; readonly row: StaffRow }
  | { readonly category: 'DEPARTMENT'; readonly row: DepartmentRow }

/**
 * Finds people and departments in a copy, without a server: by names, nicknames, logins, mail addresses, titles, the pinyin
 * and initials that rows carry (with or without spaces, from any syllable on), and the end of a mobile number. The server's
 * own search knows more readings (F4); what is found here it finds too.
 */
export class Finder {
  readonly #rows: Pick<Rows, 'departments' | 'staff'>
  readonly #folded = new Map<string, Folded>()

  constructor(rows: Pick<Rows, 'departments' | 'staff'>) {
    this.#rows = rows
  }

  /** Forgets what it has made of rows that are others now. */
  apply(changes: readonly RowChange[]): void {
    for (const { id } of changes) this.#folded.delete(id)
  }

  /** The best `first` hits: by how well they match, then by what matches, people before departments, then by name and id. */
  search(query: string, first: number): Hit[] {
    const wanted = wantedOf(query)
    if (wanted.text === '') return []
    const hits: { readonly hit: Hit; readonly rank: number }[] = []
    for (const row of this.#rows.staff.values()) {
      const rank = rankOf(
        wanted,
        this.#foldedOf(row.id, () => staffLines(row)),
      )
      if (rank < NONE) hits.push({ hit: { category: 'STAFF', row }, rank })
    }
    for (const row of this.#rows.departments.values()) {
      const rank = rankOf(
        wanted,
        this.#foldedOf(row.id, () => `${linesOf([row.name])}\n`),
      )
      if (rank < NONE) hits.push({ hit: { category: 'DEPARTMENT', row }, rank })
    }
    hits.sort((a, b) => a.rank - b.rank || compareHits(a.hit, b.hit))
    return hits.slice(0, first).map(({ hit }) => hit)
  }

  /** Made when it is first looked at, and kept. */
  #foldedOf(id: string, make: () => string): Folded {
    const known = this.#folded.get(id)
    if (known) return known
    const lines = make()
    const folded = { lines, run: lines.replaceAll(' ', '') }
    this.#folded.set(id, folded)
    return folded
  }
}

/**
 * How texts are compared: without accents and case, one space between words, a border between Han and everything else. Lines
 * stay lines.
 */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}|['’]/gu, '')
    .replaceAll(/\p{Script=Han}+/gu, ' $& ')
    .replaceAll(/[^\p{L}\p{N}@\n]+/gu, ' ')
    .replaceAll(/^ | $/gm, '')
}

function linesOf(texts: readonly (string | null)[]): string {
  return fold(texts.map((text) => text?.replaceAll('\n', ' ') ?? '').join('\n'))
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

/** How well the best field matches, with the place of that field behind the point: smaller is better. */
function rankOf(wanted: Wanted, { lines, run }: Folded): number {
  // Whatever matches contains it: most rows are over with here.
  if (!run.includes(wanted.run)) return NONE
  const fields = lines.split('\n')
  const number = fields.pop() ?? ''
  let best = NONE
  for (const [place, text] of fields.entries()) {
    const match = matchText(wanted, text)
    if (match < NONE) best = Math.min(best, match + place / 100)
  }
  if (!wanted.isNumber || !number.endsWith(wanted.run)) return best
  return Math.min(best, (number === wanted.run ? EXACT : WORD) + fields.length / 100)
}

/** From the start of a word on, spaces left out on both sides; or anywhere inside, when it is more than one character. */
function matchText({ text: wanted, run }: Wanted, text: string): number {
  if (text.length < run.length) return NONE
  for (let at = 0; at >= 0; at = nextWord(text, at)) {
    const end = endOfRun(text, at, run)
    if (end >= 0) return at > 0 ? WORD : end === text.length ? EXACT : PREFIX
  }
  return wanted.length > 1 && text.includes(wanted) ? INSIDE : NONE
}

function nextWord(text: string, at: number): number {
  const space = text.indexOf(' ', at)
  return space < 0 ? -1 : space + 1
}

/** Where a run ends that begins here, spaces in between passed over; -1 when none does. */
function endOfRun(text: string, start: number, run: string): number {
  let at = start
  for (let i = 0; i < run.length; i++, at++) {
    if (text[at] === ' ') at++
    if (text[at] !== run[i]) return -1
  }
  return at
}

function compareHits(a: Hit, b: Hit): number {
  if (a.category !== b.category) return a.category === 'STAFF' ? -1 : 1
  return compareText(a.row.name, b.row.name) || compareText(a.row.id, b.row.id)
}
