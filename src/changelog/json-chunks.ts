import { setImmediate } from 'node:timers/promises'
import { AppError } from '../errors.ts'

/** Rows and characters of JSON that are sent in one statement at most. */
const MAX_ROWS = 500
const MAX_LENGTH = 4_000_000

/**
 * Rows as JSON arrays that are small enough for a statement each. Throws AppError BAD_USER_INPUT for text that PostgreSQL
 * cannot store as JSON (NUL, lone surrogates), so that such a row is refused before anything was sent. The event loop gets
 * its turn between chunks.
 */
export async function jsonChunks(rows: Iterable<unknown>): Promise<string[]> {
  const chunks: string[] = []
  let parts: string[] = []
  let length = 0
  for (const row of rows) {
    const text = JSON.stringify(row)
    refuseUnstorable(text, row)
    if (parts.length === MAX_ROWS || (parts.length > 0 && length + text.length > MAX_LENGTH)) {
      chunks.push(`[${parts.join(',')}]`)
      parts = []
      length = 0
      await setImmediate()
    }
    parts.push(text)
    length += text.length
  }
  if (parts.length > 0) chunks.push(`[${parts.join(',')}]`)
  return chunks
}

// JSON.stringify escapes exactly these; the lookbehind skips an escaped backslash before the letter u.
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/

function refuseUnstorable(text: string, row: unknown): void {
  if (!text.includes('\\u') || !UNSTORABLE.test(text)) return
  const id = typeof row === 'object' && row !== null && 'id' in row ? String(row.id) : 'an entry'
  throw new AppError(
    'BAD_USER_INPUT',
    `${id} holds a NUL or half a surrogate pair, which the database cannot store. Correct it in the directory.`,
  )
}
