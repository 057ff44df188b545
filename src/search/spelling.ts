import { EXACT, NONE, PREFIX, WORD, type Kind } from './kind.ts'
import { spellings, type Readings, type Syllable } from './syllable.ts'
import { bitOf, bitsOf, fold, wordsOf } from './text.ts'

/** A name as it sounds (F4), with what tells quickly that something is not in it. */
export interface Spelling {
  readonly syllables: readonly Syllable[]
  readonly bits: number
  /** The bits with which its syllables begin. */
  readonly heads: number
  /** The bits with which the first of them begins. */
  readonly first: number
  /** Whether some character has another reading than the first. */
  readonly isPolyphonic: boolean
}

function spellingOf(syllables: readonly Syllable[]): Spelling {
  let [bits, heads, first] = [0, 0, 0]
  for (const [i, { text, all }] of syllables.entries()) {
    for (const spelling of [text, ...all]) {
      const head = bitOf(spelling.charCodeAt(0))
      bits |= bitsOf(spelling)
      heads |= head
      if (i === 0) first |= head
    }
  }
  const isPolyphonic = syllables.some((syllable) => syllable.first.length < syllable.all.length)
  return { syllables, bits, heads, first, isPolyphonic }
}

/** The ways in which a name sounds: as it is read, and as somebody has written that it sounds where this is something else. */
export function spellingsOf(
  folded: string,
  pinyin: string | null,
  initials: string | null,
  readings: Readings,
): Spelling[] {
  const words = wordsOf(folded)
  if (words.length === 0) return []
  const given = pinyin === null ? [] : wordsOf(fold(pinyin))
  const laid = given.length === 0 ? null : layOver(words, given, readings)
  const name = laid ?? words.map((word) => readings.syllable(word))
  const spelled = [spellingOf(name)]
  if (!laid && given.length > 0) spelled.push(spellingOf(given.map((word) => readings.syllable(word))))
  const short = initials === null ? '' : fold(initials).replaceAll(' ', '')
  if (short !== '' && !isSpelled(name, short))
    spelled.push(spellingOf(Array.from(short, (letter) => readings.syllable(letter))))
  return spelled
}

function isSpelled(name: readonly Syllable[], initials: string): boolean {
  return name.map(({ text, first }) => (first[0] ?? text).charAt(0)).join('') === initials
}

/** Gives each character the reading that the pinyin says; null when the two are not of one name. */
function layOver(words: readonly string[], given: readonly string[], readings: Readings): Syllable[] | null {
  return oneByOne(words, given, readings) ?? runTogether(words, given.join(''), readings)
}

function oneByOne(words: readonly string[], given: readonly string[], readings: Readings): Syllable[] | null {
  if (words.length !== given.length) return null
  const syllables: Syllable[] = []
  for (const [i, word] of words.entries()) {
    const written = given[i] ?? ''
    const syllable = readings.syllable(word)
    if (!syllable.isHan && word !== written) return null
    syllables.push(syllable.isHan ? readings.han(word, readingAs(written, word, readings)) : syllable)
  }
  return syllables
}

/** The reading of a character that is written like this; one of somebody's own where the dictionary has none. */
function readingAs(written: string, character: string, readings: Readings): string {
  return readings.of(character).find((reading) => spellings(reading).includes(written)) ?? written
}

/** For words that hold several characters, such as a given name: `Zeng Zihan`. */
function runTogether(words: readonly string[], letters: string, readings: Readings): Syllable[] | null {
  const failed = new Set<number>()
  const from = (i: number, at: number): Syllable[] | null => {
    const word = words[i]
    if (word === undefined) return at === letters.length ? [] : null
    const place = i * (letters.length + 1) + at
    if (failed.has(place)) return null
    for (const [syllable, spelled] of choices(word, readings)) {
      const rest = letters.startsWith(spelled, at) ? from(i + 1, at + spelled.length) : null
      if (rest) return [syllable, ...rest]
    }
    failed.add(place)
    return null
  }
  return from(0, 0)
}

/** What a word can be, and how it is written then. */
function choices(word: string, readings: Readings): (readonly [Syllable, string])[] {
  const plain = readings.syllable(word)
  if (!plain.isHan) return [[plain, word]]
  return readings.of(word).flatMap((reading) => {
    const syllable = readings.han(word, reading)
    return spellings(reading).map((spelled) => [syllable, spelled] as const)
  })
}

