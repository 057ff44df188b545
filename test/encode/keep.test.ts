import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
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

  it('[T9] is let go then, also where it was kept by somebody who keeps nothing any more', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const keep = new Keep(100)
    const [idle, busy] = [new Kept<object>(keep), new Kept<object>(keep)]
    const key = {}
    const isLet = held(idle, key)
    await new Promise(setImmediate)
    collect()
    expect(isLet()).toBe(false)
    busy.set(key, {}, 41)
    await new Promise(setImmediate)
    collect()
    expect(isLet()).toBe(true)
    expect(idle.get(key)).toBeUndefined()
  })
})

/** Keeps something that nobody else holds; whether it is gone. */
function held(kept: Kept<object>, key: object): () => boolean {
  const value = {}
  kept.set(key, value, 60)
  const reference = new WeakRef(value)
  return () => reference.deref() === undefined
}
