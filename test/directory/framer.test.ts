import fc from 'fast-check'
import { BerWriter } from 'ldapts'
import { expect, it } from 'vitest'
import { Framer } from '../../src/directory/framer.ts'

function message(content: Uint8Array): Buffer {
  const writer = new BerWriter()
  writer.startSequence()
  writer.writeBuffer(Buffer.from(content), 0x04)
  writer.endSequence()
  return Buffer.from(writer.buffer)
}

const sizes = fc.oneof(fc.nat(300), fc.constantFrom(0, 125, 126, 127, 128, 65_535, 65_536))
const messages = fc.array(
  sizes.map((n) => message(Buffer.alloc(n, n))),
  { maxLength: 8 },
)

it('any dealing of the bytes into chunks gives the same messages', () => {
  fc.assert(
    fc.property(
      messages,
      fc.infiniteStream(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 40_000 }))),
      (sent, cuts) => {
        const framer = new Framer()
        const got: Buffer[] = []
        let rest = Buffer.concat(sent)
        for (const size of cuts) {
          if (rest.length === 0) break
          got.push(...framer.push(rest.subarray(0, size)))
          rest = rest.subarray(size)
        }
        expect(got.map((b) => b.toString('hex'))).toEqual(sent.map((b) => b.toString('hex')))
        expect(framer.pending).toBe(0)
      },
    ),
    { numRuns: 300 },
  )
})

it('never gives a message before its last byte', () => {
  const bytes = message(Buffer.alloc(500))
  const framer = new Framer()
  expect(framer.push(bytes.subarray(0, bytes.length - 1))).toEqual([])
  expect(framer.push(bytes.subarray(bytes.length - 1))).toHaveLength(1)
})

it('any bytes are messages, the beginning of one, or refused', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 10 }), (chunks) => {
      const framer = new Framer()
      try {
        for (const chunk of chunks) for (const m of framer.push(Buffer.from(chunk))) expect(m[0]).toBe(0x30)
      } catch (e) {
        expect(String(e)).toMatch(/LDAP message/)
      }
    }),
    { numRuns: 1000 },
  )
})

it('refuses a length that would eat the memory', () => {
  expect(() => new Framer().push(Buffer.from('3084ffffffff', 'hex'))).toThrow(/more than anything we ask for/)
  expect(() => new Framer().push(Buffer.from('3080', 'hex'))).toThrow(/length/)
})

it('a long message in many small chunks costs no more than its length', () => {
  const bytes = message(Buffer.alloc(8_000_000))
  const framer = new Framer()
  const started = performance.now()
  let got = 0
  for (let at = 0; at < bytes.length; at += 1000) got += framer.push(bytes.subarray(at, at + 1000)).length
  expect(got).toBe(1)
  expect(performance.now() - started).toBeLessThan(1000)
})
