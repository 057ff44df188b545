import { EXACT, INSIDE, NONE, PREFIX, WORD, type Kind } from './kind.ts'
import { bitOf, bitsOf, startsWithHan, wideBitsOf, wordsOf } from './text.ts'

/** What is looked for in folded texts, as it is written. */
export interface Needle {
  readonly text: string
  /** Behind a space: the start of a word. */
  readonly spaced: string
  readonly isHan: boolean
  /** A single letter or digit says nothing in the middle of a word (F3). */
  readonly isTiny: boolean
}

export function needleOf(folded: string): Needle {
  const isTiny = /^[ -~]$/.test(folded)
  return { text: folded, spaced: ` ${folded}`, isHan: startsWithHan(folded), isTiny }
}

/** How a folded text matches as it is written (F3). */
export function literalKind(text: string, needle: Needle): Kind {
  const at = text.indexOf(needle.text)
  if (at === -1) return NONE
  if (at === 0) return text.length === needle.text.length ? EXACT : PREFIX
  if (needle.isHan || text.includes(needle.spaced)) return WORD
  return needle.isTiny ? NONE : INSIDE
}

/** The bits of the first character of each word; Han characters are words. */
function headsOf(folded: string): number {
  let heads = 0
  for (const word of wordsOf(folded)) heads |= bitOf(word.charCodeAt(0))
  return heads
}

/** What tells quickly that something is not in a text, or not at its start: kept in columns, so that few texts are read. */
export interface Traits {
  /** Of everything that stands in it, or that it sounds like. */
  readonly bits: number
  /** Of what stands in it of wide scripts. */
  readonly wide: number
  /** Of what its words begin with. */
  readonly heads: number
  /** Of what it begins with itself. */
  readonly first: number
}

export function traitsOf(folded: string): Traits {
  return {
    bits: bitsOf(folded),
    wide: wideBitsOf(folded),
    heads: headsOf(folded),
    first: folded === '' ? 0 : bitOf(folded.charCodeAt(0)),
  }
}
