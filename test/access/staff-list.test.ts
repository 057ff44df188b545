import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { placedKey } from '../../schema/admin/staff.ts'
import { pageOf, PageCursors, type Page } from '../../schema/paging.ts'
import { Administration } from '../../src/access/administration.ts'
import { Authority } from '../../src/access/authority.ts'
import { EVERYBODY, STAFF_ORDERS, type Placed, type StaffOrder } from '../../src/access/staff-list.ts'
import { HeadState } from '../../src/model/state.ts'
import type { Ability } from '../../src/model/entry.ts'
import { applyEdit, edits, newCompany, type Company } from '../support/histories.ts'

const cursors = new PageCursors('a secret of the tests that is long enough')

const ABILITIES: readonly ((branchId: string) => Ability)[] = [
  () => ({ name: '*', scope: 'ORGANISATION', departmentId: null, fields: ['*'] }),
  (departmentId) => ({ name: 'staff.read', scope: 'SUBTREE', departmentId, fields: ['*'] }),
  () => ({ name: 'staff.read', scope: 'ORGANISATION', departmentId: null, fields: ['nickname'] }),
  (departmentId) => ({ name: 'staff.write', scope: 'SUBTREE', departmentId, fields: ['title'] }),
]

/** The first person of a company, with some abilities and nothing else, and what they administer. */
function administered(company: Company, ability: (typeof ABILITIES)[number]): Administration {
  const [branch, role] = [company.of('department').at(-1), company.of('role')[0]]
  const me = company.of('staff').find((s) => s.status === 'ACTIVE')
  // A history may leave nobody.
  fc.pre(role !== undefined && me !== undefined)
  if (!role || !me) throw new Error('Nobody is there')
  company.put({ ...role, abilities: [ability(branch?.id ?? '')] })
  company.put({ ...me, roleIds: [role.id] })
  return new Administration(new Authority(new HeadState(company.list), me.id))
}

const changed = (history: Parameters<typeof applyEdit>[1][]) => {
  const company = newCompany()
  for (const edit of history) applyEdit(company, edit)
  return company
}

/** What a row of the administration is put in order by: null where there is nothing that its caller may read. */
const VALUES: Readonly<
  Record<
    StaffOrder,
    (row: NonNullable<ReturnType<Administration['staff']>>, admin: Administration) => string | null
  >
> = {
  NAME: () => '',
  PINYIN: ({ pinyin, name }) => (pinyin ?? name).toLowerCase(),
  LOGIN: ({ login }) => login,
  TITLE: ({ title }) => title,
  STATUS: ({ status }) => status,
  LEAVE_DATE: ({ leaveDate }) => leaveDate,
  TYPE: ({ typeId }, admin) => admin.types().find(({ id }) => id === typeId)?.name ?? null,
  DEPARTMENT: ({ memberships }, admin) => {
    const main = memberships.find((m) => m.isMain) ?? memberships[0]
    return (main && admin.department(main.departmentId)?.name) ?? null
  },
}

