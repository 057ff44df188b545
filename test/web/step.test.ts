import { describe, expect, it } from 'vitest'
import { Copy } from '../../web/sdk/copy.ts'
import { planStep } from '../../web/sdk/step.ts'
import { applyPages, copyOf } from '../support/apply.ts'
import {
  delta,
  department,
  digestOf,
  GUEST,
  OFFICE,
  page,
  person,
  remove,
  TEAM,
  tellDepartment,
  tellPerson,
} from './rows.ts'

const d1 = department('d1')
const d2 = department('d2', { typeId: OFFICE, parentId: 'd1' })
const ann = person('ann')
const bob = person('bob', { typeId: GUEST, managerId: 'ann' })
const start = () => copyOf([page('v1', [d1, d2], [ann, bob])])

/** Everything that a copy tells of itself, to see that nothing has changed. */
const contentOf = (copy: Copy) => structuredClone([copy.cursor, copy.digest, copy.departments, copy.staff])

describe('one step of a copy', () => {
  it('[K1] [D8] takes rows that come, change and go, lists and version together, and keeps the digest', () => {
    const copy = start()
    const [renamed, carl] = [{ ...d1, name: 'New', revision: 'd1-2' }, person('carl')]
    const digest = digestOf(renamed, d2, ann, carl)
    const changes = [tellDepartment('UPDATE', renamed), tellPerson('ADD', carl), remove('STAFF', 'bob')]
    const staffTypes = [{ id: GUEST, name: 'Visitor', description: null }]
    const plan = planStep(copy, delta('v1', 'v2', { changes, staffTypes, digest }))
    expect(copy.cursor).toBe('v1')
    if (plan.kind !== 'step') throw new Error(plan.kind)
    copy.commit(plan.step)
    expect(copy.departments).toEqual(new Map([renamed, d2].map((row) => [row.id, row])))
    expect(copy.staff).toEqual(new Map([ann, carl].map((row) => [row.id, row])))
    expect(copy.staffTypes).toEqual(staffTypes)
    expect([copy.cursor, copy.digest]).toEqual(['v2', digest])
    expect(Copy.restore(copy.cursor, copy).digest).toBe(digest)
    expect(() => copy.commit(plan.step)).toThrow('another state')
  })

  it('[D7] knows a delta that it has, refuses one that starts somewhere else, and changes nothing either way', () => {
    const copy = start()
    const next = delta('v1', 'v2', { changes: [remove('STAFF', 'bob')], digest: digestOf(d1, d2, ann) })
    applyPages(copy, [{ ...next, hasMore: false }])
    const before = contentOf(copy)
    expect(planStep(copy, next)).toEqual({ kind: 'known' })
    expect(planStep(copy, delta('v3', 'v4', {}))).toEqual({ kind: 'gap' })
    expect(contentOf(copy)).toEqual(before)
  })

  it.each([
    ['an ADD of a row that is there', tellPerson('ADD', ann)],
    ['an UPDATE of a row that is not', tellPerson('UPDATE', person('eve'))],
    ['a REMOVE of a row that is not', remove('DEPARTMENT', 'd9')],
    ['an UPDATE without its row', { ...tellPerson('UPDATE', ann), staff: null }],
  ])('[K1] [D2] refuses %s with everything that came with it', (_, wrong) => {
    const copy = start()
    const before = contentOf(copy)
    const changes = [remove('DEPARTMENT', 'd2'), wrong]
    expect(planStep(copy, delta('v1', 'v2', { changes }))).toEqual({ kind: 'unfit', id: wrong.id })
    expect(contentOf(copy)).toEqual(before)
  })

  it('[D8] tells its own digest when the rows would not add up, and stays as it was', () => {
    const copy = start()
    const before = contentOf(copy)
    const changes = [remove('STAFF', 'bob')]
    const plan = planStep(copy, delta('v1', 'v2', { changes, digest: digestOf(d1) }))
    expect(plan).toEqual({ kind: 'disagreement', digest: digestOf(d1, d2, ann) })
    expect(contentOf(copy)).toEqual(before)
  })

  it('[D5] deletes first what has a revoked type, by its stored type and nothing more', () => {
    const copy = start()
    const revoked = { departmentTypeIds: [OFFICE], staffTypeIds: [GUEST, TEAM] }
    const retyped = { ...bob, typeId: TEAM, revision: 'bob-2' }
    const digest = digestOf(d1, ann, retyped)
    const plan = planStep(copy, delta('v1', 'v2', { revoked, changes: [tellPerson('ADD', retyped)], digest }))
    if (plan.kind !== 'step') throw new Error(plan.kind)
    copy.commit(plan.step)
    // A row that comes back with a listed id stays, and so does a department whose id is listed for people.
    expect([...copy.departments.keys(), ...copy.staff.keys()]).toEqual(['d1', 'ann', 'bob'])
  })

  it('[D5] the changes of a delta never see a row of a revoked type', () => {
    const revoked = { departmentTypeIds: [], staffTypeIds: [GUEST] }
    const changes = [remove('STAFF', 'bob')]
    expect(planStep(start(), delta('v1', 'v2', { revoked, changes }))).toEqual({ kind: 'unfit', id: 'bob' })
  })
})
