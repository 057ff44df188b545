import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LINES_LIMIT, normaliseLines, normaliseText, TEXT_LIMIT } from '../../src/model/text.ts'

/** From the Big List of Naughty Strings and from the attacks of the threat list. */
const NAUGHTY: readonly [string, string][] = [
  ['  Zoë  ', 'Zoë'],
  ['Zoe\u0308', 'Zoë'],
  ['a\u0000b', 'ab'],
  ['\ud800x\udc00', 'x'],
  ['\u202egnp.exe', 'gnp.exe'],
  ['pay\u200bpal', 'paypal'],
  ['a\r\nb\tc', 'a b c'],
  ['\u001b[31mred', '[31mred'],
  ['\ufeffBOM', 'BOM'],
  ['👨‍👩‍👧‍👦', '👨‍👩‍👧‍👦'],
  ['می‌خواهم', 'می‌خواهم'],
  ['李小龙', '李小龙'],
  ['\u3000全角\u3000空格', '全角 空格'],
  ["'; DROP TABLE staff; --", "'; DROP TABLE staff; --"],
  ['<script>alert(1)</script>', '<script>alert(1)</script>'],
  ['', ''],
  ['\u200b\u2060', ''],
]

describe('normaliseText', () => {
  it.each(NAUGHTY)('[T19] %j becomes %j', (given, wanted) => expect(normaliseText(given)).toBe(wanted))

  it('[T19] piles of combining marks are cut to what a letter can need', () => {
    expect(normaliseText(`x${'\u0301'.repeat(5000)}`)).toBe(`x${'\u0301'.repeat(8)}`)
  })

  it('[T19] [T20] a name of 1 MB is cut in no time, whatever it is made of', () => {
    for (const unit of ['a', '\u0301', '\u0315\u0300', ' ', '\u202e', '\ud800', '𝒳', 'é']) {
      const started = performance.now()
      const text = normaliseText(unit.repeat(1_000_000 / unit.length))
      expect(performance.now() - started).toBeLessThan(1000)
      expect(text.length).toBeLessThanOrEqual(TEXT_LIMIT)
    }
  })

  it('[T19] any text comes out well formed, composed, on one line and unchanged by a second pass', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (given) => {
        const text = normaliseText(given)
        expect(text).toBe(text.normalize('NFC'))
        expect(text).not.toMatch(/[\n\r\t\0]|^\s|\s$|\p{Cs}|[\u202a-\u202e\u2066-\u2069]/u)
        expect(text.length).toBeLessThanOrEqual(TEXT_LIMIT)
        expect(normaliseText(text)).toBe(text)
      }),
      { numRuns: 300 },
    )
  })
})

describe('normaliseLines', () => {
  it('keeps lines, in one form', () => {
    expect(normaliseLines(' one\r\ntwo\rthree\u2028four\n ')).toBe('one\ntwo\nthree\nfour')
  })

  it('[T19] any text comes out well formed and unchanged by a second pass', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (given) => {
        const text = normaliseLines(given)
        expect(text).not.toMatch(/[\r\0]|\p{Cs}/u)
        expect(text.length).toBeLessThanOrEqual(LINES_LIMIT)
        expect(normaliseLines(text)).toBe(text)
      }),
    )
  })
})
