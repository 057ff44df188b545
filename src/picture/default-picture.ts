import { hash } from 'node:crypto'
import { groundOf, hexOf } from './colour.ts'
import { shortName } from './short-name.ts'
import { escapeXml } from './xml.ts'

export interface DefaultPicture {
  readonly id: string
  /** The characters that are shown (`shortName`); a plain figure when empty. */
  readonly characters: string
  /** Width and height that the picture says it has, in pixels; it can be drawn at any. */
  readonly size: number
}

/** Nobody's head and shoulders: for people without a name that can be written, and where no font has its characters. */
const FIGURE = '<circle cx="48" cy="37" r="17" fill="#fff"/><path d="M16 90a32 30 0 0 1 64 0z" fill="#fff"/>'

/** What stands for a person without a photo, as SVG. The same bytes for the same id and name, on every machine. */
export function defaultPicture(id: string, name: string): Buffer {
  return drawDefault({ id, characters: shortName(name), size: 96 })
}

/** White characters on a colour that the id decides (contrast at least 4.5). No script, no style, nothing from elsewhere (T110). */
export function drawDefault({ id, characters, size }: DefaultPicture): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 96 96">` +
      `<rect width="96" height="96" fill="${hexOf(groundOf(hueOf(id)))}"/>` +
      `${characters === '' ? FIGURE : textOf(characters)}</svg>`,
  )
}

/** Degrees, 0 to 359. */
export function hueOf(id: string): number {
  return Number.parseInt(hash('sha256', id).slice(0, 8), 16) % 360
}

function textOf(characters: string): string {
  return (
    '<text x="48" y="48" dy=".35em" text-anchor="middle" font-family="sans-serif" font-size="34" fill="#fff">' +
    `${escapeXml(characters)}</text>`
  )
}
