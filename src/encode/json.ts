/** Text that JSON.stringify would make of a string; most strings of a directory have nothing to escape. */
export function quote(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    // Controls, the quote, the backslash, and surrogates, which are escaped when they stand alone.
    if (c < 0x20 || c === 0x22 || c === 0x5c || (c >= 0xd800 && c <= 0xdfff)) return JSON.stringify(text)
  }
  return `"${text}"`
}
