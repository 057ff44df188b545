import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { UnusablePhoto } from '../../src/picture/failures.ts'
import { makePhoto, PHOTO_SIDE } from '../../src/picture/photo.ts'
import { gradient, hostilePhotos, jpegOf, pngClaiming } from '../support/photos.ts'

async function pixelOf(bytes: Buffer, left: number, top: number): Promise<number[]> {
  const pixel = await sharp(bytes).extract({ left, top, width: 1, height: 1 }).raw().toBuffer()
  return [...pixel]
}

const near = (actual: readonly number[], expected: readonly number[]) =>
  actual.every((part, i) => Math.abs(part - (expected[i] ?? 0)) <= 12)

describe('[T73] a photo to keep', () => {
  it.each(['jpeg', 'png', 'webp', 'gif'] as const)('is a square JPEG, whatever came: %s', async (type) => {
    const { jpeg } = await makePhoto(await gradient(900, 700).toFormat(type).toBuffer())
    expect(await sharp(jpeg).metadata()).toMatchObject({ format: 'jpeg', width: 640, height: 640 })
    expect(near(await pixelOf(jpeg, 320, 320), [127, 127, 64])).toBe(true)
    // Out of the middle: 100 of 900 columns are gone on each side.
    expect((await pixelOf(jpeg, 0, 320))[0]).toBeGreaterThan(15)
  })

  it('is not made larger than it was', async () => {
    for (const [width, height] of [
      [100, 300],
      [1, 1],
      [3000, 2],
    ] as const) {
      const { jpeg } = await makePhoto(await gradient(width, height).png().toBuffer())
      const side = Math.min(width, height)
      expect(await sharp(jpeg).metadata()).toMatchObject({ width: side, height: side })
    }
  })

  it('carries nothing of EXIF, GPS, comments and profiles, and stands as its EXIF said', async () => {
    const tagged = await gradient(400, 400)
      .withExif({ IFD0: { Copyright: 'CANARY', Software: 'CANARY' }, IFD3: { GPSLatitudeRef: 'N' } })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">CANARY</x:xmpmeta>')
      .withIccProfile('p3')
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    expect(tagged.toString('latin1')).toContain('CANARY')
    const { jpeg } = await makePhoto(tagged)
    expect(jpeg.toString('latin1')).not.toMatch(/CANARY|Exif|xmp|ICC_PROFILE|GPS/)
    const { exif, xmp, icc, orientation } = await sharp(jpeg).metadata()
    expect([exif, xmp, icc, orientation]).toEqual([undefined, undefined, undefined, undefined])
    // Turned by 90° clockwise: what was at the bottom left is at the top left.
    const [red = 0, green = 0] = await pixelOf(jpeg, 5, 5)
    expect(red).toBeLessThan(40)
    expect(green).toBeGreaterThan(200)
  })

  it('leaves behind a page that was hidden in the file', async () => {
    const page = Buffer.from('<script>alert(1)</script>')
    const polyglots = [
      Buffer.concat([await jpegOf(50, 50), page]),
      Buffer.concat([await gradient(50, 50).gif().toBuffer(), page]),
      await gradient(50, 50)
        .withExif({ IFD0: { ImageDescription: String(page) } })
        .jpeg()
        .toBuffer(),
    ]
    for (const bytes of polyglots) {
      expect(bytes.toString('latin1')).toContain('<script>')
      expect((await makePhoto(bytes)).jpeg.toString('latin1')).not.toContain('<script>')
    }
  })

  it('is the first picture of an animation', async () => {
    const frames = await Promise.all(
      ['#ff0000', '#0000ff'].map((background) =>
        sharp({ create: { width: 20, height: 20, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    )
    const animation = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer()
    expect((await sharp(animation, { animated: true }).metadata()).pages).toBe(2)
    expect(near(await pixelOf((await makePhoto(animation)).jpeg, 10, 10), [255, 0, 0])).toBe(true)
  })

  it('stands on white where it was transparent', async () => {
    const clear = { width: 20, height: 20, channels: 4 as const, background: { r: 0, g: 0, b: 0, alpha: 0 } }
    const { jpeg } = await makePhoto(await sharp({ create: clear }).png().toBuffer())
    expect(await pixelOf(jpeg, 10, 10)).toEqual([255, 255, 255])
  })

  it('has the same bytes and hash each time, a hash that the mapping takes, and another one for another photo', async () => {
    const bytes = await jpegOf(800, 800)
    const [one, two, other] = [await makePhoto(bytes), await makePhoto(bytes), await makePhoto(bytes, 96)]
    expect(one).toEqual(two)
    expect(one.hash).toMatch(/^[A-Za-z0-9_-]{8,128}$/)
    expect(other.hash).not.toBe(one.hash)
    expect(one.jpeg.length).toBeLessThan(200_000)
  })

  it('may be of a phone: 24 million pixels', async () => {
    const { jpeg } = await makePhoto(pngClaiming(6000, 4000, Buffer.alloc(6001 * 4000)))
    expect((await sharp(jpeg).metadata()).width).toBe(PHOTO_SIDE)
  })
})

it('[T73] refuses what is hostile, damaged or too large with a code and an advice, and nothing else', async () => {
  const hostile = await hostilePhotos()
  const refusals = await Promise.all(
    Object.entries(hostile).map(async ([name, { bytes }]) => {
      const error: unknown = await makePhoto(bytes).then(
        () => null,
        (thrown: unknown) => thrown,
      )
      return [name, error instanceof UnusablePhoto ? error.reason : error]
    }),
  )
  expect(Object.fromEntries(refusals)).toEqual(
    Object.fromEntries(Object.entries(hostile).map(([name, { reason }]) => [name, reason])),
  )
  expect(new UnusablePhoto('TOO_LARGE')).toMatchObject({
    code: 'UNUSABLE_PHOTO',
    message: 'The file is too large: send one of at most 5 MB.',
  })
})

it('[T73] takes or refuses a photo of which any bytes were changed, and never fails otherwise', async () => {
  const sources = await Promise.all(
    (['jpeg', 'png', 'webp', 'gif'] as const).map((type) => gradient(40, 40).toFormat(type).toBuffer()),
  )
  let seed = 1
  const chance = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n
  for (let i = 0; i < 400; i++) {
    const bytes = Buffer.from(sources[i % sources.length] ?? '')
    for (let k = chance(6); k >= 0; k--) bytes[chance(bytes.length)] = chance(256)
    const cut = chance(3) === 0 ? bytes.subarray(0, chance(bytes.length)) : bytes
    const made = await makePhoto(cut).catch((error: unknown) => error)
    expect(made instanceof UnusablePhoto || (made instanceof Object && 'hash' in made)).toBe(true)
  }
})
