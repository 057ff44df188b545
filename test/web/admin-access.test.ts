import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ABILITIES } from '../../src/access/authority.ts'
import { Abilities } from '../../web/admin/abilities.ts'
import * as forms from '../../web/admin/access/entry-form.ts'
import { matrixOf } from '../../web/admin/access/matrix/matrix.ts'
import { sightOf, viewersOf } from '../../web/admin/access/matrix/viewers.ts'
import { openParts } from '../../web/admin/access/parts.ts'
import {
  BRANCH,
  nextAbility,
  withBranch,
  withPart,
  type AbilityDraft,
} from '../../web/admin/access/roles/role-draft.ts'
import { ABILITY_TEXTS } from '../../web/admin/i18n/abilities.ts'
import { parsePath, pathOf, type Route } from '../../web/app/router.ts'

const type = (id: string, appliesTo: 'STAFF' | 'DEPARTMENT' = 'STAFF') => ({
  id,
  name: id,
  appliesTo,
  description: null,
  revision: '',
})
const field = (key: string, appliesTo: 'STAFF' | 'DEPARTMENT') => ({
  id: key,
  key,
  label: key,
  appliesTo,
  isSensitive: true,
  sortKey: '',
  revision: '',
})
const granted = (name: string, scope: 'ORGANISATION' | 'SUBTREE') => ({
  name,
  scope,
  departmentId: scope === 'SUBTREE' ? 'd' : null,
  fields: ['*'],
})

it('[5] the console has words for every ability, and for nothing else', () => {
  expect(Object.keys(ABILITY_TEXTS)).toEqual(['*', ...Object.keys(ABILITIES)])
})

describe('[5] the parts of roles and access', () => {
  const partsOf = (...own: ReturnType<typeof granted>[]) => openParts(new Abilities(own))
  it('are those that the server would show, and let be used', () => {
    expect(partsOf(granted('*', 'ORGANISATION'))).toEqual([
      'roles',
      'rules',
      'types',
      'fields',
      'matrix',
      'explain',
    ])
    expect(partsOf(granted('role.assign', 'SUBTREE'))).toEqual(['roles', 'rules', 'matrix'])
    expect(partsOf(granted('access.explain', 'SUBTREE'))).toEqual(['explain'])
    expect(partsOf(granted('field.write', 'ORGANISATION'))).toEqual(['fields'])
    // Types hold for everybody: who writes them in one branch writes none.
    expect(partsOf(granted('type.write', 'SUBTREE'), granted('staff.write', 'ORGANISATION'))).toEqual([])
  })

  it('have addresses of their own', () => {
    const place = { page: 'admin', section: 'access', departmentId: null, staffId: null } as const
    for (const [path, route] of [
      ['/admin/access', place],
      ['/admin/access/rules', { ...place, part: 'rules' }],
      ['/admin/access/roles/new', { ...place, part: 'roles', entryId: 'new' }],
    ] as const satisfies readonly (readonly [string, Route])[]) {
      expect(parsePath(path)).toEqual(route)
      expect(pathOf(route)).toBe(path)
    }
    for (const path of ['/admin/access/nothing', '/admin/access/roles/a/b', '/admin/audit/roles'])
      expect(parsePath(path)).toEqual({ page: 'missing' })
  })
})

