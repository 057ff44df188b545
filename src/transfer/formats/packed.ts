/** How files begin that hold no text, and what they are; the first bytes of APPNOTE 4.3.7, RFC 1952 and [MS-CFB] 2.2. */
const BEGINNINGS: readonly (readonly [string, readonly number[]])[] = [
  ['a spreadsheet (XLSX, ODS) or a ZIP archive', [0x50, 0x4b, 0x03, 0x04]],
  ['an empty ZIP archive', [0x50, 0x4b, 0x05, 0x06]],
  ['a spreadsheet (XLS)', [0xd0, 0xcf, 0x11, 0xe0]],
  ['compressed (GZIP)', [0x1f, 0x8b]],
]
const LONGEST = 4

/** What a file is that nobody unpacks here, in words; null when it may be text (T113). */
export async function packedAs(bytes: AsyncIterable<Uint8Array>): Promise<string | null> {
  let head = Buffer.alloc(0)
  for await (const piece of bytes) {
    head = Buffer.concat([head, piece.subarray(0, LONGEST)])
    if (head.length >= LONGEST) break
  }
  const found = BEGINNINGS.find(([, beginning]) =>
    head.subarray(0, beginning.length).equals(Buffer.from(beginning)),
  )
  return found?.[0] ?? null
}
