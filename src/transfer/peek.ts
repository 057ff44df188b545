import { AppError } from '../errors.ts'
import type { FieldDefinition } from '../model/entry.ts'
import type { TransferFile } from './file.ts'
import { delimiterIn } from './file.ts'
import { readCsv } from './formats/csv.ts'
import { DELIMITERS, type DelimiterName } from './formats/delimiters.ts'
import { decoded, EncodingDetector, type Encoding } from './formats/encoding.ts'
import { packedAs } from './formats/packed.ts'
import { columnsOf, type Column } from './headers.ts'

/** A column with what stands in it on the first rows. */
export interface SampledColumn extends Column {
  readonly samples: readonly string[]
}

/** How a file begins. */
export interface Peek {
  /** Null: it cannot be read. */
  readonly encoding: Encoding | null
  /** Of CSV. */
  readonly delimiter: DelimiterName | null
  readonly columns: readonly SampledColumn[]
  /** Why it cannot be imported as it is. */
  readonly problem: string | null
}

/** Bytes by which the encoding is told: the import itself looks at all of them. */
const LOOKED_AT = 1024 * 1024
const SAMPLES = 3
/** As many as a mapping may have. */
const MAX_COLUMNS = 200
const MAX_SAMPLE = 100

/** Looks at the beginning of a file, so that somebody can say what its columns are before it is imported. */
export async function peek(file: TransferFile, catalogue: Iterable<FieldDefinition>): Promise<Peek> {
  const { options, bytes } = file
  const nothing = { encoding: null, delimiter: null, columns: [] }
  const packed = await packedAs(bytes())
  if (packed !== null)
    return { ...nothing, problem: `The file is ${packed}: save it as CSV, and import that.` }
  try {
    const encoding = options.encoding ?? (await encodingAtBegin(bytes()))
    if (options.format !== 'csv') return { ...nothing, encoding, problem: null }
    const delimiter = options.delimiter ?? (await delimiterIn(bytes(), encoding))
    const [head, ...rows] = await firstRecords(decoded(bytes(), encoding), delimiter)
    if (!head) return { ...nothing, encoding, delimiter, problem: 'The file has no header.' }
    const headers = head.slice(0, MAX_COLUMNS).map((cell) => cell.trim().slice(0, 200))
    const columns = columnsOf(options.kind, headers, options.mapping, catalogue).map((column, i) => ({
      ...column,
      samples: rows
        .map((cells) => (cells[i] ?? '').trim().slice(0, MAX_SAMPLE))
        .filter((cell) => cell !== ''),
    }))
    return { encoding, delimiter, columns, problem: null }
  } catch (error) {
    if (error instanceof AppError && error.code === 'BAD_USER_INPUT')
      return { ...nothing, problem: error.message }
    throw error
  }
}

async function encodingAtBegin(bytes: AsyncIterable<Uint8Array>): Promise<Encoding> {
  const detector = new EncodingDetector()
  let size = 0
  for await (const piece of bytes) {
    detector.add(piece)
    size += piece.length
    if (size >= LOOKED_AT) return detector.soFar()
  }
  return detector.end()
}

async function firstRecords(
  text: AsyncIterable<string>,
  delimiter: DelimiterName,
): Promise<(readonly string[])[]> {
  const records: (readonly string[])[] = []
  for await (const { cells } of readCsv(text, DELIMITERS[delimiter])) {
    if (cells === null) break
    records.push(cells)
    if (records.length > SAMPLES) break
  }
  return records
}
