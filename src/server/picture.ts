import { createHash } from 'node:crypto'

export interface Picture {
  readonly type: 'image/jpeg' | 'image/png' | 'image/gif' | 'image/webp' | 'image/svg+xml'
  readonly bytes: Buffer
}

/** Larger photos are not served (T73). */
export const MAX_PHOTO_BYTES = 2_000_000

/** A photo as what its first bytes say that it is; null for everything that browsers do not show as a plain image. */
export function photoPicture(bytes: Buffer): Picture | null {
  if (bytes.length > MAX_PHOTO_BYTES) return null
  const type = imageType(bytes)
  return type ? { type, bytes } : null
}

function imageType(bytes: Buffer): Picture['type'] | null {
  const head = bytes.toString('latin1', 0, 12)
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'image/gif'
  if (head.startsWith('RIFF') && head.slice(8) === 'WEBP') return 'image/webp'
  return null
}

/** What stands for a person without a photo: the first letter of the name on a colour of their own. The same every time. */
export function initialPicture(id: string, name: string): Picture {
  const hue = createHash('sha256').update(id).digest().readUInt16BE(0) % 360
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 96 96">' +
    `<rect width="96" height="96" fill="hsl(${hue},45%,45%)"/>` +
    '<text x="48" y="48" dy=".35em" text-anchor="middle" font-family="sans-serif" font-size="44" fill="#fff">' +
    `${escapeXml(initialOf(name))}</text></svg>`
  return { type: 'image/svg+xml', bytes: Buffer.from(svg) }
}

function initialOf(name: string): string {
  const [first] = new Intl.Segmenter().segment(name.trim())
  const initial = first?.segment.toLocaleUpperCase('en') ?? '?'
  return /^[\p{L}\p{N}]/u.test(initial) && initial.length <= 8 ? initial : '?'
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
