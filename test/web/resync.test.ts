import { expect, it } from 'vitest'
import type { FieldDefinition, Resync } from '../../web/sdk/contract.ts'
import { afterResync } from '../../web/sdk/resync.ts'
import { copyOf } from '../support/apply.ts'
import { department, GUEST, OFFICE, page, person, REGULAR, TEAM } from './rows.ts'

const sensitive = (key: string, appliesTo: 'DEPARTMENT' | 'STAFF', isSensitive = true): FieldDefinition => ({
  id: `field-${key}`,
  key,
  label: key,
  appliesTo,
  isSensitive,
})

const fields = [
  sensitive('description', 'DEPARTMENT'),
  sensitive('floor', 'DEPARTMENT', false),
  sensitive('mobile', 'STAFF'),
  sensitive('title', 'STAFF'),
  sensitive('email', 'STAFF'),
  sensitive('seat', 'STAFF'),
]

const d1 = department('d1')
const ann = person('ann')
const copy = copyOf([
  page('v1', [d1, department('d2', { typeId: OFFICE })], [ann, person('bob', { typeId: GUEST })], { fields }),
])

const resync = (values: Partial<Resync>): Resync => ({
  reason: 'PRUNED',
  delayMs: 0,
  keepOld: true,
  departmentTypeIds: [TEAM, OFFICE],
  staffTypeIds: [REGULAR, GUEST],
  sensitiveFields: ['description', 'mobile', 'title', 'email', 'seat'],
  departmentFields: ['description', 'floor'],
  staffFields: ['email', 'floor', 'mobile', 'nickname', 'seat', 'title'],
  ...values,
})

it('[R2] hides the whole copy unless it may be kept', () => {
  expect(afterResync(copy, resync({ keepOld: false }))).toBeNull()
  const kept = afterResync(copy, resync({}))
  expect(kept?.departments).toEqual(copy.departments)
  expect(kept?.staff).toEqual(copy.staff)
  expect(kept).not.toHaveProperty('cursor')
})

it('[R2] [I6] deletes rows and definitions of types that are not listed, and nothing else', () => {
  const kept = afterResync(copy, resync({ departmentTypeIds: [TEAM], staffTypeIds: [REGULAR] }))
  expect(kept?.departments).toEqual(new Map([['d1', d1]]))
  expect(kept?.staff).toEqual(new Map([['ann', ann]]))
  expect(kept?.departmentTypes.map((type) => type.id)).toEqual([TEAM])
  expect(kept?.staffTypes.map((type) => type.id)).toEqual([REGULAR])
  expect(kept?.fields).toEqual(fields)
})

it('[R2] [V5] deletes the values of fields that are not listed, titles of memberships with the title', () => {
  const kept = afterResync(copy, resync({ departmentFields: ['floor'], staffFields: ['mobile', 'nickname'] }))
  expect(kept?.departments.get('d1')).toEqual({ ...d1, description: null })
  expect(kept?.staff.get('ann')).toEqual({
    ...ann,
    title: null,
    email: [],
    memberships: ann.memberships.map((m) => ({ ...m, title: null })),
    metadata: [],
  })
  expect(kept?.fields.map((field) => field.key)).toEqual(['floor', 'mobile'])
})
