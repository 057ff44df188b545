import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { defaultPicture, drawDefault } from './default-picture.ts'
import { UnusablePhoto } from './failures.ts'
import { Gate } from './gate.ts'
import { Glyphs } from './glyphs.ts'
import { makePhoto, PHOTO_SIDE, type Photo } from './photo.ts'
import { rasterPng } from './raster.ts'
import { shortName } from './short-name.ts'

export interface Picture {
  readonly type: 'image/jpeg' | 'image/png' | 'image/svg+xml'
  readonly bytes: Buffer
}

/** Widths and heights in which pictures of people are served, in pixels. A photo that is smaller is not made larger. */
export const SIZES = [48, 96, 192, PHOTO_SIDE] as const
export type Size = (typeof SIZES)[number]

/** The directory is asked for a photo at most so often; the hash in its path changes at once with a change made by us. */
const SOURCE_MS = 60_000
const SOURCES = 50_000
const CACHE_BYTES = 64_000_000
/** Per picture, for what the cache itself takes. */
const OVERHEAD = 256
/** As many cores as one instance may be kept busy with pictures, and what may wait for them. */
const DRAWING = { atOnce: 2, waiting: 200 }
/** Photos that are in memory at the same time before they have been made small. */
const READING = { atOnce: 8, waiting: 5000 }
/** What stands for the hash of a photo that is not there. */
const NOTHING = ''

/**
 * Makes pictures and keeps the last ones: 64 MB of photos in their sizes, by the hash of what they were made of, and
 * 64 MB of default pictures. Equal work that is asked for twice at the same time is done once. It does not know who may
 * see what: ask the view first, each time (T40).
 *
 * Two pictures are made at a time; above the limits of what may wait, everything here rejects with TooManyPictures.
 */
export class Pictures {
  readonly #drawing = new Gate(DRAWING)
  readonly #reading = new Gate(READING)
  readonly #glyphs = new Glyphs()
  /** Hashes of what the directory answered. */
  readonly #sources = new LRUCache<string, string>({ max: SOURCES, ttl: SOURCE_MS })
  readonly #photos = new LRUCache<string, { photo: Picture | null }, { bytes: Buffer; size: Size }>({
    maxSize: CACHE_BYTES,
    sizeCalculation: ({ photo }) => OVERHEAD + (photo?.bytes.length ?? 0),
    fetchMethod: (_key, _stale, { context: { bytes, size } }) => this.#photo(bytes, size),
  })
  readonly #defaults = new LRUCache<string, Picture, () => Promise<Picture>>({
    maxSize: CACHE_BYTES,
    sizeCalculation: ({ bytes }) => OVERHEAD + bytes.length,
    fetchMethod: (_key, _stale, { context: make }) => make(),
  })

  /** A photo to keep, of bytes that somebody sent. Rejects with UnusablePhoto. */
  async make(bytes: Buffer): Promise<Photo> {
    return await this.#drawing.run(() => makePhoto(bytes))
  }

  /**
   * The photo in one size, as JPEG; null when there is none, or none that may be shown (T73). `key` changes with the
   * photo; for one key `read` is asked at most once a minute and size. Rejects as `read` does.
   */
  async photo(key: string, size: Size, read: () => Promise<Buffer | null>): Promise<Picture | null> {
    const source = this.#sources.get(key)
    if (source === NOTHING) return null
    const known = source === undefined ? undefined : this.#photos.get(`${source} ${size}`)
    if (known) return known.photo
    return await this.#reading.run(async () => {
      const bytes = await read()
      const content = bytes ? hash('sha256', bytes, 'base64url') : NOTHING
      this.#sources.set(key, content)
      if (!bytes) return null
      const made = await this.#photos.fetch(`${content} ${size}`, { context: { bytes, size } })
      return made?.photo ?? null
    })
  }

  /** What stands for a person without a photo: the same for the same id and name. */
  async defaultSvg(id: string, name: string): Promise<Picture> {
    return await this.#default(`svg ${id} ${name}`, async () => ({
      type: 'image/svg+xml',
      bytes: defaultPicture(id, name),
    }))
  }

  /** The same as PNG, for clients that draw no SVG. Where the fonts of this machine have not all characters: a plain figure. */
  async defaultPng(id: string, name: string, size: Size): Promise<Picture> {
    return await this.#default(`png ${size} ${id} ${name}`, () =>
      this.#drawing.run(async () => {
        const wanted = shortName(name)
        const missing = await this.#glyphs.missingIn(wanted)
        const characters = missing.size > 0 ? '' : wanted
        return { type: 'image/png', bytes: await rasterPng(drawDefault({ id, characters, size })) }
      }),
    )
  }

  /**
   * A drawing of ours as PNG. `draw` is given the characters of `text` that the fonts of this machine do not have, to leave
   * them out; null when there are letters or digits among them, without which the drawing would say nothing.
   */
  async drawing(text: string, draw: (omitted: ReadonlySet<string>) => Buffer): Promise<Picture | null> {
    return await this.#drawing.run(async () => {
      const missing = await this.#glyphs.missingIn(text)
      if ([...missing].some((character) => /[\p{L}\p{N}]/u.test(character))) return null
      return { type: 'image/png', bytes: await rasterPng(draw(missing)) }
    })
  }

  async #default(key: string, make: () => Promise<Picture>): Promise<Picture> {
    return (await this.#defaults.fetch(key, { context: make })) ?? (await make())
  }

  async #photo(bytes: Buffer, size: Size): Promise<{ photo: Picture | null }> {
    try {
      const { jpeg } = await this.#drawing.run(() => makePhoto(bytes, size))
      return { photo: { type: 'image/jpeg', bytes: jpeg } }
    } catch (error) {
      if (!(error instanceof UnusablePhoto)) throw error
      return { photo: null }
    }
  }
}
