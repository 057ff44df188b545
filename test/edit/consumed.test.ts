import { describe, expect, it } from 'vitest'
import { Consumed } from '../../src/edit/consumed.ts'
import type { Trace } from '../../src/edit/step.ts'

const ID = '00000000-0000-4000-8000-000000000001'
const CSN = (n: number) => `2026010100000${n}.000000Z#000000#000#000000`

/** What the log knows of the entry; undefined: it does not know it. */
function consumed(known: string | null | undefined, reached = true) {
  const nodes = known === undefined ? [] : [[ID, known] as const]
  const asked: number[] = []
  const db = { run: async () => [{ version: '7', nodes }] as never }
  const replica = {
    waitFor: async (version: number) => {
      asked.push(version)
      return reached
    },
    onAdvance: () => () => {},
  }
  return { asked, wait: new Consumed({ db, replica, waitMs: 0 }) }
}

describe('[L1] what was written has been consumed', () => {
  it.each<[Trace['fate'], string | null | undefined, boolean]>([
    ['changed', CSN(1), false],
    ['changed', CSN(2), true],
    ['changed', CSN(3), true],
    ['changed', null, false],
    ['changed', undefined, true],
    ['new', undefined, false],
    ['new', CSN(2), true],
    ['gone', CSN(3), false],
    ['gone', undefined, true],
  ])('%s, where the log has %s: %s', async (fate, known, isSeen) => {
    const trace: Trace = { id: ID, csn: CSN(2), fate }
    const { asked, wait } = consumed(known)
    expect([await wait.isSeen([trace]), await wait.wait([trace])]).toEqual([isSeen, isSeen])
    expect(asked).toEqual(isSeen ? [7, 7] : [])
  })

  it('counts the last of several writes to one entry, and waits for this instance too', async () => {
    const traces: Trace[] = [
      { id: ID, csn: CSN(1), fate: 'new' },
      { id: ID, csn: CSN(2), fate: 'changed' },
    ]
    expect(await consumed(CSN(1)).wait.isSeen(traces)).toBe(false)
    expect(await consumed(CSN(2)).wait.isSeen(traces)).toBe(true)
    expect(await consumed(CSN(2), false).wait.isSeen(traces)).toBe(false)
    expect(await consumed(undefined).wait.wait([])).toBe(true)
  })
})
