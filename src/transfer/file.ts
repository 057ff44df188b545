import { AppError } from '../errors.ts'
import type { FieldDefinition } from '../model/entry.ts'
import { loginKey } from '../model/text.ts'
import type { Facts } from './batch.ts'
import { Breath } from './breath.ts'
import { rowOfCells } from './cells.ts'
import { readCsv } from './formats/csv.ts'
import { delimiterOf, DELIMITERS, type DelimiterName } from './formats/delimiters.ts'
import { decoded, EncodingDetector, type Encoding } from './formats/encoding.ts'
import { rowOfJson } from './formats/json-rows.ts'
import { readJson } from './formats/json.ts'
import { LdifRows } from './formats/ldif-rows.ts'
import { readLdif } from './formats/ldif.ts'
import { packedAs } from './formats/packed.ts'
import { columnsOf, type Column } from './headers.ts'
import type { ImportOptions } from './options.ts'
import { malformed, type LocatedRow } from './row.ts'

/** An uploaded file: its bytes can be read again and again. */
export interface TransferFile {
  readonly options: ImportOptions
  readonly bytes: () => AsyncIterable<Uint8Array>
}

/** What is known of a file after it was read once: facts, and the last row about each login. */
export interface Scanned {
  readonly facts: Facts
  readonly lastRows: ReadonlyMap<string, number>
}

/** Rows of one import. */
export interface ScanLimits {
  readonly maxRows: number
  readonly catalogue: () => Iterable<FieldDefinition>
}

/** Reads a file once. AppError BAD_USER_INPUT when it cannot be read as what it is said to be. */
export async function scan(file: TransferFile, { maxRows, catalogue }: ScanLimits): Promise<Scanned> {
  const { options } = file
  const packed = await packedAs(file.bytes())
  if (packed !== null)
    throw new AppError('BAD_USER_INPUT', `The file is ${packed}: save it as CSV, and import that.`)
  const encoding = options.encoding ?? (await encodingOf(file))
  const csv = options.format === 'csv' ? await headOf(file, encoding, catalogue()) : null
  const lastRows = new Map<string, number>()
  const ldif = new LdifRows()
  let rows = 0
  for await (const { number, row } of rowsOf(file, { encoding, ...(csv ?? NO_CSV) }, ldif)) {
    rows = number
    if (rows > maxRows)
      throw new AppError('BAD_USER_INPUT', `The file has more than ${maxRows} rows: import it in parts.`)
    if (row?.kind === 'staff' && row.login !== undefined) lastRows.set(loginKey(row.login), number)
  }
  const facts = { encoding, rows, ignored: [...ldif.ignored], ...(csv ?? NO_CSV) }
  return { facts, lastRows }
}

const NO_CSV = { delimiter: null, columns: [] }

type Head = Pick<Facts, 'delimiter' | 'columns'>

/** The rows of a file as it was found to be. Others have their turn between them. */
export async function* rowsOf(
  file: TransferFile,
  facts: Head & Pick<Facts, 'encoding'>,
  ldif: LdifRows = new LdifRows(),
): AsyncGenerator<LocatedRow, void, undefined> {
  const breath = new Breath()
  for await (const row of readRows(file, facts, ldif)) {
    yield row
    await breath.taken()
  }
}

async function* readRows(
  { options, bytes }: TransferFile,
  facts: Head & Pick<Facts, 'encoding'>,
  ldif: LdifRows,
): AsyncGenerator<LocatedRow, void, undefined> {
  const text = decoded(bytes(), facts.encoding)
  let number = 0
  switch (options.format) {
    case 'csv': {
      const columns: Column[] = facts.columns
      let isHead = true
      for await (const { cells, problem, line } of readCsv(text, DELIMITERS[facts.delimiter ?? 'COMMA'])) {
        if (isHead) {
          isHead = false
          continue
        }
        number++
        yield cells === null
          ? { number, line, row: null, errors: [malformed(problem)] }
          : { ...rowOfCells(number, cells, columns, options), line }
      }
      return
    }
    case 'json':
      for await (const record of readJson(text))
        yield { ...rowOfJson(++number, record, options.kind), line: record.line }
      return
    case 'ldif':
      for await (const { record, problem, line } of readLdif(text)) {
        number++
        yield record === null
          ? { number, line, row: null, errors: [malformed(problem)] }
          : { ...ldif.row(number, record), line }
      }
  }
}

async function encodingOf({ bytes }: TransferFile): Promise<Encoding> {
  const detector = new EncodingDetector()
  for await (const piece of bytes()) detector.add(piece)
  return detector.end()
}

async function headOf(
  { options, bytes }: TransferFile,
  encoding: Encoding,
  catalogue: Iterable<FieldDefinition>,
): Promise<Head> {
  const delimiter = options.delimiter ?? (await delimiterIn(bytes(), encoding))
  for await (const { cells } of readCsv(decoded(bytes(), encoding), DELIMITERS[delimiter])) {
    if (cells === null) break
    const headers = cells.map((cell) => cell.trim().slice(0, 200))
    const columns = columnsOf(options.kind, headers, options.mapping, catalogue)
    if (columns.every(({ field }) => field === null))
      throw new AppError(
        'BAD_USER_INPUT',
        'No column of the first line is known: name columns in a header, or say what they are.',
      )
    return { delimiter, columns }
  }
  throw new AppError('BAD_USER_INPUT', 'The file has no header.')
}

/** What separates the cells of a CSV file, by its first line. */
export async function delimiterIn(
  bytes: AsyncIterable<Uint8Array>,
  encoding: Encoding,
): Promise<DelimiterName> {
  for await (const text of decoded(bytes, encoding)) if (text.trim() !== '') return delimiterOf(text)
  return delimiterOf('')
}
