import { needleOf, type Needle } from './literal.ts'
import { SoundMatcher } from './spelling.ts'
import { bitOf, bitsOf, fold, wideBitsOf } from './text.ts'

/** More words than this are only looked for as one phrase. */
export const MAX_WORDS = 8
/** Fewer digits are no telephone number (F5). */
const MIN_DIGITS = 4
/** A number without its country is not shorter. */
const WHOLE_NUMBER = 7

/** One thing that has to match some field: the whole query, or one of its words. */
export interface Wanted {
  /** As it is written; of a phrase also without spaces. */
  readonly needles: readonly Needle[]
  /** Of its letters. */
  readonly length: number
  /** Without spaces, by sound. */
  readonly sound: SoundMatcher
  readonly bits: number
  readonly wide: number
  readonly head: number
  /** Whether it may stand in the middle of a word. */
  readonly isInside: boolean
  /** Set when nothing but a telephone number is meant. */
  readonly digits: string | null
  /** Set when it looks like a mail address, the parts folded. */
  readonly address: string | null
  /** The bits of what stands before its @. */
  readonly addressBits: number
}

/** What somebody looks for: all of it as one phrase, or each of its words (F6). */
export interface Query {
  readonly phrase: Wanted
  /** Empty where there is but one. */
  readonly words: readonly Wanted[]
}

/** Null: nothing to look for. */
export function parseQuery(text: string): Query | null {
  const folded = fold(text)
  if (folded === '') return null
  const words = [...new Set(folded.split(' '))]
  const phrase = wanted(folded, digitsOf(text), addressOf(text))
  const isMany = folded.includes(' ') && words.length <= MAX_WORDS && phrase.digits === null
  return {
    phrase,
    words: isMany ? words.map((word) => wanted(word, digitsOf(word), null)).toSorted(rarestFirst) : [],
  }
}

/** All words have to match: those that few names have leave the fewest for the others. */
function rarestFirst(a: Wanted, b: Wanted): number {
  return Number(b.wide !== 0) - Number(a.wide !== 0) || b.length - a.length
}

// Written out: the engine takes objects that were spread for each of a kind of its own, and the loops that read them crawl.
function wanted(folded: string, digits: string | null, address: string | null): Wanted {
  const letters = folded.replaceAll(' ', '')
  const needles = [...new Set([folded, letters])].map(needleOf)
  return {
    needles,
    isInside: needles.some((needle) => !needle.isHan && !needle.isTiny),
    length: letters.length,
    sound: new SoundMatcher(letters),
    bits: bitsOf(letters),
    wide: wideBitsOf(letters),
    head: bitOf(letters.charCodeAt(0)),
    digits,
    address,
    addressBits: address === null ? 0 : bitsOf(address.replace(/@.*$/, '')),
  }
}

/** The digits of a text that holds nothing but digits and what people put between them; null when they are too few. */
function digitsOf(text: string): string | null {
  const digits = text.normalize('NFKC').replace(/[\s\p{P}+]+/gu, '')
  return /^\d+$/.test(digits) && digits.length >= MIN_DIGITS ? digits : null
}

/** A mail address in the form in which it is compared (F5): the parts folded, the @ between them. */
export function addressOf(text: string): string | null {
  const at = text.lastIndexOf('@')
  const local = fold(text.slice(0, Math.max(at, 0)))
  return at === -1 || local === '' ? null : `${local}@${fold(text.slice(at + 1))}`
}

/** Whether a number, digits only, ends in what is looked for, or is it without its country. */
export function isTail(number: string, digits: string): boolean {
  return number.endsWith(digits) || (number.length >= WHOLE_NUMBER && digits.endsWith(number))
}
