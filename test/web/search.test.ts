import { describe, expect, it } from 'vitest'
import { Outline } from '../../web/sdk/outline.ts'
import { search } from '../../web/sdk/search.ts'
import { department, person } from './rows.ts'

const at = (departmentId: string, title: string | null = null) => [
  { departmentId, title, sortKey: '', isMain: true, isLeader: false },
]
const departments = [
  department('rd', { name: '研发部' }),
  department('sales', { name: 'Sales East', parentId: null }),
]
const staff = [
  person('1', {
    login: 'zhangwei',
    name: '张伟',
    pinyin: 'zhang wei',
    initials: 'zw',
    mobile: '+86 138 0013 8001',
    title: null,
    nickname: null,
    memberships: at('rd', '架构师'),
  }),
  person('2', {
    login: 'zhangweiwei',
    name: '张薇薇',
    pinyin: 'zhang wei wei',
    initials: 'zww',
    mobile: '13900139002',
    title: null,
    nickname: '薇薇',
    memberships: at('sales'),
  }),
  person('3', {
    login: 'jose',
    name: 'José Álvarez',
    pinyin: null,
    initials: null,
    mobile: null,
    title: 'Account Manager',
    nickname: null,
    memberships: at('sales'),
  }),
  person('4', {
    login: 'wei',
    name: '魏张',
    pinyin: 'wei zhang',
    initials: 'wz',
    mobile: null,
    title: null,
    nickname: null,
    memberships: at('rd'),
  }),
]
const outline = new Outline({
  departments: new Map(departments.map((d) => [d.id, d])),
  staff: new Map(staff.map((s) => [s.id, s])),
})
const ids = (query: string, limit = 10) => search(outline, query, limit).staff.map((s) => s.id)

describe('[3] search in a copy', () => {
  it.each([
    ['张', ['1', '2', '4']],
    ['张伟', ['1']],
    ['zhang', ['1', '2']],
    ['zhangwei', ['1', '2']],
    ['zhang wei', ['1', '2']],
    ['ZHANGWEIW', ['2']],
    ['zw', ['1', '2']],
    ['zww', ['2']],
    ['wei', ['4']],
    ['jose', ['3']],
    ['ALVAREZ', ['3']],
    ['manager', ['3']],
    ['架构', ['1']],
    ['8001', ['1']],
    ['01', []],
    ['薇薇', ['2']],
    ['研发', ['4', '1']],
    ['研发 zhang', ['1']],
    ['sales jose', ['3']],
    ['ｊｏｓｅ', ['3']],
    ['nobody', []],
    ['', []],
    ['  ', []],
  ])('%j finds %j', (query, expected) => {
    expect(new Set(ids(query))).toEqual(new Set(expected))
  })

  it('puts who is meant first', () => {
    expect(ids('张伟')[0]).toBe('1')
    expect(ids('zhangwei')[0]).toBe('1')
    expect(search(outline, '研发', 10).departments.map((d) => d.id)).toEqual(['rd'])
  })

  it('says when there is more', () => {
    expect(search(outline, 'zhang', 1)).toMatchObject({ hasMore: true, staff: [{ id: '1' }] })
    expect(search(outline, 'zhang', 2)).toMatchObject({ hasMore: false })
  })

  it('does not look at what the copy does not have', () => {
    const hidden = new Outline({
      departments: new Map(),
      staff: new Map(staff.map((s) => [s.id, { ...s, mobile: null, title: null, nickname: null }])),
    })
    expect(search(hidden, '8001', 10).staff).toEqual([])
    expect(search(hidden, '研发', 10)).toEqual({ staff: [], departments: [], hasMore: false })
  })
})
