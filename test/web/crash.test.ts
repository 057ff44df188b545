import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs, { type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Copy } from '../../web/sdk/copy.ts'
import { fileStore } from '../../web/sdk/node/file-store.ts'
import { historyAt, NOTE_OF, writeHistory } from './crash-history.ts'
import { expectCopy } from './store-contract.ts'

let folder: string
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'dolores-crash-'))
})
afterEach(() => fs.rm(folder, { recursive: true, force: true }))

/** The copy that the folder gives back is one that was true at its version: never between two. */
async function expectOneOf(steps: readonly number[]): Promise<number> {
  const store = fileStore(folder)
  const stored = await store.load()
  await store.close()
  if (!stored) {
    expect(steps).toContain(0)
    return 0
  }
  const step = Number(stored.cursor.slice(1))
  expect(steps).toContain(step)
  expectCopy(stored, historyAt(step), NOTE_OF(step))
  return step
}

/** Lets the n-th act on files fail, after half of it when it writes, and all that follow: as when the process is gone. */
function cutAt(n: number): { readonly acts: number; restore(): void } {
  const real = { open: fs.open, rename: fs.rename, rm: fs.rm }
  const cut = { acts: 0, restore: () => {} }
  const act = async <T>(half: (() => Promise<unknown>) | null, whole: () => Promise<T>): Promise<T> => {
    cut.acts++
    if (cut.acts === n) await half?.()
    if (cut.acts >= n) throw new Error('the process is gone')
    return whole()
  }
  const open = vi.spyOn(fs, 'open').mockImplementation((...args) =>
    act(null, async () => {
      const file: FileHandle = await real.open(...args)
      const writeFile = file.writeFile.bind(file)
      const sync = file.sync.bind(file)
      file.writeFile = (text, ...rest) =>
        act(
          () => writeFile(String(text).slice(0, String(text).length / 2)),
          () => writeFile(text, ...rest),
        )
      file.sync = () => act(null, () => sync())
      return file
    }),
  )
  const rename = vi.spyOn(fs, 'rename').mockImplementation((...args) => act(null, () => real.rename(...args)))
  const rm = vi.spyOn(fs, 'rm').mockImplementation((...args) => act(null, () => real.rm(...args)))
  syncBuiltinESMExports()
  return Object.assign(cut, {
    restore: () => {
      for (const spy of [open, rename, rm]) spy.mockRestore()
      syncBuiltinESMExports()
    },
  })
}

const STEPS = 4

it('[K1] cut off between any two acts on its files, a store has a copy that was true at its version', async () => {
  let reached = 0
  let cuts = 0
  for (let n = 1; ; n++) {
    await fs.rm(folder, { recursive: true, force: true })
    const done: number[] = []
    const cut = cutAt(n)
    const work = writeHistory(fileStore(folder), STEPS, (step) => done.push(step))
    await work.catch(() => {})
    cut.restore()
    // What was left behind is another process's now.
    await fs.rm(join(folder, 'lock'), { force: true })
    const last = done.at(-1) ?? 0
    const step = await expectOneOf([last, last + 1])
    reached = Math.max(reached, step)
    if (cut.acts < n) break
    cuts++
  }
  expect(cuts).toBeGreaterThan(100)
  expect(reached).toBe(STEPS)
})

it('[K1] [T76] killed with -9 in the middle of its steps, again and again, it goes on from a true copy', async () => {
  let at = 0
  for (const lines of [3, 1, 7, 12, 2, 5]) {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'crash-child.ts'), folder],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const gone = once(child, 'exit')
    let heard = 0
    let last = at
    for await (const line of createInterface(child.stdout)) {
      last = Number(line)
      if (++heard === lines) child.kill('SIGKILL')
    }
    await gone
    expect(child.signalCode).toBe('SIGKILL')
    // It may have stored a step more than it could say.
    at = await expectOneOf([last, last + 1])
    expect(at).toBeGreaterThan(0)
  }
  expect(at).toBeGreaterThanOrEqual(30)
  expect(new Copy(historyAt(at)).cursor).toBe(`v${at}`)
}, 60_000)
