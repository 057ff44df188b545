import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FileStore } from '../../web/node/file-store.ts'
import { Copy } from '../../web/sdk/copy.ts'
import { MemoryStore } from '../../web/sdk/store.ts'
import { CONTRACT, exampleCopy, exampleStep } from './store-contract.ts'

describe('a store in memory', () => {
  it.each(Object.entries(CONTRACT))('%s', async (_, check) => {
    const store = new MemoryStore()
    await check({ open: () => store })
  })
})

describe('a store in a file', () => {
  let folder: string
  let n = 0
  const path = () => join(folder, `copy-${++n}`)
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dolores-store-'))
  })
  afterAll(async () => await rm(folder, { recursive: true, force: true }))

  it.each(Object.entries(CONTRACT))('%s', async (_, check) => {
    const at = path()
    await check({ open: () => new FileStore(at) })
  })

  it('[K1] wherever a crash has cut it off, holds a state that was true, and goes on from there', async () => {
    const at = path()
    const copy = exampleCopy()
    await new FileStore(at).replace(copy, 1)
    const whole = await readFile(at)
    const states = new Map([[copy.cursor, copy.sum]])
    const store = new FileStore(at)
    for (let step = 1; step <= 3; step++) {
      const next = exampleStep(copy, `v${step + 1}`, step)
      await store.apply(copy, next, step + 1)
      copy.commit(next)
      states.set(copy.cursor, copy.sum)
    }
    const all = await readFile(at)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: whole.length, max: all.length }), async (length) => {
        await writeFile(at, all.subarray(0, length))
        const kept = await new FileStore(at).load()
        if (!kept || kept.cursor === null) throw new Error('nothing is left')
        expect(kept.sum).toBe(states.get(kept.cursor))
        const restored = Copy.restore(kept.cursor, kept.rows)
        expect(restored.sum).toBe(kept.sum)
        const again = new FileStore(at)
        const next = exampleStep(restored, 'later', 9)
        await again.apply(restored, next, 9)
        expect(await new FileStore(at).load()).toMatchObject({ cursor: 'later', sum: next.sum })
      }),
      { numRuns: 60 },
    )
  })

  it('[K1] a copy that was not written to its end is none, nor is something else', async () => {
    const at = path()
    await new FileStore(at).replace(exampleCopy(), 1)
    const whole = await readFile(at)
    for (const length of [0, 1, 40, Math.floor(whole.length / 2), whole.length - 1]) {
      await writeFile(at, whole.subarray(0, length))
      expect(await new FileStore(at).load()).toBeNull()
    }
    for (const text of ['', 'x', '{}\n', '{"format":0}\n', 'null\n']) {
      await writeFile(at, text)
      expect(await new FileStore(at).load()).toBeNull()
    }
  })

  it('is written anew when steps take more room than what they change', async () => {
    const at = path()
    const store = new FileStore(at)
    const copy = exampleCopy()
    await store.replace(copy, 1)
    await appendFile(at, `${JSON.stringify({ at: 2, pad: 'x'.repeat(3_000_000) })}\n`)
    const next = exampleStep(copy, 'v2', 1)
    await new FileStore(at).apply(copy, next, 3)
    expect((await readFile(at)).length).toBeLessThan(1_000_000)
    expect(await new FileStore(at).load()).toMatchObject({ cursor: 'v2', sum: next.sum })
  })
})