/**
 * How letters match names by their sound (F4): syllables in a row, each written as the character, as a whole reading or as its
 * initial; of the last one any beginning will do. EXACT: all syllables, the last one too, and not by the initial of an only one. In time proportional to the length
 * of a name times the length of the letters.
 */
export class SoundMatcher {
  readonly #letters: string
  /** How many of the letters may be used up before a syllable, and after it: sets of positions. */
  #here: Uint8Array
  #next: Uint8Array

  constructor(letters: string) {
    this.#letters = letters
    this.#here = new Uint8Array(letters.length + 1)
    this.#next = new Uint8Array(letters.length + 1)
  }

  /** `isWide`: by any reading of a character, not only the first. */
  kind({ syllables }: Spelling, isWide: boolean): Kind {
    if (this.#letters.length === 1) return this.#initial(syllables, isWide)
    const first = this.#run(syllables, isWide, true)
    return first !== NONE || syllables.length < 2 ? first : this.#run(syllables, isWide, false)
  }

  /** The same for one letter, which is asked most often, and finds most. */
  #initial(syllables: readonly Syllable[], isWide: boolean): Kind {
    const letter = this.#letters
    let at = -1
    for (let i = 0; i < syllables.length && at === -1; i++) {
      const syllable = syllables[i]
      if (syllable && begins(syllable, letter, isWide)) at = i
    }
    if (at !== 0) return at === -1 ? NONE : WORD
    return syllables.length === 1 && isWhole(syllables, 0, letter, isWide) ? EXACT : PREFIX
  }

  /** From the first syllable, or from any later one. */
  #run(syllables: readonly Syllable[], isWide: boolean, isFromFirst: boolean): Kind {
    const letters = this.#letters
    const end = letters.length
    const found = isFromFirst ? PREFIX : WORD
    let kind: Kind = NONE
    let isAlive = false
    for (let i = 0; i < syllables.length && (isAlive || i === 0 || !isFromFirst); i++) {
      const syllable = syllables[i]
      if (!syllable) break
      const here = this.#here
      const next = this.#next
      if (isFromFirst === (i === 0)) here[0] = 1
      const last = isAlive ? end : 1
      isAlive = false
      for (let at = 0; at < last; at++) {
        if (here[at] === 0) continue
        here[at] = 0
        const steps = step(syllable, letters, at, isWide, next)
        if ((steps & PARTLY) !== 0) kind = found
        if ((steps & ON) !== 0) isAlive = true
      }
      here[end] = 0
      if (next[end] === 1) kind = isFromFirst && isWhole(syllables, i, letters, isWide) ? EXACT : found
      this.#here = next
      this.#next = here
    }
    this.#here.fill(0)
    return kind
  }
}

function begins({ text, first, all }: Syllable, letter: string, isWide: boolean): boolean {
  if (text.startsWith(letter)) return true
  const spellings = isWide ? all : first
  for (let i = 0; i < spellings.length; i++) if (spellings[i]?.startsWith(letter)) return true
  return false
}

/** Whether letters that end with a syllable stand for the whole name; the initial of a single one does not. */
function isWhole(syllables: readonly Syllable[], i: number, letters: string, isWide: boolean): boolean {
  const [only] = syllables
  if (!only || syllables.length > 1) return i === syllables.length - 1
  return letters === only.text || (isWide ? only.all : only.first).includes(letters)
}

/** A syllable leads to some position. */
const ON = 1
/** The rest of the letters is the beginning of a syllable. */
const PARTLY = 2

/** Marks the positions to which a syllable leads. */
function step(
  { text, isHan, first, all }: Syllable,
  letters: string,
  at: number,
  isWide: boolean,
  next: Uint8Array,
): number {
  let steps = 0
  if (isHan && letters.startsWith(text, at)) {
    next[at + text.length] = 1
    steps = ON
  }
  const spellings = isWide ? all : first
  for (let i = 0; i < spellings.length; i++) {
    const spelled = spellings[i] ?? ''
    if (spelled.charCodeAt(0) !== letters.charCodeAt(at)) continue
    steps |= ON
    next[at + 1] = 1
    if (letters.charCodeAt(at + 1) === 0x68 && /^[zcs]h/.test(spelled)) next[at + 2] = 1
    if (letters.startsWith(spelled, at)) next[at + spelled.length] = 1
    else if (spelled.length > letters.length - at && spelled.startsWith(letters.slice(at))) steps |= PARTLY
  }
  return steps
}
