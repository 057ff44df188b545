import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import type * as LruCache from 'lru-cache'
import { describe, expect, it, vi } from 'vitest'
import { history, type History } from './lane/history.ts'
import { INVARIANTS } from './lane/invariants.ts'
import { run } from './lane/run.ts'

vi.mock('lru-cache', async (original) => {
  const { smallCaches } = await import('../support/small-caches.ts')
  return smallCaches(await original<typeof LruCache>())
})

/** Histories that once failed, kept for ever. */
const KEPT = join(import.meta.dirname, 'kept')
/** Where a history that fails is written: git does not see it. */
const FAILED = join(import.meta.dirname, '../../.dolores/histories')
const RUNS = Number(process.env['HISTORIES'] ?? 1000)
const LENGTH = 12

const read = (path: string): History => JSON.parse(readFileSync(path, 'utf8'))

/** Writes a history down and tells how to see it again. */
function keep(failing: History): string {
  const text = JSON.stringify(failing, null, 2)
  const path = join(FAILED, `${createHash('sha256').update(text).digest('hex').slice(0, 12)}.json`)
  mkdirSync(FAILED, { recursive: true })
  writeFileSync(path, text)
  return `HISTORY=${path} npm test -- test/sync/lane.test.ts -t 'the history of'\nIts place, once mended, is test/sync/kept.`
}

const rules = [...new Set(INVARIANTS.map(({ rule }) => `[${rule}]`))].join(' ')

describe('simulated devices over the public methods of sync', () => {
  const replayed = process.env['HISTORY']
  const kept = readdirSync(KEPT).map((name) => join(KEPT, name))

  it.each(replayed ? [replayed] : kept)('the history of %s', async (path) => {
    await run(read(path))
  })

  it(`[T31] [T32] ${rules} hold at every committed state of ${RUNS} random histories`, async () => {
    const details = await fc.check(fc.asyncProperty(history(LENGTH), run), { numRuns: RUNS })
    const failing = details.counterexample?.[0]
    if (failing)
      throw new Error(`${JSON.stringify(failing)}\n${keep(failing)}`, { cause: details.errorInstance })
    expect(details.numRuns).toBe(RUNS)
  }, 600_000)
})
