/** Files of RFC 4180 that spreadsheets open, and nothing in them runs (T111). */

/** Spreadsheets take a file without it for one in the encoding of their country. */
export const BOM = '\ufeff'

/** What a spreadsheet would take for a formula, behind any number of apostrophes and spaces; full-width forms too. */
const FORMULA = /^'*\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/u
const GUARDED = /^'+\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/u

/** A value as it may stand in a file that a spreadsheet opens: an apostrophe makes text of it. `unguarded` takes it off again. */
export function guarded(value: string): string {
  return FORMULA.test(value) ? `'${value}` : value
}

export function unguarded(cell: string): string {
  return GUARDED.test(cell) ? cell.slice(1) : cell
}

/** One line; every value is guarded. */
export function csvLine(values: readonly string[]): string {
  return `${values.map(cellOf).join(',')}\r\n`
}

function cellOf(value: string): string {
  const safe = guarded(value)
  return /[",;\t\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
