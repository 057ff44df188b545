import { createHash } from 'node:crypto'
import { crc32, gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { combineCrc, joined, plainOf, segmentOf, stored } from '../../src/encode/gzip.ts'

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))

/** Bytes that do not compress. */
const noise = (length: number) =>
  Buffer.concat(
    Array.from({ length: Math.ceil(length / 32) }, (_, i) => createHash('sha256').update(`${i}`).digest()),
  ).subarray(0, length)

describe('gzip out of segments', () => {
  it('[S2] is one valid stream of whatever was put together, compressed or stored', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(bytes, fc.boolean()), { maxLength: 8 }), async (parts) => {
        const segments = await Promise.all(
          parts.map(async ([part, isStored]) => (isStored ? stored(part) : segmentOf(part))),
        )
        const whole = Buffer.concat(parts.map(([part]) => part))
        expect(gunzipSync(Buffer.concat(joined(segments).pieces)).equals(whole)).toBe(true)
        expect((await plainOf(joined(segments))).equals(whole)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('stores more than one block holds', () => {
    const long = noise(200_000)
    expect(
      gunzipSync(Buffer.concat(joined([stored(long), stored(Buffer.alloc(0)), stored(long)]).pieces)),
    ).toEqual(Buffer.concat([long, long]))
  })

  it('combines checksums', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(combineCrc(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])))
      }),
    )
  })
})
