import { describe, expect, it } from 'vitest'
import { EVENTS, meaningOf, STATES, TABLE, waitBefore, type State } from '../../web/sdk/machine.ts'

describe('[2] the states of a client', () => {
  it('has an answer to every event in every state', () => {
    expect(Object.keys(TABLE).sort()).toEqual([...STATES].sort())
    for (const state of STATES) expect(Object.keys(TABLE[state]).sort()).toEqual([...EVENTS].sort())
  })

  it('ends for good from everywhere', () => {
    for (const state of STATES) expect(TABLE[state].over).toBe('ended')
    for (const event of EVENTS) expect(TABLE.ended[event]).toBe('ended')
  })

  it('finds its way to live from everywhere else', () => {
    const reachable = (from: State): Set<State> => {
      const found = new Set<State>([from])
      for (const state of found) for (const event of EVENTS) found.add(TABLE[state][event])
      return found
    }
    for (const state of STATES.filter((s) => s !== 'ended')) expect(reachable(state)).toContain('live')
  })

  it('[R1] never follows with a copy that the server has refused, and never downloads what it can catch up with', () => {
    for (const state of STATES.filter((s) => s !== 'ended' && s !== 'opening')) {
      if (state === 'following' || state === 'live' || state === 'paused')
        expect(TABLE[state].restart).toBe('emptied')
      expect(TABLE[state].lost).toBe(
        { downloading: 'emptied', following: 'paused', live: 'paused', paused: 'paused', emptied: 'emptied' }[
          state
        ],
      )
    }
    expect(TABLE.emptied.due).toBe('downloading')
    expect(TABLE.paused.due).toBe('following')
  })

  it('what comes late changes nothing', () => {
    expect(TABLE.paused.told).toBe('paused')
    expect(TABLE.emptied.told).toBe('emptied')
    expect(TABLE.following.downloaded).toBe('following')
    expect(TABLE.live.due).toBe('live')
  })
})

it.each([
  [4401, 'over'],
  [4426, 'over'],
  [4403, 'expired'],
  ...[1000, 1001, 1006, 1011, 1012, 1013, 4400, 4408, 4429, 4500].map((code) => [code, 'lost'] as const),
] as const)('a socket that closes with %i means %s', (code, event) => {
  expect(meaningOf(code)).toBe(event)
})

it('waits grow to a minute, with as much as half of each taken off', () => {
  const most = Array.from({ length: 40 }, (_, n) => waitBefore(n, 0))
  expect(most.slice(0, 7)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000])
  expect(new Set(most.slice(6))).toEqual(new Set([60_000]))
  expect(waitBefore(0, 1)).toBe(500)
  expect(waitBefore(100, 1)).toBe(30_000)
})
