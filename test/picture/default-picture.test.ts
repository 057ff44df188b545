import fc from 'fast-check'
import { expect, it } from 'vitest'
import { groundOf, hexOf, LEAST_CONTRAST, whiteContrast } from '../../src/picture/colour.ts'
import { defaultPicture, hueOf } from '../../src/picture/default-picture.ts'
import { uuid } from '../support/histories.ts'

const ID = uuid(6, 1)
const textIn = (svg: string) => />([^<>]*)<\/text>/.exec(svg)?.[1] ?? null

it('draws white characters that can be read on every hue', () => {
  for (let hue = 0; hue < 360; hue++) {
    expect(whiteContrast(groundOf(hue)), `hue ${hue}`).toBeGreaterThanOrEqual(LEAST_CONTRAST)
  }
  expect(whiteContrast([255, 255, 255])).toBe(1)
  expect(whiteContrast([0, 0, 0])).toBeCloseTo(21)
  expect(hexOf([0, 15, 255])).toBe('#000fff')
})

it('takes the colour of the id, and every colour for some id', () => {
  const hues = new Set(Array.from({ length: 5000 }, (_, n) => hueOf(uuid(6, n))))
  expect(hues.size).toBe(360)
  const [one, two] = [defaultPicture(ID, 'Leo'), defaultPicture(ID, 'Mia')].map(String)
  const fill = /fill="(#[0-9a-f]{6})"/
  expect(one).not.toBe(two)
  expect(fill.exec(one ?? '')?.[1]).toBe(fill.exec(two ?? '')?.[1])
})

it('is the same bytes for the same id and name', () => {
  expect(defaultPicture(ID, '王小明').toString()).toBe(
    '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 96 96">' +
      `<rect width="96" height="96" fill="${hexOf(groundOf(hueOf(ID)))}"/>` +
      '<text x="48" y="48" dy=".35em" text-anchor="middle" font-family="sans-serif" font-size="34" fill="#fff">' +
      '小明</text></svg>',
  )
})

it('draws a figure where the name has nothing to show', () => {
  const svg = String(defaultPicture(ID, ' '))
  expect(textIn(svg)).toBeNull()
  expect(svg).toContain('<circle')
})

it('[T110] is harmless XML for every name', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('<script>', '&lt;', ']]>', '"><a href="javascript:x">', '<!--', '&#0;', '\u0000<', "'&"),
  )
  fc.assert(
    fc.property(hostile, (name) => {
      const svg = String(defaultPicture(ID, name))
      const text = textIn(svg)
      const plain = text === null ? svg : svg.replace(`>${text}<`, '><')
      // Apart from the text it is what we wrote, and the text has neither markup nor what XML 1.0 forbids.
      expect(plain.match(/<\/?[a-z]+/g)).toEqual(
        text === null
          ? ['<svg', '<rect', '<circle', '<path', '</svg']
          : ['<svg', '<rect', '<text', '</text', '</svg'],
      )
      expect(text ?? '').toMatch(/^(?:[^<>&"'\p{Cc}\p{Cs}\ufffe\uffff]|&(?:amp|lt|gt|quot|#39);)*$/u)
    }),
    { numRuns: 1000 },
  )
})
