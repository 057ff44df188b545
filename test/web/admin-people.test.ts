import { describe, expect, it } from 'vitest'
import { afterConflict, inputOf, type CellEdit } from '../../web/admin/people/cell-edit.ts'
import { BulkRun, type Person, type Sent } from '../../web/admin/people/bulk-run.ts'
import type { AdminStaffPartsFragment, BulkEditInput } from '../../web/generated/graphql.ts'

const people = (count: number): Person[] =>
  Array.from({ length: count }, (_, n) => ({ id: String(n), name: `Person ${n}` }))
const editsOf = (some: readonly Person[]) =>
  Promise.resolve(some.map(({ id }): BulkEditInput => ({ deleteStaff: { id } })))

/** A server that notes what it is asked, and answers what it is told to. */
function server(answer: (edits: readonly BulkEditInput[], n: number) => Sent) {
  const asked: { ids: string[]; key: string }[] = []
  const send = (edits: readonly BulkEditInput[], key: string) => {
    asked.push({ ids: edits.map(({ deleteStaff }) => deleteStaff?.id ?? ''), key })
    return Promise.resolve(answer(edits, asked.length))
  }
  return { asked, send }
}
const allMade = (edits: readonly BulkEditInput[]) => edits.map(() => null)

describe('[6] edits of many people', () => {
  it('go batch by batch, each under a key of its own, and say of each who was refused', async () => {
    const { asked, send } = server((edits) =>
      edits.map(({ deleteStaff }) => (deleteStaff?.id === '77' ? 'not permitted' : null)),
    )
    const run = new BulkRun(people(230), { editsOf, send })
    await run.go()
    expect(run.progress.value).toEqual({
      total: 230,
      made: 229,
      refused: [{ id: '77', name: 'Person 77', text: 'not permitted' }],
      state: 'done',
    })
    expect(asked.flatMap(({ ids }) => ids)).toEqual(people(230).map(({ id }) => id))
    expect(new Set(asked.map(({ key }) => key)).size).toBe(asked.length)
    expect(Math.max(...asked.map(({ ids }) => ids.length))).toBeLessThanOrEqual(200)
  })

  it('stop after the batch that is on its way, and go on with the next one', async () => {
    const run: BulkRun<Person> = new BulkRun(people(120), {
      editsOf,
      send: (edits, key) => {
        if (one.asked.length === 0) run.stop()
        return one.send(edits, key)
      },
    })
    const one = server(allMade)
    await run.go()
    expect(run.progress.value).toMatchObject({ made: 50, state: 'stopped' })
    await run.go()
    expect(run.progress.value).toMatchObject({ made: 120, state: 'done' })
    await run.go()
    expect(one.asked.flatMap(({ ids }) => ids)).toEqual(people(120).map(({ id }) => id))
  })

  it('[8] ask again with the same key and the same edits where an answer was lost', async () => {
    const { asked, send } = server((edits, n) => (n === 2 ? 'away' : allMade(edits)))
    let made = 0
    const run = new BulkRun(people(100), {
      editsOf: (some) => {
        made++
        return editsOf(some)
      },
      send,
    })
    await run.go()
    expect(run.progress.value).toMatchObject({ made: 50, state: 'away' })
    await run.go()
    expect(run.progress.value).toMatchObject({ made: 100, state: 'done' })
    expect(asked[2]).toEqual(asked[1])
    expect(made).toBe(2)
  })
})

describe('[6] a cell that is edited', () => {
  const edit: CellEdit = {
    id: 'x',
    name: 'X',
    cell: 'title',
    base: 'before',
    revision: 'r1',
    value: 'mine ',
    problem: null,
    theirs: null,
    isBusy: false,
  }
  const now = (title: string | null) => ({ title, revision: 'r2' }) as AdminStaffPartsFragment

  it('sends what was typed, without what stands around it; empty takes it away', () => {
    expect(inputOf(edit)).toEqual({ id: 'x', ifRevision: 'r1', title: 'mine' })
    expect(inputOf({ ...edit, value: ' ' })).toEqual({ id: 'x', ifRevision: 'r1', title: null })
  })

  it('[8] goes on where something else of the person was changed, and shows both where it was the same', () => {
    expect(afterConflict(edit, now('before'))).toEqual({ ...edit, revision: 'r2' })
    expect(afterConflict(edit, now('theirs'))).toEqual({
      ...edit,
      theirs: { value: 'theirs', revision: 'r2' },
    })
    expect(afterConflict(edit, now(null)).theirs).toEqual({ value: '', revision: 'r2' })
  })
})