describe('[V10] lists of people in the administration', () => {
  it('hold the same people in every order, by what the rows say, and those without it last either way', () => {
    fc.assert(
      fc.property(edits(30), fc.constantFrom(...ABILITIES), (history, ability) => {
        const admin = administered(changed(history), ability)
        const all = admin.staffList(EVERYBODY).map(({ id }) => id)
        for (const order of STAFF_ORDERS)
          for (const isDescending of [false, true]) {
            const listed = admin.staffInOrder(EVERYBODY, order, isDescending)
            expect(listed.map(({ id }) => id).sort()).toEqual([...all].sort())
            const values = listed.map(({ id }) => {
              const row = admin.staff(id)
              return row && (VALUES[order](row, admin) || null)
            })
            const said = values.filter((value) => value !== null)
            if (order !== 'NAME') {
              expect(values.slice(0, said.length)).toEqual(said)
              const sorted = [...said].sort()
              expect(said).toEqual(isDescending ? sorted.reverse() : sorted)
            }
          }
      }),
      { numRuns: 40 },
    )
  })

  it('read page by page, by cursors and by places, are the whole list, either way round', () => {
    const admin = administered(
      newCompany({ departments: 5, people: 60 }),
      () => ABILITIES[0]?.('') as Ability,
    )
    for (const order of STAFF_ORDERS)
      for (const isDescending of [false, true]) {
        const all = admin.staffInOrder(EVERYBODY, order, isDescending)
        const ids = all.map(({ id }) => id)
        const read: string[] = []
        for (let after: string | null = null; ;) {
          const page: Page<Placed> = pageOf(
            cursors,
            'list',
            all,
            placedKey,
            { first: 7, after },
            isDescending,
          )
          read.push(...page.edges.map(({ node }) => node.id))
          after = page.pageInfo.endCursor
          if (!page.pageInfo.hasNextPage) break
        }
        expect(read).toEqual(ids)
        const skipped = pageOf(cursors, 'list', all, placedKey, { first: 7, skip: 31 }, isDescending)
        expect(skipped.edges.map(({ node }) => node.id)).toEqual(ids.slice(31, 38))
      }
  })

  it('[T37] find nobody by what the caller may not read of them', () => {
    fc.assert(
      fc.property(edits(30), fc.constantFrom(...ABILITIES), (history, ability) => {
        const company = changed(history)
        for (const [n, entry] of company.of('staff').entries())
          company.put({
            ...entry,
            nickname: `nick-${n}-`,
            title: `title-${n}-`,
            mobile: `+86-${n}-`,
            email: [`mail-${n}-@x`],
          })
        const admin = administered(company, ability)
        const found = (text: string) => admin.staffList({ ...EVERYBODY, text }).map(({ id }) => id)
        for (const [n, { id }] of company.of('staff').entries()) {
          const row = admin.staff(id)
          const isListed = row !== null && row.status !== 'TRASHED'
          expect(found(`NICK-${n}-`)).toEqual(isListed && row.nickname !== null ? [id] : [])
          expect(found(`title-${n}- nick-`)).toEqual(
            isListed && row.title !== null && row.nickname !== null ? [id] : [],
          )
          expect(found(`+86-${n}-`)).toEqual(isListed && row.mobile !== null ? [id] : [])
          expect(found(`mail-${n}-@`)).toEqual(isListed && row.email.length > 0 ? [id] : [])
        }
      }),
      { numRuns: 20 },
    )
  })

  it('count the people of a department, those below included once', () => {
    fc.assert(
      fc.property(edits(30), fc.constantFrom(...ABILITIES), (history, ability) => {
        const admin = administered(changed(history), ability)
        const { state } = admin.authority
        for (const { id } of state.all('department')) {
          const isShown = admin.department(id) !== null
          for (const isRecursive of [false, true])
            expect(admin.memberCount(id, isRecursive)).toBe(
              isShown ? admin.staffList({ ...EVERYBODY, departmentId: id, isRecursive }).length : 0,
            )
        }
      }),
      { numRuns: 30 },
    )
  })

  it('follow an edit of the state that they were made of', () => {
    const company = newCompany()
    const state = new HeadState(company.list)
    const boss = company.of('staff')[0]
    const role = company.of('role')[0]
    if (!boss || !role) throw new Error('Nobody is there')
    state.put({ ...role, abilities: [ABILITIES[0]?.('') as Ability] })
    state.put({ ...boss, roleIds: [role.id], title: 'before' })
    const found = (text: string) => {
      const admin = new Administration(new Authority(state, boss.id))
      return admin.staffList({ ...EVERYBODY, text }).map(({ id }) => id)
    }
    expect(found('before')).toEqual([boss.id])
    expect(found('ＢＥＦＯＲＥ')).toEqual([boss.id])
    state.put({ ...boss, roleIds: [role.id], title: 'after' })
    expect(found('before')).toEqual([])
    expect(found('after')).toEqual([boss.id])
    state.put({ ...boss, roleIds: [role.id], title: 'Ｗｉｄｅ' })
    expect([found('wide'), found('ｗｉｄｅ')]).toEqual([[boss.id], [boss.id]])
  })
})
