import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dropAt } from '../../web/admin/departments/drop.ts'
import {
  changedFields,
  clashes,
  EMPTY,
  fieldOfPath,
  merged,
  patchOf,
  type StaffDraft,
} from '../../web/admin/staff/draft.ts'

const text = fc.constantFrom('', 'a', 'b')
const draft: fc.Arbitrary<StaffDraft> = fc
  .record({ name: text, title: text, mobile: text, metadata: fc.dictionary(fc.constantFrom('x', 'y'), text) })
  .map((some) => ({ ...EMPTY, ...some }))

describe('[8] what two people make of the same person', () => {
  it('is both where they do not collide, and theirs or mine, as it is chosen, where they do', () => {
    fc.assert(
      fc.property(draft, draft, draft, fc.boolean(), (base, mine, theirs, isMine) => {
        const collided = clashes(base, mine, theirs)
        const both = merged(base, mine, theirs, new Set(isMine ? collided : []))
        const own = changedFields(base, mine)
        for (const field of changedFields(theirs, both)) expect(own).toContain(field)
        for (const field of own)
          expect(both[field]).toEqual(collided.includes(field) && !isMine ? theirs[field] : mine[field])
        // Nothing is asked of anybody that is the same for both.
        for (const field of collided) expect(changedFields(mine, theirs)).toContain(field)
      }),
    )
  })

  it('is asked for by what was changed alone, an empty text being none', () => {
    expect(patchOf(EMPTY, EMPTY)).toEqual({})
    expect(patchOf(EMPTY, { ...EMPTY, metadata: { seat: '' } })).toEqual({})
    const base = { ...EMPTY, title: 'old', metadata: { seat: '1', cost: '2' } }
    expect(patchOf(base, { ...base, title: ' ', metadata: { seat: '1', cost: '' } })).toEqual({
      title: null,
      metadata: [{ key: 'cost', value: null }],
    })
    expect(patchOf(EMPTY, { ...EMPTY, email: 'a@x.example,\n b@x.example' })).toEqual({
      email: ['a@x.example', 'b@x.example'],
    })
  })

  it('stands beside its field when the server does not take it', () => {
    expect(
      ['name', 'email.1', 'managerId', 'memberships.0.departmentId', 'ifRevision'].map(fieldOfPath),
    ).toEqual(['name', 'email', 'manager', 'memberships', null])
  })
})

describe('a department that is let go over another one', () => {
  const rows = [
    { id: 'top', parentId: null, level: 1 },
    { id: 'a', parentId: 'top', level: 2 },
    { id: 'a1', parentId: 'a', level: 3 },
    { id: 'b', parentId: 'top', level: 2 },
    { id: 'c', parentId: 'top', level: 2 },
  ]
  it('stands before, in or behind it', () => {
    expect(dropAt(rows, 'c', 'a', 0.1)).toEqual({ place: 'before', parentId: 'top', afterId: null })
    expect(dropAt(rows, 'c', 'b', 0.1)).toEqual({ place: 'before', parentId: 'top', afterId: 'a' })
    expect(dropAt(rows, 'c', 'b', 0.5)).toEqual({ place: 'into', parentId: 'b' })
    expect(dropAt(rows, 'a', 'c', 0.9)).toEqual({ place: 'after', parentId: 'top', afterId: 'c' })
    // Its own place does not count among those before it.
    expect(dropAt(rows, 'b', 'c', 0.1)).toEqual({ place: 'before', parentId: 'top', afterId: 'a' })
  })

  it('never stands in itself or below itself', () => {
    for (const at of [0, 0.5, 1]) {
      expect(dropAt(rows, 'a', 'a', at)).toBeNull()
      expect(dropAt(rows, 'a', 'a1', at)).toBeNull()
      expect(dropAt(rows, 'top', 'c', at)).toBeNull()
    }
  })
})
