import { normaliseText } from '../model/text.ts'
import { escapeXml } from '../picture/xml.ts'
import type { ChartNode } from './chart.ts'
import { fitted } from './fit.ts'
import { BOX, type Box, type Layout } from './layout.ts'

const PADDING = 10
const NAME_COLUMNS = 22
const DETAIL_COLUMNS = 28

const NOTHING: ReadonlySet<string> = new Set()

/**
 * A layout as SVG, the same bytes for the same layout. It names what its boxes name and nothing else; each box has its id
 * in `data-id` and its whole name in `title`. Text is escaped (T110); no script, no style, nothing from elsewhere.
 * `omitted` are characters (code points) to leave out, those that no font can draw.
 */
export function drawChart(layout: Layout, omitted: ReadonlySet<string> = NOTHING): Buffer {
  const { width, height, boxes } = layout
  const textOf = (text: string) => {
    const clean = normaliseText(text)
    return omitted.size === 0
      ? clean
      : Array.from(clean)
          .filter((c) => !omitted.has(c))
          .join('')
  }
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif">` +
      `<clipPath id="box"><rect width="${BOX.width}" height="${BOX.height}" rx="6"/></clipPath>` +
      `<rect width="${width}" height="${height}" fill="#fff"/>` +
      `<g fill="none" stroke="#9aa5b1">${boxes.map(lineTo).join('')}</g>` +
      `${boxes.map((box) => drawBox(box, textOf)).join('')}</svg>`,
  )
}

/** All that is written in the boxes of a chart. */
export function textIn({ boxes }: Layout): string {
  return boxes.map(({ node: { name, detail } }) => `${name}\n${detail}`).join('\n')
}

function lineTo({ x, y, parent, node }: Box): string {
  const middle = BOX.height / 2
  const rest = node.isCut ? `<path d="M${x + BOX.width} ${y + middle}h14" stroke-dasharray="3 3"/>` : ''
  if (!parent) return rest
  const from = parent.x + BOX.width
  const half = (from + x) / 2
  return `<path d="M${from} ${parent.y + middle}H${half}V${y + middle}H${x}"/>${rest}`
}

function drawBox({ node, x, y }: Box, textOf: (text: string) => string): string {
  const { id } = node
  const name = textOf(node.name)
  return (
    `<g data-id="${escapeXml(id)}" transform="translate(${x} ${y})" clip-path="url(#box)">` +
    `<title>${escapeXml(name)}</title>` +
    `<rect x=".5" y=".5" width="${BOX.width - 1}" height="${BOX.height - 1}" rx="6" fill="#f5f7fa" stroke="#9aa5b1"/>` +
    `${linesOf(node, name, textOf)}</g>`
  )
}

function linesOf({ detail }: ChartNode, name: string, textOf: (text: string) => string): string {
  const nameText = escapeXml(fitted(name, NAME_COLUMNS))
  const detailText = escapeXml(fitted(textOf(detail), DETAIL_COLUMNS))
  if (detailText === '') return `<text x="${PADDING}" y="25" font-size="14" fill="#1f2933">${nameText}</text>`
  return (
    `<text x="${PADDING}" y="18" font-size="14" fill="#1f2933">${nameText}</text>` +
    `<text x="${PADDING}" y="33" font-size="11" fill="#52606d">${detailText}</text>`
  )
}
