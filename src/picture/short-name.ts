import { normaliseText } from '../model/text.ts'

/** What a person sees as one character may be written with more; a longer pile is cut to the character it stands on. */
const LONGEST = 16
const BRACKETED = /\([^()]*\)|（[^（）]*）|\[[^[\]]*\]|【[^【】]*】/gu
/** A name in Han, from where it begins: parts of one name are held together by spaces and middle dots. */
const HAN_NAME = /(?:\p{Script=Han}\p{M}*[\s·•‧・]*)+/u
const HAN = /^\p{Script=Han}/u
const SHOWN = /^[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}]/u

/**
 * The characters that stand for a name, as DingTalk does it: the last two of a Han name, the first two of any other; fewer
 * when there are no more, none when nothing can be shown. Han goes before what stands beside it, and what stands outside
 * of brackets before what is in them: "王小明 (Leo)" and "Leo 王小明" are 小明. Spaces and signs are left out. Letters
 * stay as written: "Leo Wang" is Le, neither LE nor LW. Characters are those that people see (grapheme clusters).
 */
export function shortName(name: string): string {
  const text = normaliseText(name)
  const outside = text.replace(BRACKETED, ' ')
  return shortened(outside) || shortened(text)
}

function shortened(text: string): string {
  const han = HAN_NAME.exec(text)?.[0]
  if (han === undefined) return charactersOf(text, SHOWN).slice(0, 2).join('')
  return charactersOf(han, HAN).slice(-2).join('')
}

function charactersOf(text: string, wanted: RegExp): string[] {
  return [...new Intl.Segmenter('en').segment(text)]
    .map(({ segment }) => segment)
    .filter((c) => wanted.test(c))
    .map((c) => (c.length <= LONGEST ? c : String.fromCodePoint(c.codePointAt(0) ?? 0)))
}
