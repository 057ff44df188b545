import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { BrowserWorld } from './browser.ts'

/** One world for the tests of a file. The pages of a test end with it, and may not have complained of anything. */
export function useBrowserWorld(
  started: (world: BrowserWorld) => void,
  o: Parameters<typeof BrowserWorld.start>[0] = {},
): void {
  let world: BrowserWorld | undefined
  beforeAll(async () => {
    world = await BrowserWorld.start(o)
    started(world)
  }, 120_000)
  afterAll(async () => await world?.close())
  afterEach(async () => {
    for (const context of world?.browser.contexts() ?? []) await context.close()
    expect(world?.complaints.splice(0)).toEqual([])
  })
}
