/** Controls, the quote, the backslash, and surrogates, which are escaped when they stand alone. */
const SPECIAL = /[^ !#-[\]-\ud7ff\ue000-\uffff]/

/** Text that JSON.stringify would make of a string; most strings of a directory have nothing to escape. */
export function quote(text: string): string {
  return SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`
}
