import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileStore } from '../../web/sdk/node/file-store.ts'
import { memoryStore } from '../../web/sdk/store.ts'
import { company, NOTE, STORE_CONTRACT, type StoreGround } from './store-contract.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dolores-store-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function readAll(): Promise<string> {
  const names = (await readdir(folder)).toSorted()
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return texts.join('\n')
}

function memoryGround(): StoreGround {
  const store = memoryStore()
  return {
    open: () => store,
    dump: async () => JSON.stringify([...((await store.load())?.staff.values() ?? [])]),
  }
}
const fileGround = (): StoreGround => ({ open: () => fileStore(folder), dump: readAll })

describe('a copy in memory', () => {
  it.each(STORE_CONTRACT)('$says', ({ holds }) => holds(memoryGround()))
})

describe('a copy in files', () => {
  it.each(STORE_CONTRACT)('$says', ({ holds }) => holds(fileGround()))

  it('[T61] is for nobody but its user to read', async () => {
    const store = fileStore(folder)
    await store.replace(company(), NOTE)
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o077).toBe(0)
    await store.close()
  })

  it('is for one process at a time, and free again once that is gone', async () => {
    const store = fileStore(folder)
    await store.load()
    await expect(fileStore(folder).load()).rejects.toThrow(/in use by process/)
    await store.close()
    // As left behind by a process that was killed, in a container where this one has its number.
    await writeFile(join(folder, 'lock'), `${process.pid} 12345.6`)
    const next = fileStore(folder)
    expect(await next.load()).toBeNull()
    await next.close()
  })

  it.each([
    ['a bucket that is cut short', async (name: string) => truncate(join(folder, name), 10), /^bucket/],
    ['a bucket that was changed', async (name: string) => writeFile(join(folder, name), '{}'), /^bucket/],
    ['a bucket that is missing', async (name: string) => rm(join(folder, name)), /^bucket/],
    ['a head that is cut short', async (name: string) => truncate(join(folder, name), 100), /^head/],
  ])('[K1] with %s is no copy, and nothing of it stays', async (_, damage, which) => {
    const store = fileStore(folder)
    await store.replace(company(), NOTE)
    await store.close()
    const name = (await readdir(folder)).find((n) => which.test(n))
    await damage(name ?? '')
    const again = fileStore(folder)
    expect(await again.load()).toBeNull()
    expect(await readdir(folder)).toEqual(['lock'])
    await again.close()
  })
})
