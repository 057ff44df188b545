/**
 * Sort keys between others: strings of the digits 0-9a-z, compared by code units as fractions are, so that to put
 * something into its place is one write. A key never ends in 0, so that there is always room before it.
 */
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'
const KEY = /^[0-9a-z]*[1-9a-z]$/
/** The digits that count up when things are put at an end, so that keys do not grow with every one. */
const HEAD = 4
const MIDDLE = 'i'
/** Longer keys are made anew for all siblings. */
const LONGEST = 64

/**
 * A key between two neighbours, null for none there. The answer is null when there is no room, or when a neighbour's key is not
 * one of ours: all siblings need new keys then (`evenKeys`).
 */
export function keyBetween(before: string | null, after: string | null): string | null {
  if (before !== null && !KEY.test(before)) return null
  if (after !== null && !KEY.test(after)) return null
  if (before !== null && after !== null && before >= after) return null
  const key = stepped(before, after) ?? midpoint(before ?? '', after)
  return key.length > LONGEST ? null : key
}

/** Keys for so many siblings, in order, with room between and before them. */
export function evenKeys(count: number): string[] {
  const step = Math.floor(36 ** HEAD / (count + 1))
  if (step < 1) throw new RangeError(`There cannot be ${count} siblings`)
  return Array.from({ length: count }, (_, i) => headOf((i + 1) * step) + MIDDLE)
}

/** At an end: the next head up or down, while there are any. */
function stepped(before: string | null, after: string | null): string | null {
  if (before === null && after === null) return headOf(36 ** HEAD / 2) + MIDDLE
  if (before !== null && after !== null) return null
  const head = Number.parseInt((before ?? after ?? '').slice(0, HEAD).padEnd(HEAD, '0'), 36)
  const next = before === null ? head - 1 : head + 1
  return next > 0 && next < 36 ** HEAD ? headOf(next) + MIDDLE : null
}

function headOf(number: number): string {
  return number.toString(36).padStart(HEAD, '0')
}

/** The shortest key half way between two; `before` may be empty, `after` null: the end. */
function midpoint(before: string, after: string | null): string {
  if (after !== null) {
    let same = 0
    while ((before[same] ?? '0') === after[same]) same++
    if (same > 0) return after.slice(0, same) + midpoint(before.slice(same), after.slice(same))
  }
  const low = before === '' ? 0 : DIGITS.indexOf(before.charAt(0))
  const high = after === null ? DIGITS.length : DIGITS.indexOf(after.charAt(0))
  if (high - low > 1) return DIGITS.charAt(Math.round((low + high) / 2))
  if (after !== null && after.length > 1) return after.charAt(0)
  return DIGITS.charAt(low) + midpoint(before.slice(1), null)
}
