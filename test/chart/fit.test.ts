import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fitted } from '../../src/chart/fit.ts'

it.each([
  ['Research', 8, 'Research'],
  ['Research', 7, 'Resear…'],
  ['Human Resources', 7, 'Human…'],
  ['研究开发部', 10, '研究开发部'],
  ['研究开发部', 9, '研究开发…'],
  ['研究开发部', 8, '研究开…'],
  ['e\u0301'.repeat(8), 4, `${'e\u0301'.repeat(3)}…`],
  ['👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧', 5, '👨‍👩‍👧👨‍👩‍👧…'],
  ['', 5, ''],
])('cuts %j to %i columns', (text, columns, expected) => {
  expect(fitted(text, columns)).toBe(expected)
})

it('cuts between characters as people see them, and keeps what fits', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.integer({ min: 2, max: 40 }),
      (text, n) => {
        const cut = fitted(text, n)
        if (cut === text) return
        expect(cut.endsWith('…')).toBe(true)
        const kept = cut.slice(0, -1)
        expect(text.startsWith(kept)).toBe(true)
        const characters = [...new Intl.Segmenter('en').segment(text)].map(({ segment }) => segment)
        const ends = characters.map((_, i) => characters.slice(0, i).join('').trimEnd())
        expect(ends).toContain(kept)
      },
    ),
  )
})
