import { LRUCache } from 'lru-cache'
import { inkOf } from './raster.ts'
import { escapeXml } from './xml.ts'

const CELL = 48
/** Characters that are drawn at once. */
const BATCH = 48
const KEPT = 20_000
/** Ink below this, of 255, is the blur of an edge. */
const FAINT = 32
/** Spaces, joiners and selectors: nothing of them is drawn. */
const DRAWN = /[^\s\p{Default_Ignorable_Code_Point}]/gu

/**
 * Code points that no font has, because they are not assigned. What is drawn for them is what is drawn for any that is
 * missing: a box, in which some renderers write the four or six digits of the code point.
 */
const NOBODYS = ['\u0378', '\u{40378}'] as const

/**
 * Which characters the fonts of this machine can draw. SVG is drawn by librsvg with the fonts that fontconfig finds; where
 * none has a character a box is drawn instead. Nothing tells that it did, so each character is drawn once and compared
 * with the box. Fonts that are installed later are seen after a restart.
 */
export class Glyphs {
  readonly #known = new LRUCache<string, boolean>({ max: KEPT })

  /** Of all the characters (code points) in the text those that no font can draw. */
  async missingIn(text: string): Promise<Set<string>> {
    const all = [...new Set(text.match(DRAWN) ?? [])]
    const answers = new Map<string, boolean>()
    const asked: string[] = []
    for (const character of all) {
      const known = this.#known.get(character)
      if (known === undefined) asked.push(character)
      else answers.set(character, known)
    }
    for (let i = 0; i < asked.length; i += BATCH) {
      for (const [character, isMissing] of await look(asked.slice(i, i + BATCH))) {
        this.#known.set(character, isMissing)
        answers.set(character, isMissing)
      }
    }
    return new Set(all.filter((character) => answers.get(character)))
  }
}

async function look(characters: readonly string[]): Promise<[string, boolean][]> {
  const cells = await drawCells([...NOBODYS, ...characters])
  const boxes = cells.splice(0, NOBODYS.length).map(outlineOf)
  return characters.map((character, i) => {
    const outline = outlineOf(cells[i] ?? [])
    return [character, outline !== '' && boxes.includes(outline)]
  })
}

type Cell = ArrayLike<number>

/** The place of the ink and its outermost pixels on all four sides, as text; empty without ink. Within it digits differ. */
function outlineOf(cell: Cell): string {
  let [left, top, right, bottom] = [CELL, CELL, -1, -1]
  for (let i = 0; i < cell.length; i++) {
    if ((cell[i] ?? 0) < FAINT) continue
    const [x, y] = [i % CELL, Math.floor(i / CELL)]
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y)
  }
  if (right < 0) return ''
  const outline = [left, top, right, bottom]
  for (let x = left; x <= right; x++) outline.push(cell[top * CELL + x] ?? 0, cell[bottom * CELL + x] ?? 0)
  for (let y = top; y <= bottom; y++) outline.push(cell[y * CELL + left] ?? 0, cell[y * CELL + right] ?? 0)
  return outline.join(' ')
}

async function drawCells(characters: readonly string[]): Promise<Cell[]> {
  const texts = characters.map(
    (c, i) =>
      `<svg x="${i * CELL}" width="${CELL}" height="${CELL}"><text x="8" y="34">${escapeXml(c)}</text></svg>`,
  )
  const { ink, width } = await inkOf(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${characters.length * CELL}" height="${CELL}" ` +
        `font-family="sans-serif" font-size="28">${texts.join('')}</svg>`,
    ),
  )
  return characters.map((_, i) => {
    const cell = new Uint8Array(CELL * CELL)
    for (let y = 0; y < CELL; y++)
      for (let x = 0; x < CELL; x++) cell[y * CELL + x] = ink[y * width + i * CELL + x] ?? 0
    return cell
  })
}
