import { CsvError, parse } from 'csv-parse'
import { AppError } from '../../errors.ts'

/** A record of a CSV file, or why it is none. `line`: where it begins in the file, from 1. */
export type CsvRecord =
  | { readonly cells: readonly string[]; readonly problem: null; readonly line: number }
  | { readonly cells: null; readonly problem: string; readonly line: number }

/** Characters of one record. */
export const MAX_RECORD = 256 * 1024
/** Bytes that are parsed in one turn of the event loop. */
const PIECE = 16_384
const BREAK = /\r\n|\n|\r/g

/**
 * Reads RFC 4180 as Excel and others write it, record by record, in constant memory. A record with a quote where none may
 * stand is a problem of that record; quotes that are never closed are one of the last. AppError BAD_USER_INPUT when a record is
 * longer than MAX_RECORD characters.
 */
export async function* readCsv(
  text: AsyncIterable<string>,
  delimiter: string,
): AsyncGenerator<CsvRecord, void, undefined> {
  const records: CsvRecord[] = []
  let failure: Error | null = null
  let last = 0
  /** The parser counts a line break of two characters within quotes as two. */
  let tooMany = 0
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD,
    // In the turn in which it is parsed: nothing is lost when the next one is none.
    on_record: (cells: string[], { lines }) => {
      let breaks = 0
      for (const cell of cells) {
        if (!/[\r\n]/.test(cell)) continue
        breaks += cell.match(BREAK)?.length ?? 0
        tooMany += cell.split('\r\n').length - 1
      }
      last = lines - tooMany
      records.push({ cells, problem: null, line: last - breaks })
      return null
    },
  })
  parser.on('error', (error) => (failure = error))
  parser.resume()
  const write = (piece: Buffer) => new Promise<void>((resolve) => parser.write(piece, () => resolve()))
  const over = new Promise<void>((resolve) => parser.once('close', resolve))
  try {
    for await (const piece of text) {
      // As bytes, which may be cut in the middle of a character.
      const bytes = Buffer.from(piece)
      for (let at = 0; at < bytes.length && !failure; at += PIECE) {
        await write(bytes.subarray(at, at + PIECE))
        yield* records.splice(0)
      }
      if (failure) break
    }
    parser.end()
    await over
    yield* records.splice(0)
    if (failure) yield problemOf(failure, last + 1)
  } finally {
    parser.destroy()
  }
}

function problemOf(error: Error, line: number): CsvRecord {
  if (!(error instanceof CsvError)) throw error
  if (error.code === 'CSV_MAX_RECORD_SIZE')
    throw new AppError(
      'BAD_USER_INPUT',
      `A row has more than ${MAX_RECORD} characters: a quote may be missing before it ends.`,
    )
  const problem = 'A quote is opened and never closed: everything after it is one cell.'
  return { cells: null, problem, line }
}
