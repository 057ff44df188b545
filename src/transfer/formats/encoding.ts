import { AppError } from '../../errors.ts'

/** How the bytes of a file are read as text. */
export const ENCODINGS = ['utf-8', 'gb18030', 'utf-16le', 'utf-16be'] as const
export type Encoding = (typeof ENCODINGS)[number]

const BOMS: readonly (readonly [Encoding, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

/**
 * Tells the encoding of a file from all of its bytes: by the byte order mark, else UTF-8 when it is valid UTF-8, else GB18030
 * (of which GBK and GB2312 are parts). AppError BAD_USER_INPUT when it is none of them.
 */
export class EncodingDetector {
  readonly #candidates = new Map<Encoding, TextDecoder>(
    (['utf-8', 'gb18030'] as const).map((name) => [name, new TextDecoder(name, { fatal: true })]),
  )
  #marked: Encoding | null = null
  #head: number[] = []

  /** In the order of the file. */
  add(bytes: Uint8Array): void {
    if (this.#head.length < 3) {
      this.#head.push(...bytes.subarray(0, 3 - this.#head.length))
      this.#marked = BOMS.find(([, bom]) => bom.every((byte, i) => this.#head[i] === byte))?.[0] ?? null
    }
    this.#try((decoder) => decoder.decode(bytes, { stream: true }))
  }

  end(): Encoding {
    this.#try((decoder) => decoder.decode())
    return this.soFar()
  }

  /** By what has come, which may end in the middle of a character. */
  soFar(): Encoding {
    const [first] = this.#candidates.keys()
    const encoding = this.#marked ?? first
    if (encoding !== undefined) return encoding
    throw new AppError('BAD_USER_INPUT', 'The file is neither UTF-8 nor GB18030: save it as one of them.')
  }

  #try(decode: (decoder: TextDecoder) => void): void {
    for (const [name, decoder] of this.#candidates) {
      try {
        decode(decoder)
      } catch {
        this.#candidates.delete(name)
      }
    }
  }
}

/** The text of a file, piece by piece, without its byte order mark. AppError BAD_USER_INPUT where it is not in the encoding. */
export async function* decoded(
  bytes: AsyncIterable<Uint8Array>,
  encoding: Encoding,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const decode = (piece?: Uint8Array) => {
    try {
      return piece ? decoder.decode(piece, { stream: true }) : decoder.decode()
    } catch {
      throw new AppError('BAD_USER_INPUT', `The file is not in ${encoding}: say which encoding it has.`)
    }
  }
  for await (const piece of bytes) yield decode(piece)
  yield decode()
}
