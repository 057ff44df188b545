import type * as LruCache from 'lru-cache'
import { it, vi } from 'vitest'
import { EDIT_NAMES, EDITS } from '../support/edits.ts'
import { expectFollows } from '../support/follows.ts'
import { newCompany } from '../support/histories.ts'

vi.mock('lru-cache', async (original) => {
  const { smallCaches } = await import('../support/small-caches.ts')
  return smallCaches(await original<typeof LruCache>())
})

const OPERANDS = [0, 1, 3, 8].map((n) => ({ a: n, b: 3 * n + 1, c: n + 4 }))

it.each(EDIT_NAMES.map((name) => [name]))(
  '[D1] [D8] [D9] [I1] [I7] copies of everybody follow, pulled and pushed: %s',
  async (name) => {
    const company = newCompany({ departments: 7, people: 8 })
    for (const operands of OPERANDS) await expectFollows(company, (c) => EDITS[name](c, operands))
  },
)
