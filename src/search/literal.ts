import { EXACT, INSIDE, NONE, PREFIX, WORD, type Kind } from './kind.ts'
import { bitOf, bitsOf, startsWithHan } from './text.ts'

/** A folded text that is looked into as it is written, with what tells quickly that something is not in it. */
export interface Literal {
  readonly text: string
  readonly bits: number
  /** The bits of the first characters of its words but the first. */
  readonly heads: number
}

/** What is looked for in a literal. */
export interface Needle {
  readonly text: string
  readonly bits: number
  readonly head: number
  /** Behind a space: the start of a word. */
  readonly spaced: string
  readonly isHan: boolean
  /** A single letter or digit says nothing in the middle of a word (F3). */
  readonly isTiny: boolean
}

export function literalOf(folded: string): Literal {
  let heads = 0
  for (let at = folded.indexOf(' '); at !== -1; at = folded.indexOf(' ', at + 1))
    heads |= bitOf(folded.charCodeAt(at + 1))
  return { text: folded, bits: bitsOf(folded), heads }
}

export function needleOf(folded: string): Needle {
  return {
    text: folded,
    bits: bitsOf(folded),
    head: bitOf(folded.charCodeAt(0)),
    spaced: ` ${folded}`,
    isHan: startsWithHan(folded),
    isTiny: /^[ -~]$/.test(folded),
  }
}

/** How a text matches as it is written (F3). */
export function literalKind(literal: Literal, needle: Needle): Kind {
  if ((literal.bits & needle.bits) !== needle.bits) return NONE
  const { text } = literal
  if (text.startsWith(needle.text)) return text.length === needle.text.length ? EXACT : PREFIX
  if (needle.isHan) return text.includes(needle.text) ? WORD : NONE
  if ((literal.heads & needle.head) !== 0 && text.includes(needle.spaced)) return WORD
  return !needle.isTiny && text.includes(needle.text) ? INSIDE : NONE
}
