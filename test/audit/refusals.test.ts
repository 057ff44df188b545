import { expect, it } from 'vitest'
import type { NewRecord } from '../../src/audit/record.ts'
import { Refusals } from '../../src/audit/refusals.ts'
import { createLogger } from '../../src/log.ts'

it('[T36] refusals beyond thirty in a minute are counted, and the number stands with the next that is written', async () => {
  const written: NewRecord[] = []
  let now = 0
  const refusals = new Refusals({
    audit: { write: async (record) => void written.push(record) },
    clock: { now: () => now },
    log: createLogger('silent'),
  })
  for (let i = 0; i < 100; i++) refusals.note({ actorId: 'a', action: 'staff.update' })
  refusals.note({ actorId: 'b', action: 'staff.update' })
  expect(written.filter(({ actorId }) => actorId === 'a')).toHaveLength(30)
  expect(written.filter(({ actorId }) => actorId === 'b')).toHaveLength(1)
  now = 60_000
  refusals.note({ actorId: 'a', action: 'staff.update' })
  await refusals.settled()
  expect(written.at(-1)).toMatchObject({ outcome: 'REFUSED', detail: { notWritten: '70' } })
})

it('[T36] a refusal that cannot be written is refused all the same', async () => {
  const refusals = new Refusals({
    audit: { write: () => Promise.reject(new Error('away')) },
    clock: { now: () => 0 },
    log: createLogger('silent'),
  })
  refusals.note({ actorId: 'a', action: 'staff.update' })
  await expect(refusals.settled()).resolves.toBeUndefined()
})
