import { pinyin } from 'pinyin-pro'
import type { DepartmentRow, StaffRow } from '../../src/access/row.ts'
import type { Entry } from '../../src/model/entry.ts'
import { oracleView } from './oracle.ts'

/**
 * Rules F1-F7 of schema/SYNC.md read literally, over the rows that a person sees: slow, obvious, and sharing no code with
 * src. Ids of what a search finds, best first.
 */
export function oracleSearch(
  entries: readonly Entry[],
  viewerId: string,
  query: string,
  first: number,
  only: 'staff' | 'department' | null = null,
): string[] {
  const { departments, staff } = oracleView(entries, viewerId)
  const viewer = entries.find((entry) => entry.kind === 'staff' && entry.id === viewerId)
  const own = viewer?.kind === 'staff' ? viewer.memberships.map((m) => m.departmentId) : []
  const words = fold(query).split(' ').filter(Boolean)
  if (words.length === 0) return []
  const found = []
  for (const row of only === 'department' ? [] : staff.values()) {
    const rank = rankBy(query, (part, isWhole) => staffRank(row, departments, part, isWhole))
    // F1: only memberships that the row shows.
    const isOwn = row.memberships.some((m) => own.includes(m.departmentId))
    if (rank < Infinity) found.push({ row, order: [rank, 0, isOwn ? 0 : 1] })
  }
  for (const row of only === 'staff' ? [] : departments.values()) {
    const rank = rankBy(query, (part) => nameRank(row.name, null, null, part, 0))
    if (rank < Infinity) found.push({ row, order: [rank, 1, 1] })
  }
  // F7.
  const text = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  found.sort((a, b) => {
    const [x, y] = [a.order, b.order]
    const differs = x.findIndex((value, i) => value !== y[i])
    if (differs >= 0) return (x[differs] ?? 0) - (y[differs] ?? 0)
    return text(a.row.name, b.row.name) || text(a.row.id, b.row.id)
  })
  return found.slice(0, first).map(({ row }) => row.id)
}

/** F6: the whole as it stands, or the worst of its words. */
function rankBy(query: string, rankOf: (part: string, isWhole: boolean) => number): number {
  const words = [...new Set(fold(query).split(' '))]
  const isNumber = /^[0-9]{4,}$/.test(digitsOf(query))
  const apart =
    words.length > 8 || isNumber ? Infinity : Math.max(...words.map((word) => rankOf(word, false)))
  return Math.min(rankOf(query, true), apart)
}

const digitsOf = (part: string) => part.normalize('NFKC').replaceAll(/[\s\p{P}+]/gu, '')

const FIELDS = ['name', 'nickname', 'login', 'mail', 'sound', 'other sound', 'phone', 'title'] as const
const at = (kind: number, field: (typeof FIELDS)[number]) => kind * FIELDS.length + FIELDS.indexOf(field)

function staffRank(
  row: StaffRow,
  departments: ReadonlyMap<string, DepartmentRow>,
  part: string,
  isWhole: boolean,
): number {
  const ranks = [nameRank(row.name, row.pinyin, row.initials, part, at(0, 'name'))]
  if (row.nickname !== null) ranks.push(nameRank(row.nickname, null, null, part, at(0, 'nickname')))
  ranks.push(at(written(row.login, part), 'login'))
  for (const mail of row.email) {
    const [local = '', domain = ''] = mail.split('@')
    ranks.push(at(written(local, part), 'mail'))
    const [wantedLocal = '', wantedDomain] = part.split(/@(?=[^@]*$)/)
    if (!isWhole || wantedDomain === undefined || fold(wantedLocal) === '') continue
    const [whole, wanted] = [`${fold(local)}@${fold(domain)}`, `${fold(wantedLocal)}@${fold(wantedDomain)}`]
    if (whole.startsWith(wanted)) ranks.push(at(whole === wanted ? 0 : 1, 'mail'))
  }
  const digits = digitsOf(part)
  const number = (row.mobile ?? '').replace(/[^0-9]/g, '')
  if (/^[0-9]{4,}$/.test(digits) && number !== '') {
    const isTail = number.endsWith(digits) || (number.length >= 7 && digits.endsWith(number))
    if (isTail) ranks.push(at(number === digits ? 0 : 2, 'phone'))
  }
  for (const title of [row.title, ...row.memberships.map((m) => m.title)])
    if (title !== null) ranks.push(at(written(title, part), 'title'))
  const best = Math.min(...ranks)
  if (best < Infinity) return best
  // F5: by a department only where nothing else matches, and behind everything else.
  const around = row.memberships.map((m) => departments.get(m.departmentId)?.name ?? '')
  return 100 + Math.min(...around.map((name) => written(name, part)), Infinity)
}

function nameRank(
  name: string,
  sound: string | null,
  initials: string | null,
  part: string,
  field: number,
): number {
  const letters = fold(part).replaceAll(' ', '')
  const ranks = [written(name, part) * FIELDS.length + field]
  for (const syllables of spoken(name, sound, initials)) {
    ranks.push(at(heard(syllables, letters, 'first'), 'sound'))
    ranks.push(at(heard(syllables, letters, 'all'), 'other sound'))
  }
  return Math.min(...ranks)
}