describe('what a role shows, by type', () => {
  const rule = (id: string, staffTypes: string[], more: object = {}) => ({
    id,
    name: id,
    description: null,
    revision: '',
    isWithinOwn: true,
    scope: 'ORGANISATION' as const,
    sensitiveFields: [] as string[],
    departmentTypes: [{ id: 'd' }],
    staffTypes: staffTypes.map((one) => ({ id: one })),
    ...more,
  })
  it('is what its rules show together; a rule without types of departments shows nobody, and what none shows is hidden', () => {
    const rules = [
      rule('near', ['s', 't'], { scope: 'OWN_SUBTREE', sensitiveFields: ['mobile'] }),
      rule('far', ['s'], { sensitiveFields: ['birthday', 'costCentre'] }),
      rule('nowhere', ['u'], { departmentTypes: [] }),
      rule('unused', ['u']),
    ]
    const role = {
      id: 'r',
      name: 'R',
      description: null,
      revision: '',
      abilities: [],
      rules: rules.slice(0, 3).map(({ id }) => ({ id })),
    }
    const { columns, rows } = matrixOf({
      types: [type('d', 'DEPARTMENT'), type('e', 'DEPARTMENT'), ...['s', 't', 'u'].map((id) => type(id))],
      roles: [role],
      rules,
      fields: [field('mobile', 'STAFF'), field('birthday', 'STAFF'), field('costCentre', 'DEPARTMENT')],
    })
    expect(columns.map(({ id, isHidden }) => [id, isHidden])).toEqual([
      ['s', false],
      ['t', false],
      ['u', true],
      ['d', false],
      ['e', true],
    ])
    expect(rows[0]?.cells).toEqual([
      { scope: 'ORGANISATION', sensitive: ['birthday', 'mobile'] },
      { scope: 'OWN_SUBTREE', sensitive: ['mobile'] },
      { scope: null, sensitive: [] },
      { scope: 'ORGANISATION', sensitive: ['costCentre'] },
      { scope: null, sensitive: [] },
    ])
  })

  it('is said of those who look in the order of their types: all of them, some, or none', () => {
    const row = (viewerTypeId: string | null, everywhere: number, nearby: number) => ({
      viewerTypeId,
      viewerCount: 3,
      sights: [{ typeId: 's', everywhere, nearby }],
    })
    const viewers = viewersOf([row(null, 0, 0), row('t', 3, 0), row('s', 1, 2)], [type('s'), type('t')])
    expect(viewers.map(({ id }) => id)).toEqual(['s', 't', null])
    expect(viewers.map(({ sights, count }) => sightOf(sights.get('s'), count))).toEqual([
      {
        scope: 'SOME',
        lines: [
          { key: 'sightSome', count: 1 },
          { key: 'sightSomeNearby', count: 2 },
        ],
      },
      { scope: 'ORGANISATION', lines: [{ key: 'sightAll', count: 3 }] },
      { scope: 'none', lines: [{ key: 'scope_none', count: 0 }] },
    ])
    expect(sightOf(undefined, 3).scope).toBe('none')
    expect(sightOf({ everywhere: 0, nearby: 3 }, 3).scope).toBe('OWN_SUBTREE')
  })
})

describe('[5] what a role lets its holders do', () => {
  const line = (some: Partial<AbilityDraft> = {}): AbilityDraft => ({
    name: 'staff.write',
    scope: 'ORGANISATION',
    department: null,
    fields: ['*'],
    isWithinOwn: true,
    ...some,
  })
  const sales = { id: 's', name: 'Sales' }

  it('keeps place and fields right when one part of a line changes', () => {
    const inSales = line({ scope: 'SUBTREE', department: sales })
    expect(withPart(inSales, { scope: 'OWN_SUBTREE' }).department).toBeNull()
    expect(withPart(inSales, { name: 'staff.read' })).toEqual({ ...inSales, name: 'staff.read' })
    // Some fields instead of all, and all instead of some.
    expect(withPart(inSales, { fields: ['*', 'title'] }).fields).toEqual(['title'])
    const some = line({ fields: ['mobile', 'title'] })
    expect(withPart(some, { fields: ['mobile', 'title', '*'] }).fields).toEqual(['*'])
    expect(withPart(some, { fields: ['title', 'mobile', 'email'] }).fields).toEqual([
      'email',
      'mobile',
      'title',
    ])
    // Fields of people are none of departments, and some abilities are for no fields.
    expect(withPart(some, { name: 'staff.read' }).fields).toEqual(['mobile', 'title'])
    expect(withPart(some, { name: 'department.write' }).fields).toEqual(['*'])
    expect(withPart(some, { name: 'role.assign' }).fields).toEqual(['*'])
  })

  it('grows by a line at the same place, or by all that a branch needs, each once', () => {
    const names = ['*', 'staff.read', 'staff.write', 'role.assign']
    const inSales = line({ name: 'staff.read', scope: 'SUBTREE', department: sales })
    expect(nextAbility([inSales], names)).toEqual({ ...inSales, name: 'staff.write' })
    expect(nextAbility([], ['*']).name).toBe('*')
    const own = line({ scope: 'SUBTREE', department: sales })
    const branch = withBranch([own], sales)
    expect(branch.map(({ name }) => name).toSorted()).toEqual(BRANCH.toSorted())
    expect(withBranch(branch, sales)).toEqual(branch)
    // For some fields alone is not for all.
    expect(withBranch([{ ...own, fields: ['title'] }], sales)).toHaveLength(BRANCH.length + 1)
  })
})

