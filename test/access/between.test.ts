import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evenKeys, keyBetween } from '../../src/access/between.ts'

/** Keys as they come about: each put between two that are there. */
const places = fc.array(fc.nat(1000), { minLength: 1, maxLength: 200 })

describe('keys of places in a list', () => {
  it('stand between their neighbours, however often something is put somewhere', () => {
    fc.assert(
      fc.property(places, (list) => {
        const keys: string[] = []
        for (const place of list) {
          const at = place % (keys.length + 1)
          const key = keyBetween(keys[at - 1] ?? null, keys[at] ?? null)
          // No room is left: all are made anew, as the siblings of a department are.
          if (key === null) keys.splice(0, keys.length + 1, ...evenKeys(keys.length + 1))
          else keys.splice(at, 0, key)
        }
        expect(new Set(keys).size).toBe(keys.length)
        expect([...keys].sort((a, b) => (a < b ? -1 : 1))).toEqual(keys)
      }),
    )
  })

  it('stay short where things are put at the end, and even ones leave room everywhere', () => {
    let last: string | null = null
    for (let i = 0; i < 5000; i++) {
      const next = keyBetween(last, null)
      expect(next !== null && (last === null || next > last)).toBe(true)
      last = next
    }
    expect(last?.length).toBeLessThan(10)
    const keys = evenKeys(500)
    expect([...keys].sort((a, b) => (a < b ? -1 : 1))).toEqual(keys)
    for (const [i, key] of keys.entries()) {
      const between = keyBetween(key, keys[i + 1] ?? null) ?? ''
      expect(between > key && (keys[i + 1] === undefined || between < (keys[i + 1] ?? ''))).toBe(true)
    }
  })
})

it.each([
  ['what is no key of ours', 'A!', null],
  ['a key that ends in 0, before which nothing fits', null, 'a0'],
  ['the wrong order', 'b', 'a'],
  ['nothing between equals', 'a', 'a'],
])('%s has no key between', (_, before, after) => expect(keyBetween(before, after)).toBeNull())
