import fc from 'fast-check'
import { expect, it } from 'vitest'
import { shortName } from '../../src/picture/short-name.ts'

it.each([
  ['王小明', '小明'],
  ['王伟', '王伟'],
  ['王', '王'],
  ['欧阳娜娜', '娜娜'],
  ['欧阳 娜娜', '娜娜'],
  ['阿里木·买买提', '买提'],
  ['王小明 (Leo)', '小明'],
  ['王小明（销售部）', '小明'],
  ['Leo 王小明', '小明'],
  ['王小明-Leo', '小明'],
  ['王小明-技术', '小明'],
  ['王伟2', '王伟'],
  ['佐々木', '々木'],
  ['𠮷野家', '野家'],
  ['葛\u{e0100}城', '葛\u{e0100}城'],
  ['(王小明)', '小明'],
])('takes the last two characters of a Han name: %s', (name, characters) => {
  expect(shortName(name)).toBe(characters)
})

it.each([
  ['Leo', 'Le'],
  ['Leo Wang', 'Le'],
  ['leo', 'le'],
  ['X', 'X'],
  ['J. Smith', 'JS'],
  ["O'Neil", 'ON'],
  ['Jose\u0301', 'Jo'],
  ['e\u0301a', 'éa'],
  ['n\u0308\u0323x', 'n\u0323\u0308x'.normalize('NFC')],
  ['محمد علي', 'مح'],
  ['김철수', '김철'],
  ['たろう', 'たろ'],
  ['👨‍👩‍👧Leo', '👨‍👩‍👧L'],
  ['🇨🇳🇩🇪🇫🇷', '🇨🇳🇩🇪'],
  ['नमस्ते', 'नम'],
  ['(Leo)', 'Le'],
  ['<script>', 'sc'],
  ['7 of 9', '7o'],
])('takes the first two characters of any other: %s', (name, characters) => {
  expect(shortName(name)).toBe(characters)
})

it.each(['', '   ', '...', '\u200b\u202e', '\u0000\u0007', '()', '\ud800'])(
  'shows nothing of a name in which nothing can be shown: %j',
  (name) => expect(shortName(name)).toBe(''),
)

it('[T19] is never long, and never half a character, whatever the name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (name) => {
      const characters = shortName(name)
      expect(characters.length).toBeLessThanOrEqual(32)
      expect(characters).not.toMatch(/\p{Cs}/u)
      expect([...new Intl.Segmenter().segment(characters)].length).toBeLessThanOrEqual(2)
    }),
    { numRuns: 1000 },
  )
  expect(shortName(`e${'\u0301'.repeat(500)}`).length).toBeLessThanOrEqual(16)
  expect(shortName('👨‍👩‍👧‍👦‍👨‍👩‍👧‍👦‍👨‍👩‍👧‍👦')).toBe('👨')
})
