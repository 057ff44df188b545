import { describe, it } from 'vitest'
import { MemoryStore } from '../../web/sdk/store.ts'
import { CONTRACT } from './store-contract.ts'

describe('a store in memory', () => {
  it.each(Object.entries(CONTRACT))('%s', async (_, check) => {
    const store = new MemoryStore()
    await check({ open: () => store })
  })
})
