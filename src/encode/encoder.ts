import { blocksOf, type Block, type PageBlock } from '../sync/blocks.ts'
import type { ChangesResult, SnapshotPage, SnapshotResult } from '../sync/results.ts'
import { joined, segmentOf, stored, type Compressed, type Segment } from './gzip.ts'
import { Kept, type Keep } from './keep.ts'
import type { ListPart, Part } from './root.ts'
import { itemsOf, sourceOf } from './write.ts'

/** What the root fields answer. */
export type Root = ChangesResult | SnapshotResult

const KINDS: ReadonlySet<unknown> = new Set<Root['kind']>(['Delta', 'Resync', 'SnapshotPage'])

/** Whether a root field answered one of the results of Sync. */
export function isRoot(value: unknown): value is Root {
  return typeof value === 'object' && value !== null && 'kind' in value && KINDS.has(value.kind)
}

/** What stands around the root value: `{"data":{"changesSince":` and `}}`. */
export interface Frame {
  readonly head: string
  readonly tail: string
}

/** A block of rows on its way into an answer. */
interface BlockPiece {
  readonly block: Block
  readonly write: () => string
}

type Piece = Buffer | BlockPiece

/**
 * Turns results of Sync into the JSON of an ExecutionResult, `{"data":{…}}`: byte for byte what the executor gives for the
 * operation and the variables that it was compiled for. Results, changes and rows are immutable, so each is encoded once
 * and its bytes are kept for as long as it lives (P1). For HTTP and for the web socket alike.
 */
export class Encoder {
  readonly #frame: Frame
  readonly #partsOf: (root: Root) => readonly Part[]
  readonly #keep: Keep
  readonly #results: Kept<Buffer>
  readonly #segments: Kept<Promise<Segment>>
  readonly #compressed: Kept<Compressed>

  /** Made by `compileOperation`. */
  constructor(frame: Frame, partsOf: (root: Root) => readonly Part[], keep: Keep) {
    this.#frame = frame
    this.#partsOf = partsOf
    this.#keep = keep
    this.#results = new Kept(keep)
    this.#segments = new Kept(keep)
    this.#compressed = new Kept(keep)
  }

  /**
   * The whole answer, the same Buffer for the same object; it must not be written to. Null when only the executor can
   * answer, because the value is not what the schema promises.
   */
  encode(root: Root): Buffer | null {
    const known = this.#results.get(root)
    if (known) return known
    try {
      const pieces = this.#pieces(root)
      const bytes = Buffer.concat(pieces.map((p) => (Buffer.isBuffer(p) ? p : Buffer.from(p.write()))))
      this.#keep.encodings.results++
      this.#results.set(root, bytes, bytes.length)
      return bytes
    } catch {
      return null
    }
  }

  /**
   * A page with whole blocks of rows, compressed block by block, each of them once whatever page it stands on (S2). Null
   * where `encode` has to answer: another page, one whose rows are not selected, or one that cannot be encoded.
   */
  async compressed(page: SnapshotPage): Promise<Compressed | null> {
    const key = blocksOf(page)?.key
    if (!key) return null
    const known = this.#compressed.get(key)
    if (known) return known
    try {
      const pieces = this.#pieces(page)
      if (pieces.every((piece) => Buffer.isBuffer(piece))) return null
      const parts = pieces.map(async (p) => (Buffer.isBuffer(p) ? stored(p) : this.#segment(p)))
      const made = joined(await Promise.all(parts))
      // Blocks are counted already, and shared.
      this.#compressed.set(key, made, made.pieces.length * PIECE_BYTES + ownBytes(pieces))
      return made
    } catch {
      return null
    }
  }

  #segment({ block, write }: BlockPiece): Promise<Segment> {
    const known = this.#segments.get(block)
    if (known) return known
    const text = this.#keep.slices.run(async (turn) => {
      await turn.next()
      this.#keep.encodings.blocks++
      return Buffer.from(write())
    })
    const segment = text.then(segmentOf)
    this.#segments.set(block, segment, 0)
    segment.then(
      ({ deflated }) => this.#segments.set(block, segment, deflated.length),
      () => this.#segments.delete(block),
    )
    return segment
  }

  #pieces(root: Root): Piece[] {
    const source = sourceOf(root)
    const blocks = root.kind === 'SnapshotPage' ? blocksOf(root) : null
    const pieces: Piece[] = []
    let text = `${this.#frame.head}{`
    let comma = ''
    for (const part of this.#partsOf(root)) {
      text += comma + part.lead
      comma = ','
      switch (part.kind) {
        case 'constant':
          break
        case 'text':
          text += part.write(source[part.name])
          break
        case 'list': {
          const ofPage = part.name === 'departments' || part.name === 'staff' ? blocks?.[part.name]() : null
          const items = ofPage ?? source[part.name]
          if (items == null && part.isNullable) {
            text += 'null'
            break
          }
          pieces.push(Buffer.from(`${text}[`))
          if (ofPage) pieces.push(...blockPieces(part, ofPage))
          // Rows of a page are read once; only what is told again and again is kept.
          else this.#pushElements(pieces, part, itemsOf(items), root.kind === 'Delta')
          text = ']'
        }
      }
    }
    pieces.push(Buffer.from(`${text}}${this.#frame.tail}`))
    return pieces
  }

  #pushElements(pieces: Piece[], part: ListPart, items: readonly unknown[], isKept: boolean): void {
    let isFirst = true
    for (const item of items) {
      const key = sourceOf(item)
      let bytes = part.kept.get(key)
      if (!bytes) {
        bytes = Buffer.from(`,${part.element(item)}`)
        this.#keep.encodings.elements++
        if (isKept) part.kept.set(key, bytes, bytes.length)
      }
      pieces.push(isFirst ? bytes.subarray(1) : bytes)
      isFirst = false
    }
  }
}

const COMMA = Buffer.from(',')

/** What a reference to shared bytes takes. */
const PIECE_BYTES = 100

function ownBytes(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + (Buffer.isBuffer(piece) ? piece.length : 0), 0)
}

function blockPieces({ element }: ListPart, blocks: readonly PageBlock[]): Piece[] {
  return blocks.flatMap(({ block, rows }, i): Piece[] => {
    const piece = { block, write: () => rows().map(element).join(',') }
    return i === 0 ? [piece] : [COMMA, piece]
  })
}