/** F2. */
export function fold(text: string): string {
  const other: Record<string, string> = {
    ß: 'ss',
    æ: 'ae',
    œ: 'oe',
    ø: 'o',
    ł: 'l',
    đ: 'd',
    ð: 'd',
    þ: 'th',
    ı: 'i',
    ς: 'σ',
  }
  let folded = ''
  for (const c of text
    .replaceAll(/['’‘ʼ`´]/gu, '')
    .normalize('NFKD')
    .toLowerCase()) {
    if (/\p{M}/u.test(c)) continue
    const last = Array.from(folded).at(-1) ?? ' '
    if (/[\p{P}\p{Z}\p{C}]/u.test(c)) folded += ' '
    else if (last !== ' ' && isHan(last) !== isHan(c)) folded += ` ${other[c] ?? c}`
    else folded += other[c] ?? c
  }
  return folded.split(' ').filter(Boolean).join(' ')
}

const isHan = (c: string) => /\p{Script=Han}/u.test(c)

/** F3: 0 whole, 1 at the start, 2 at the start of a word, 3 inside, Infinity not at all. */
function written(text: string, part: string): number {
  const folded = fold(text)
  const kinds = [fold(part), fold(part).replaceAll(' ', '')].map((wanted) => {
    if (folded === wanted) return 0
    if (folded.startsWith(wanted)) return 1
    const places = Array.from({ length: folded.length }, (_, i) => i).filter((i) =>
      folded.startsWith(wanted, i),
    )
    if (places.some((i) => folded[i - 1] === ' ' || isHan(Array.from(wanted)[0] ?? ''))) return 2
    const isTiny = /^[!-~]$/.test(wanted)
    return places.length > 0 && !isTiny ? 3 : Infinity
  })
  return Math.min(...kinds)
}

interface Syllable {
  readonly han: string | null
  readonly first: readonly string[]
  readonly all: readonly string[]
}

const typed = (reading: string) =>
  reading.includes('ü') ? ['v', 'u', 'yu'].map((u) => reading.replace('ü', u)) : [reading]

function readingsOf(character: string): string[] {
  const found = pinyin(character, { multiple: true, toneType: 'none', type: 'array' })
  return found.filter((reading) => reading !== character)
}

function syllable(word: string, reading: string | null): Syllable {
  if (!isHan(word)) return { han: null, first: [word], all: [word] }
  const readings = readingsOf(word)
  const chosen = reading ?? readings[0]
  const first = chosen === undefined ? [] : typed(chosen)
  return { han: word, first, all: [...first, ...readings.flatMap(typed)] }
}

/** F4: the syllables of a name, and those of what somebody has written instead. */
function spoken(name: string, sound: string | null, initials: string | null): Syllable[][] {
  const wordsOf = (text: string) =>
    fold(text)
      .split(' ')
      .flatMap((word) => (isHan(Array.from(word)[0] ?? '') ? Array.from(word) : [word]))
      .filter(Boolean)
  const words = wordsOf(name)
  if (words.length === 0) return []
  const given = sound === null ? [] : wordsOf(sound)
  const laid = given.length === 0 ? null : (eachByEach(words, given) ?? together(words, given.join('')))
  const own = laid ?? words.map((word) => syllable(word, null))
  const result = [own]
  if (laid === null && given.length > 0) result.push(given.map((word) => syllable(word, null)))
  const short = fold(initials ?? '').replaceAll(' ', '')
  if (short !== '') result.push(Array.from(short).map((letter) => syllable(letter, null)))
  return result
}

function eachByEach(words: readonly string[], given: readonly string[]): Syllable[] | null {
  if (words.length !== given.length) return null
  if (words.some((word, i) => !isHan(word) && word !== given[i])) return null
  return words.map((word, i) => {
    const written = given[i] ?? ''
    return syllable(
      word,
      isHan(word) ? (readingsOf(word).find((r) => typed(r).includes(written)) ?? written) : null,
    )
  })
}

/** The first of all combinations of readings that are written like this. */
function together(words: readonly string[], letters: string): Syllable[] | null {
  const [word, ...rest] = words
  if (word === undefined) return letters === '' ? [] : null
  for (const reading of isHan(word) ? readingsOf(word) : [word]) {
    for (const text of typed(reading)) {
      const after = letters.startsWith(text) ? together(rest, letters.slice(text.length)) : null
      if (after) return [syllable(word, isHan(word) ? reading : null), ...after]
    }
  }
  return null
}

/** F4: the best way to read the letters. */
function heard(syllables: readonly Syllable[], letters: string, which: 'first' | 'all'): number {
  const from = (i: number, rest: string): number => {
    const here = syllables[i]
    if (!here) return Infinity
    const ways = here[which].flatMap((s) => [s, s.slice(0, 1), ...(/^[zcs]h/.test(s) ? [s.slice(0, 2)] : [])])
    const kinds = [...ways, ...(here.han === null ? [] : [here.han])]
      .filter((way) => rest.startsWith(way))
      .map((way) => {
        if (way.length < rest.length) return from(i + 1, rest.slice(way.length))
        const isInitial = syllables.length === 1 && ![here.han, ...here[which]].includes(way)
        return i === syllables.length - 1 && !isInitial ? 0 : 1
      })
    const isBeginning = here[which].some((s) => s.startsWith(rest))
    return Math.min(...kinds, isBeginning ? 1 : Infinity)
  }
  return Math.min(
    from(0, letters),
    ...syllables.slice(1).map((_, i) => (from(i + 1, letters) < Infinity ? 2 : Infinity)),
  )
}
