import { hash } from 'node:crypto'
import sharp, { type Metadata } from 'sharp'
import { UnusablePhoto } from './failures.ts'

/** A file that is not larger is looked at; a phone's photo is about half of it. */
export const MAX_PHOTO_BYTES = 5_000_000
/** Width times height; a decoded picture takes three to six bytes a pixel while it is worked on. */
export const MAX_PHOTO_PIXELS = 25_000_000
/** Width and height of a photo that is kept, in pixels, unless it was smaller. */
export const PHOTO_SIDE = 640
const QUALITY = 85
const SECONDS = 10

/** A photo of ours: a square JPEG that carries nothing but pixels. */
export interface Photo {
  readonly jpeg: Buffer
  /** Of the JPEG, 43 characters of base64url: fit for dlrAvatarHash. */
  readonly hash: string
}

/**
 * Makes of bytes that anybody sent, or that stand in the directory, a photo to keep or to serve (T73): a square of at most
 * `side` pixels out of the middle, turned as its EXIF says, on white, in sRGB, without EXIF, GPS, profiles, comments or
 * whatever else the file held; of an animation the first picture. Equal bytes give equal photos as long as the version of
 * sharp stays. What it is, its bytes say; a name or a content type is never asked.
 *
 * Rejects with UnusablePhoto, and with nothing else. Takes some time of a core and at most ten seconds: run it in a Gate.
 */
export async function makePhoto(bytes: Buffer, side: number = PHOTO_SIDE): Promise<Photo> {
  if (bytes.length > MAX_PHOTO_BYTES) throw new UnusablePhoto('TOO_LARGE')
  const type = photoType(bytes)
  if (type === null) throw new UnusablePhoto('NOT_A_PHOTO')
  const { format, width, height } = await metadataOf(bytes)
  // The bytes begin as one thing and the decoder takes them for another.
  if (format !== type) throw new UnusablePhoto('NOT_A_PHOTO')
  if (width * height > MAX_PHOTO_PIXELS) throw new UnusablePhoto('TOO_MANY_PIXELS')
  const square = Math.min(side, width, height)
  try {
    const jpeg = await sharp(bytes, { limitInputPixels: MAX_PHOTO_PIXELS, failOn: 'error', pages: 1 })
      .timeout({ seconds: SECONDS })
      .autoOrient()
      .resize(square, square, { fit: 'cover' })
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .jpeg({ quality: QUALITY })
      .toBuffer()
    return { jpeg, hash: hash('sha256', jpeg, 'base64url') }
  } catch {
    throw new UnusablePhoto('DAMAGED')
  }
}

/** Reads the header only. */
async function metadataOf(bytes: Buffer): Promise<Metadata> {
  try {
    return await sharp(bytes, { limitInputPixels: false, failOn: 'error', pages: 1 }).metadata()
  } catch {
    throw new UnusablePhoto('DAMAGED')
  }
}

/** What the first bytes say that it is, in the words of sharp; null for all that browsers do not show as a plain image. */
function photoType(bytes: Buffer): 'jpeg' | 'png' | 'gif' | 'webp' | null {
  const head = bytes.toString('latin1', 0, 12)
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'gif'
  if (head.startsWith('RIFF') && head.slice(8) === 'WEBP') return 'webp'
  return null
}
