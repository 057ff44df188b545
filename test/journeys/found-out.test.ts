import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Canaries } from '../support/lane/canary.ts'
import { BAD_WEATHER, FAULTS } from '../support/lane/faults.ts'
import type { Floor } from '../support/lane/lane.ts'
import type { Tamper } from '../support/lane/line.ts'
import { ONE_SERVER } from '../support/lane/one-server.ts'
import { play } from '../support/lane/play.ts'
import { scriptOf } from '../support/lane/script.ts'
import { shrink } from '../support/lane/shrink.ts'
import { Stage } from '../support/lane/stage.ts'
import { Violation } from '../support/lane/violation.ts'

/** The lanes with a server that is wrong in one way: what they would not find out, they do not prove. */
let floor: Floor
beforeAll(async () => {
  floor = await ONE_SERVER.lay(new Canaries())
})
afterAll(() => floor?.close())

async function playWith(tamper: () => Tamper, seed: number, turns: number): Promise<void> {
  const stage = await Stage.set(floor, { tamper })
  try {
    // Whoever was locked out in the history before would see nothing of this one.
    for (let a = 0; a < 7; a++) await stage.editor.perform('enable a viewer', { a, b: 0, c: 0 })
    await play(stage, scriptOf(seed, { turns, devices: 14 }))
  } finally {
    await stage.close()
  }
}

/** What the first of a few histories in which something is found out says; null when none does. */
async function foundOut(tamper: () => Tamper): Promise<unknown> {
  for (const seed of [1, 2, 3]) {
    try {
      await playWith(tamper, seed, 80)
    } catch (error) {
      return error
    }
  }
  return null
}

describe('a lane finds out a server that', () => {
  it.each(FAULTS)(
    '$says',
    async ({ tamper, breaks }) => {
      const found = await foundOut(tamper)
      if (!(found instanceof Violation)) throw new Error('nothing was found out', { cause: found })
      expect(breaks).toContain(found.rule)
    },
    240_000,
  )
})

describe('no device minds a network that', () => {
  it.each(BAD_WEATHER)('[D7] [K1] $says', ({ tamper }) => playWith(tamper, 1, 25), 120_000)
})

describe('a history that fails', () => {
  it('is made as short as the failure allows', async () => {
    const fails = (list: readonly number[]) => Promise.resolve(list.includes(13) && list.includes(57))
    const list = Array.from({ length: 100 }, (_, n) => n)
    expect(await shrink(list, fails, 100)).toEqual([13, 57])
  })
})
