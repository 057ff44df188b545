/**
 * One function for every text that people type, whichever way it came: API, LDAP, files (T19). What a screen would not show
 * or would show as something else goes: NUL and other controls, lone surrogates, direction overrides, zero-width
 * characters, and all but the first few of a pile of combining marks. What stays is composed (NFC), so that equal names are
 * equal strings. Linear in the length of the text.
 */

/** Most code units that a single-line text keeps. */
export const TEXT_LIMIT = 512
/** Most code units that a text of several lines keeps. */
export const LINES_LIMIT = 8192

/** Below this many in a row combining marks are a letter of some language. */
const MARKS = 8
const PILED_MARKS = new RegExp(`(\\p{M}{${MARKS}})\\p{M}+`, 'gu')
const LONE_SURROGATES = /\p{Cs}/gu
/** Direction controls, and zero-width characters but for the joiners that Persian, Indic scripts and emoji need. */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/gu
const NON_CHARACTERS = /[\ufdd0-\ufdef\ufffe\uffff]/gu

/** A single line: runs of spaces and line breaks become one space, none is left at the ends. */
export function normaliseText(text: string, limit: number = TEXT_LIMIT): string {
  return cut(clean(bounded(text, limit)).replace(/\s+/gu, ' ').trim(), limit).trimEnd()
}

/** Several lines: line breaks become \n, spaces at the ends of the text go. */
export function normaliseLines(text: string, limit: number = LINES_LIMIT): string {
  return cut(
    clean(bounded(text, limit))
      .replace(/\r\n?|[\u2028\u2029]/gu, '\n')
      .trim(),
    limit,
  ).trimEnd()
}

/** Equal for all spellings of one login (T90): case, widths, spaces at the ends and what no screen shows do not count. */
export function loginKey(login: string): string {
  return normaliseText(login, 256).normalize('NFKC').toLowerCase()
}

/** Composing can shorten a text, never to a fourth; what is longer than that need not be looked at. */
function bounded(text: string, limit: number): string {
  return text.length > limit * 4 ? text.slice(0, limit * 4) : text
}

function clean(text: string): string {
  if (/^[ -~]*$/.test(text)) return text
  return text
    .replace(LONE_SURROGATES, '')
    .replace(INVISIBLE, '')
    .replace(CONTROLS, '')
    .replace(NON_CHARACTERS, '')
    .replace(PILED_MARKS, '$1')
    .normalize('NFC')
}

/** Never in the middle of a character. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const end = /[\ud800-\udbff]/.test(text.charAt(limit - 1)) ? limit - 1 : limit
  return text.slice(0, end)
}
