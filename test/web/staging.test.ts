import { expect, it } from 'vitest'
import { DeltaStaging, SnapshotStaging } from '../../web/sdk/staging.ts'
import { delta, department, digestOf, GUEST, page, person, remove } from './rows.ts'

const [d1, ann, bob] = [department('d1'), person('ann'), person('bob')]

it('[D10] keeps pages until the last: changes of all, `revoked` of the first, digest and version of the last', () => {
  const staging = new DeltaStaging('v1')
  const revoked = { departmentTypeIds: [], staffTypeIds: [GUEST] }
  const first = delta('v1', 'page-2', { revoked, changes: [remove('STAFF', 'ann')] })
  expect(staging.add({ ...first, hasMore: true })).toEqual({ kind: 'partial', next: 'page-2' })
  const last = delta('page-2', 'v2', { changes: [remove('STAFF', 'bob')], digest: digestOf(d1) })
  expect(staging.add({ ...last, hasMore: false })).toEqual({
    kind: 'whole',
    delta: { ...last, from: 'v1', revoked, changes: [...first.changes, ...last.changes] },
  })
})

it('[D10] [D7] refuses a page that is not the next, whether it came before or skips one', () => {
  const staging = new DeltaStaging('v1')
  const first = { ...delta('v1', 'page-2', {}), hasMore: true }
  staging.add(first)
  expect(staging.add(first)).toEqual({ kind: 'gap' })
  expect(staging.add({ ...delta('page-3', 'v2', {}), hasMore: false })).toEqual({ kind: 'gap' })
  expect(staging.add({ ...delta('page-2', 'v2', {}), hasMore: false })).toMatchObject({ kind: 'whole' })
})

it('[S1] makes a copy of all pages of a snapshot, and of nothing less', () => {
  const staging = new SnapshotStaging()
  const digest = digestOf(d1, ann, bob)
  expect(staging.add(page('v1', [d1], [], { digest, hasNextPage: true }))).toEqual({
    kind: 'partial',
    next: 'end',
  })
  const staged = staging.add(page('v1', [], [ann, bob], { digest }))
  if (staged.kind !== 'whole') throw new Error(staged.kind)
  expect(staged.copy).toMatchObject({ cursor: 'v1', digest })
  expect([...staged.copy.departments.values(), ...staged.copy.staff.values()]).toEqual([d1, ann, bob])
})

it('[S1] [D8] refuses pages of two versions, and rows that do not add up', () => {
  const staging = new SnapshotStaging()
  const digest = digestOf(d1, ann)
  staging.add(page('v1', [d1], [], { digest, hasNextPage: true }))
  expect(staging.add(page('v2', [], [ann], { digest }))).toEqual({ kind: 'mixed' })
  expect(staging.add(page('v1', [], [bob], { digest }))).toEqual({
    kind: 'disagreement',
    version: 'v1',
    digest: digestOf(d1, bob),
  })
})
