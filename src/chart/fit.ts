/** Characters that are about twice as wide as others, as those of Han and emoji are. */
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\p{Regional_Indicator}\u3000-\u303f\uff01-\uff60]/u
const CUT = '…'

/**
 * A text of at most so many columns, a wide character taking two; what is longer ends in "…", never within a character as
 * people see it. Fonts differ: it is about what fits.
 */
export function fitted(text: string, columns: number): string {
  if (text.length * 2 <= columns) return text
  let used = 0
  let cutAt = 0
  for (const { segment, index } of new Intl.Segmenter('en').segment(text)) {
    used += WIDE.test(segment) ? 2 : 1
    if (used > columns) return text.slice(0, cutAt).trimEnd() + CUT
    if (used < columns) cutAt = index + segment.length
  }
  return text
}