describe('[8] a form of the catalogue', () => {
  interface Draft {
    readonly name: string
    readonly ids: readonly string[]
  }
  const fields = ['name', 'ids'] as const
  const opened = (revision: string, name: string, ids: readonly string[] = []) => ({
    id: 'i',
    revision,
    draft: { name, ids },
  })
  const empty: Draft = { name: '', ids: [] }

  it('takes over what somebody else changes, and asks where both have changed the same', () => {
    const mine = forms.changed(forms.begun<Draft>(opened('1', 'a'), empty), { name: 'mine' })
    const other = forms.withNewer(mine, opened('2', 'a', ['x']), fields)
    expect(other).toMatchObject({ draft: { name: 'mine', ids: ['x'] }, revision: '2', theirs: null })
    const late = forms.refused(other, { code: 'CONFLICT' }, fields)
    expect(late.failure?.code).toBe('CONFLICT')
    const clash = forms.withNewer(late, opened('3', 'theirs', ['y']), fields)
    expect(clash).toMatchObject({
      draft: { name: 'mine', ids: ['x'] },
      theirs: { revision: '3' },
      failure: null,
    })
    const keep = (...kept: ('name' | 'ids')[]) => forms.decided(clash, new Set(kept), fields)
    expect(keep('name')).toMatchObject({ draft: { name: 'mine', ids: ['y'] }, revision: '3', theirs: null })
    expect(keep()).toMatchObject({ draft: { name: 'theirs', ids: ['y'] }, theirs: null })
    expect(forms.patchOf(fields, keep('name').base, keep('name').draft)).toEqual({ name: 'mine' })
    expect(forms.patchOf(fields, keep().base, keep().draft)).toEqual({})
  })

  it('never loses what was changed without a question, whatever others do', () => {
    const text = fc.constantFrom('a', 'b', 'c')
    const draft = fc.record({ name: text, ids: fc.subarray(['x', 'y']) })
    fc.assert(
      fc.property(draft, draft, draft, (base, mine, theirs): void => {
        const form = forms.changed(forms.begun<Draft>({ id: 'i', revision: '1', draft: base }, empty), mine)
        const after = forms.withNewer(form, { id: 'i', revision: '2', draft: theirs }, fields)
        if (after.theirs !== null) expect(after.draft).toEqual(mine)
        else expect(after.draft).toEqual({ ...theirs, ...forms.patchOf(fields, base, mine) })
      }),
    )
  })

  it('says what is wrong beside the field until that is changed, and the rest above', () => {
    const form = forms.begun<Draft>(null, empty)
    const issues = [
      { path: 'name', message: 'must not be empty' },
      { path: 'ids.1', message: 'is no rule' },
    ]
    const wrong = forms.refused(form, { code: 'INVALID_INPUT', issues }, fields)
    expect(wrong.failure).toBeNull()
    expect(forms.problemAt(wrong.problems, 'ids')).toBe('is no rule')
    expect(forms.problemAt(wrong.problems, 'ids.1')).toBe('is no rule')
    expect(forms.problemAt(wrong.problems, 'ids.11')).toBeNull()
    const better = forms.changed(wrong, { ids: [] })
    expect([...better.problems.keys()]).toEqual(['name'])
    const beyond = { code: 'NOT_PERMITTED', part: 'ids.0' }
    expect(forms.problemAt(forms.refused(form, beyond, fields).problems, 'ids')).toBe(forms.BEYOND_OWN)
    for (const failure of [
      { code: 'NOT_PERMITTED', part: null },
      { code: 'NOT_PERMITTED', part: 'elsewhere' },
      { code: 'INVALID_INPUT', issues: [{ path: 'idempotencyKey', message: 'x' }] },
    ])
      expect(forms.refused(form, failure, fields).failure).toBe(failure)
  })
})
