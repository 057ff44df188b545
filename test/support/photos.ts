import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'

/** A picture that differs all over, so that what was turned or cut out can be told. */
export function gradient(width: number, height: number) {
  const pixels = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3
      pixels[at] = Math.floor((x * 255) / width)
      pixels[at + 1] = Math.floor((y * 255) / height)
      pixels[at + 2] = 64
    }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
}

export const jpegOf = (width: number, height: number) => gradient(width, height).jpeg().toBuffer()

/** A PNG that says it is so large, with what pixels it has behind. */
export function pngClaiming(width: number, height: number, pixels: Buffer = Buffer.alloc(1000)): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 0, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

const SCRIPT = '<script>alert(1)</script>'

/** What somebody hostile sends as a photo, and why it is not taken (T73). */
export async function hostilePhotos(): Promise<Record<string, { bytes: Buffer; reason: string }>> {
  const png = await gradient(300, 300).png().toBuffer()
  const jpeg = await jpegOf(300, 300)
  const not = (text: string) => ({ bytes: Buffer.from(text, 'latin1'), reason: 'NOT_A_PHOTO' })
  return {
    nothing: not(''),
    'a text': not('Hello, I am a photo.'),
    'an SVG': not(`<svg xmlns="http://www.w3.org/2000/svg">${SCRIPT}</svg>`),
    'an SVG with a declaration': not(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`),
    'a page': not(`<!doctype html>${SCRIPT}`),
    'a page that ends in a picture': {
      bytes: Buffer.concat([Buffer.from(SCRIPT), png]),
      reason: 'NOT_A_PHOTO',
    },
    'a PDF': not('%PDF-1.7\n'),
    'a TIFF': { bytes: await gradient(20, 20).tiff().toBuffer(), reason: 'NOT_A_PHOTO' },
    'an AVIF': { bytes: await gradient(20, 20).avif().toBuffer(), reason: 'NOT_A_PHOTO' },
    'a GIF that is a page': { ...not(`GIF89a/*${SCRIPT}*/`), reason: 'DAMAGED' },
    'a signature of PNG alone': { bytes: png.subarray(0, 8), reason: 'DAMAGED' },
    'a short PNG': { bytes: png.subarray(0, 20), reason: 'DAMAGED' },
    'a PNG without pixels': { bytes: png.subarray(0, 33), reason: 'DAMAGED' },
    'half a PNG': { bytes: png.subarray(0, png.length / 2), reason: 'DAMAGED' },
    'a signature of JPEG alone': { bytes: jpeg.subarray(0, 3), reason: 'DAMAGED' },
    'half a JPEG': { bytes: jpeg.subarray(0, jpeg.length / 2), reason: 'DAMAGED' },
    'a WebP of nothing': { ...not('RIFF\x10\0\0\0WEBPVP8 '), reason: 'DAMAGED' },
    'a PNG of ten thousand million pixels': {
      bytes: pngClaiming(100_000, 100_000),
      reason: 'TOO_MANY_PIXELS',
    },
    'a flood: 36 million black pixels in 35 kB': {
      bytes: pngClaiming(6000, 6000, Buffer.alloc(6001 * 6000)),
      reason: 'TOO_MANY_PIXELS',
    },
    'a PNG that ends before its pixels': { bytes: pngClaiming(4000, 4000), reason: 'DAMAGED' },
    'six megabytes': { bytes: Buffer.concat([jpeg, Buffer.alloc(6_000_000)]), reason: 'TOO_LARGE' },
  }
}
