import { expect, it } from 'vitest'
import { planStep } from '../../web/sdk/step.ts'
import type { WholeDelta } from '../../web/sdk/staging.ts'
import { copyOf } from '../support/apply.ts'
import { delta, department, digestOf, page, person, tellPerson } from './rows.ts'

const d1 = department('d1')
const ann = person('ann')

/** As it comes over the wire from a server that is newer than this client. */
function fromNewerServer(known: WholeDelta, unknown: object): WholeDelta {
  return JSON.parse(JSON.stringify({ ...known, ...unknown }))
}

it('[T57] ignores changes of a category that it does not know, applies the others, and agrees on the digest', () => {
  const copy = copyOf([page('v1', [d1], [ann])])
  const bob = person('bob')
  const changes = [
    { action: 'ADD', category: 'ROOM', id: 'r1', department: null, staff: null, room: { id: 'r1' } },
    tellPerson('ADD', bob),
    { action: 'REMOVE', category: 'ROOM', id: 'ann', department: null, staff: null },
  ]
  const plan = planStep(
    copy,
    fromNewerServer(delta('v1', 'v2', { digest: digestOf(d1, ann, bob) }), { changes }),
  )
  if (plan.kind !== 'step') throw new Error(plan.kind)
  copy.commit(plan.step)
  expect([...copy.staff.keys()]).toEqual(['ann', 'bob'])
  expect([...copy.departments.keys()]).toEqual(['d1'])
})

it('[T57] an action that it does not know is not guessed at: the copy is fetched anew', () => {
  const copy = copyOf([page('v1', [d1], [ann])])
  const changes = [{ action: 'MERGE', category: 'STAFF', id: 'ann', department: null, staff: null }]
  expect(planStep(copy, fromNewerServer(delta('v1', 'v2', {}), { changes }))).toEqual({
    kind: 'unfit',
    id: 'ann',
  })
})

it('[T57] keeps fields of rows that it does not know, and loses none that it knows', () => {
  const copy = copyOf([page('v1', [d1], [ann])])
  const newer = { ...person('bob'), pronouns: 'they' }
  const told = fromNewerServer(delta('v1', 'v2', { digest: digestOf(d1, ann, newer) }), {
    changes: [tellPerson('ADD', newer)],
    somethingNew: 1,
  })
  const plan = planStep(copy, told)
  if (plan.kind !== 'step') throw new Error(plan.kind)
  copy.commit(plan.step)
  expect(copy.staff.get('bob')).toEqual(newer)
})
