import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EasemobFailure } from '../../../src/messaging/easemob/failure.ts'
import { Lanes, type Lane } from '../../../src/messaging/easemob/lanes.ts'
import { LIMITS, type Family } from '../../../src/messaging/easemob/limits.ts'
import { StandInTime } from '../../support/easemob/stand-in-time.ts'

let time: StandInTime
let lanes: Lanes
let end: AbortController
const started: string[] = []
beforeEach(() => {
  time = new StandInTime(0)
  end = new AbortController()
  lanes = new Lanes({ limits: LIMITS, time, signal: end.signal, most: 500 })
  started.length = 0
})
afterEach(() => end.abort())

/** Calls that take so long, named by their lane and number; what goes wrong is answered. */
function call(
  lane: Lane,
  count: number,
  ms = 0,
  family: Family = 'groups',
  messages = 0,
): Promise<unknown[]> {
  const calls = Array.from({ length: count }, (_, i) =>
    lanes
      .run({ family, lane, messages }, end.signal, async () => {
        started.push(`${lane} ${i}`)
        if (ms > 0) await time.wait(ms)
        return null
      })
      .catch((error: unknown) => error),
  )
  return Promise.all(calls)
}
const of = (lane: Lane) => started.filter((name) => name.startsWith(lane)).length

describe('[6] the fast lane and the slow one', () => {
  it('an interactive call goes at once though thousands of bulk calls wait', async () => {
    void call('bulk', 400)
    await time.advance(700)
    const before = started.length
    void call('interactive', 1)
    await time.advance(0)
    expect(started.slice(before)).toEqual(['interactive 0'])
    expect(of('bulk')).toBeLessThan(400)
  })

  it('also when all bulk calls of the moment hang', async () => {
    void call('bulk', 100, 1_000_000)
    await time.advance(5000)
    expect(of('bulk')).toBe(12)
    void call('interactive', 4, 1000)
    await time.advance(0)
    expect(of('interactive')).toBe(4)
  })

  it('and when another family hangs altogether', async () => {
    void call('interactive', 100, 1_000_000, 'users')
    await time.advance(5000)
    expect(of('interactive')).toBe(16)
    void call('interactive', 1, 0, 'people', 1)
    await time.advance(0)
    expect(of('interactive')).toBe(17)
  })

  it('bulk is not starved by interactive calls without end', async () => {
    void call('bulk', 20)
    void call('interactive', 450)
    await time.advance(2000)
    expect(of('interactive')).toBeGreaterThan(100)
    expect(of('bulk')).toBeGreaterThan(10)
    expect(of('bulk')).toBeLessThan(of('interactive') / 4)
  })
})

describe('[T103] limits', () => {
  it('a burst goes out below the published limit, at four fifths of it', async () => {
    void call('interactive', 400)
    await time.advance(1000)
    expect(started.length).toBeLessThanOrEqual(100)
    await time.advance(1000)
    expect(started.length).toBeGreaterThan(170)
    expect(started.length).toBeLessThanOrEqual(180)
  })

  it('messages count besides calls', async () => {
    void call('interactive', 20, 0, 'rooms', 3)
    await time.advance(1000)
    // 4 at once and 16 a second: six calls of three.
    expect(started.length).toBe(6)
  })

  it('a family that is held lets nothing go until then, whoever asks; others go on', async () => {
    lanes.hold('groups', 3000)
    void call('interactive', 1)
    void call('bulk', 1)
    void call('interactive', 1, 0, 'users')
    await time.advance(2999)
    expect(started).toEqual(['interactive 0'])
    await time.advance(1)
    expect(started.length).toBe(3)
  })
})

describe('queues', () => {
  it('[6] how much waits, and how long the oldest has, can be read', async () => {
    void call('bulk', 300)
    await time.advance(1500)
    void call('bulk', 1)
    await time.advance(0)
    const depth = lanes.depths().find(({ family, lane }) => family === 'groups' && lane === 'bulk')
    expect(depth).toMatchObject({ waiting: 301 - of('bulk'), oldestMs: 1500, running: 0 })
    await time.advance(10_000)
    expect(lanes.depths()).toContainEqual({
      family: 'groups',
      lane: 'bulk',
      waiting: 0,
      running: 0,
      oldestMs: 0,
    })
  })

  it('one that is full refuses', async () => {
    lanes.hold('groups', 1000)
    const first = call('bulk', 500)
    expect(await call('bulk', 1)).toEqual([expect.objectContaining({ reason: 'BUSY' })])
    // The other lane has room.
    const other = call('interactive', 1)
    await time.advance(60_000)
    expect(await other).toEqual([null])
    expect((await first).every((result) => result === null)).toBe(true)
  })

  it('who gives up leaves the queue, and the others go on', async () => {
    lanes.hold('groups', 1000)
    const mine = new AbortController()
    const gone = lanes.run({ family: 'groups', lane: 'bulk' }, mine.signal, () => Promise.resolve(1))
    const stays = call('bulk', 1)
    mine.abort()
    await expect(gone).rejects.toMatchObject({ reason: 'ENDED' })
    await expect(
      lanes.run({ family: 'groups', lane: 'bulk' }, mine.signal, () => Promise.resolve(1)),
    ).rejects.toThrow(EasemobFailure)
    await time.advance(1000)
    expect(await stays).toEqual([null])
  })

  it('all of it ends with its owner', async () => {
    lanes.hold('groups', 1000)
    const waiting = call('bulk', 3)
    end.abort()
    for (const result of await waiting) expect(result).toMatchObject({ reason: 'ENDED' })
    expect(lanes.depths().every(({ waiting: count }) => count === 0)).toBe(true)
  })

  it('a task that fails gives its slot back', async () => {
    for (let i = 0; i < 40; i++) {
      const failing = lanes
        .run({ family: 'groups', lane: 'bulk' }, end.signal, () => Promise.reject(new Error('no')))
        .catch(String)
      await time.advance(1000)
      expect(await failing).toBe('Error: no')
    }
    expect(lanes.depths()).toContainEqual(expect.objectContaining({ lane: 'bulk', running: 0 }))
  })
})
