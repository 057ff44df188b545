/** Letters that no decomposition takes apart. */
const LETTERS: Readonly<Record<string, string>> = {
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
const SPECIAL = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu')
const APOSTROPHES = /['’‘ʼ`´]/gu
const SEPARATORS = /[\p{P}\p{Z}\p{C}]+/gu
/** A Han character is a word by itself; beside other letters it begins a new one. */
const BORDERS = /(?<=\p{Script=Han})(?=[^\s\p{Script=Han}])|(?<=[^\s\p{Script=Han}])(?=\p{Script=Han})/gu
const HAN = /^\p{Script=Han}/u

/**
 * The form in which texts are compared (F2): without case, widths and marks (é is e), apostrophes left out, words apart by one
 * space. Linear in the length of the text.
 */
export function fold(text: string): string {
  if (/^[a-z0-9]*$/.test(text)) return text
  return text
    .replace(APOSTROPHES, '')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
    .replace(SPECIAL, (letter) => LETTERS[letter] ?? letter)
    .replace(SEPARATORS, ' ')
    .replace(BORDERS, ' ')
    .trim()
}

export function startsWithHan(text: string): boolean {
  return HAN.test(text)
}

/** The words of a folded text, Han characters one by one. */
export function wordsOf(folded: string): string[] {
  return folded.match(/\p{Script=Han}|[^\s\p{Script=Han}]+/gu) ?? []
}

const WIDE = 1 << 26
/** Han, kana, hangul, and all that takes two code units. */
const FIRST_WIDE = 0x2e80

/** A bit for a code unit: letters have one each, those of wide scripts share one, all others five. */
export function bitOf(unit: number): number {
  if (unit >= 0x61 && unit <= 0x7a) return 1 << (unit - 0x61)
  if (unit >= FIRST_WIDE) return WIDE
  return 1 << (27 + (unit % 5))
}

/** The bits of all that stands in a text but spaces: a text that lacks one of another's bits does not contain it. */
export function bitsOf(text: string): number {
  let bits = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit !== 0x20) bits |= bitOf(unit)
  }
  return bits
}

/** The same of what is of wide scripts only, of which names hold few and there are many: 32 bits of its own. */
export function wideBitsOf(text: string): number {
  let bits = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= FIRST_WIDE) bits |= 1 << (unit & 31)
  }
  return bits
}
