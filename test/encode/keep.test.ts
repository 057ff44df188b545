import { describe, expect, it } from 'vitest'
import { Keep, Kept } from '../../src/encode/keep.ts'

describe('what encoders keep', () => {
  it('is there until it could be more than the bound, and then all of it is forgotten', () => {
    const keep = new Keep(100)
    const [one, other] = [new Kept<string>(keep), new Kept<string>(keep)]
    const [a, b, c] = [{}, {}, {}]
    one.set(a, 'a', 60)
    other.set(b, 'b', 40)
    expect([one.get(a), other.get(b)]).toEqual(['a', 'b'])
    one.set(c, 'c', 1)
    expect([one.get(a), other.get(b), one.get(c)]).toEqual([undefined, undefined, 'c'])
    other.set(b, 'b', 99)
    expect([other.get(b), one.get(c)]).toEqual(['b', 'c'])
  })
})
