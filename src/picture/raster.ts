import sharp from 'sharp'

/** Pixels of a PNG at most: 100 MB while it is drawn. */
export const MAX_RASTER_PIXELS = 25_000_000
/** What librsvg and cairo can draw on one side. */
export const MAX_RASTER_SIDE = 32_767
const SECONDS = 20

/** An SVG of ours, never of anybody else, as PNG in its own size; above MAX_RASTER_PIXELS it rejects, so ask before. */
export async function rasterPng(svg: Buffer): Promise<Buffer> {
  return await sharp(svg, { limitInputPixels: MAX_RASTER_PIXELS })
    .timeout({ seconds: SECONDS })
    .png({ compressionLevel: 9, palette: false })
    .toBuffer()
}

/** Darkness of each pixel of an SVG of ours, 0 white to 255 black, row by row. */
export async function inkOf(svg: Buffer): Promise<{ ink: Uint8Array; width: number; height: number }> {
  const { data, info } = await sharp(svg, { limitInputPixels: MAX_RASTER_PIXELS })
    .timeout({ seconds: SECONDS })
    .flatten({ background: '#fff' })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const ink = new Uint8Array(info.width * info.height)
  for (let i = 0; i < ink.length; i++) ink[i] = 255 - (data[i * info.channels] ?? 0)
  return { ink, width: info.width, height: info.height }
}
