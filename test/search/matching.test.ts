import { describe, expect, it } from 'vitest'
import type { Staff } from '../../src/model/entry.ts'
import { romanise } from '../../src/directory/pinyin.ts'
import { Sync } from '../../src/sync/sync.ts'
import { newCompany, type Company } from '../support/histories.ts'
import { MemoryHistory } from '../support/memory-history.ts'
import { oracleView } from '../support/oracle.ts'

const SECRET = 'a secret of the tests, long enough'

/** Of the twelve people the first sees everything; these are all others, in the order of their names. */
const CARDS: readonly (Partial<Staff> & { name: string })[] = [
  { name: 'Chloé Dupont', login: 'c.dupont', email: ['chloe@example.com'], title: 'Account Manager' },
  { name: "Seán O'Brien", login: 'obrien' },
  { name: '单乐', login: 'e1' },
  { name: '丹丹', login: 'e2' },
  { name: '吕布', login: 'e3' },
  { name: '张三', login: 'e4', mobile: '+86 138-0013-8000', nickname: '大鹏' },
  { name: '张三丰', login: 'e5', title: '高级工程师' },
  { name: '曾子涵', login: 'e6', pinyin: 'Zeng Zihan' },
  { name: '陈大文', login: 'e7', pinyin: 'Chan Tai Man', initials: 'ctm' },
]

function world(): { company: Company; sync: Sync; history: MemoryHistory; find: Find } {
  const company = newCompany()
  for (const { id, kind } of company.list) if (kind === 'department') rename(company, id)
  const [, ...others] = company.of('staff')
  for (const [i, person] of others.entries()) {
    const card = CARDS[i] ?? { name: `Nobody ${i}`, login: `n${i}` }
    const sound = romanise(card.name)
    const plain = { title: null, mobile: null, nickname: null, email: [] }
    company.put({
      ...person,
      ...plain,
      pinyin: sound?.pinyin ?? null,
      initials: sound?.initials ?? null,
      ...card,
    })
  }
  company.commit()
  const history = new MemoryHistory()
  history.append(...company.versions)
  const sync = new Sync({ replica: history, secret: SECRET })
  const viewer = company.of('staff')[0]?.id ?? ''
  const find: Find = async (query, who = viewer, first = 100) =>
    (await sync.search(who, { query, first, only: null })).map(({ row }) => row.name)
  return { company, sync, history, find }
}

type Find = (query: string, who?: string, first?: number) => Promise<string[]>

function rename(company: Company, id: string): void {
  const department = company.of('department').find((d) => d.id === id)
  const names = ['研发部', '财务部']
  const place = company.of('department').findIndex((d) => d.id === id)
  if (department) company.put({ ...department, name: names[place] ?? `Unit ${place}` })
}

describe('matching', () => {
  const { find } = world()
  const CASES: readonly (readonly [what: string, query: string, found: readonly string[]])[] = [
    ['[F3] Han, whole before beginning', '张三', ['张三', '张三丰']],
    ['[F3] Han in the middle', '三丰', ['张三丰']],
    ['[F4] full pinyin', 'zhangsan', ['张三', '张三丰']],
    ['[F4] full pinyin, apart', 'zhang san', ['张三', '张三丰']],
    ['[F4] part of a syllable', 'zhangs', ['张三', '张三丰']],
    ['[F4] an initial, then a syllable', 'zsan', ['张三', '张三丰']],
    ['[F4] initials', 'zs', ['张三', '张三丰']],
    ['[F4] initials of two letters', 'zhs', ['张三', '张三丰']],
    ['[F4] all initials', 'zsf', ['张三丰']],
    ['[F4] Han and letters', '张san', ['张三', '张三丰']],
    ['[F4] capitals', 'ZhangSan', ['张三', '张三丰']],
    ['[F4] nothing begins in the middle of a syllable', 'hangsan', []],
    ['[F4] a syllable before the last one is whole or an initial', 'zhasan', []],
    ['[F4] a surname as it is read', 'shan', ['单乐']],
    ['[F4] its common reading, after who is read so', 'dan', ['丹丹', '单乐']],
    ['[F4] one reading of a given name', 'shanle', ['单乐']],
    ['[F4] the other one', 'shanyue', ['单乐']],
    ['[F4] other readings of both', 'danle', ['单乐']],
    ['[F4] a reading that HR wrote in one word', 'zengzihan', ['曾子涵']],
    ['[F4] and the common one', 'cengzihan', ['曾子涵']],
    ['[F4] Han and letters of it', '曾zh', ['曾子涵']],
    ['[F4] a sound of somebody of their own', 'chantaiman', ['陈大文']],
    ['[F4] part of it', 'chan tai', ['陈大文']],
    ['[F4] its initials', 'ctm', ['陈大文']],
    ['[F4] and what the dictionary says', 'chendawen', ['陈大文']],
    ['[F4] ü as v', 'lvbu', ['吕布']],
    ['[F4] ü as u', 'lubu', ['吕布']],
    ['[F4] ü as in passports', 'lyubu', ['吕布']],
    ['[F4] ü as it is', 'LÜ BU', ['吕布']],
    ['[F4] initials of Latin names, and of all names', 'cd', ['Chloé Dupont', '陈大文']],
    ['[F2] without marks', 'chloe', ['Chloé Dupont']],
    ['[F2] with other marks', 'CHLOÈ', ['Chloé Dupont']],
    ['[F2] full width', 'ｃｈｌｏｅ', ['Chloé Dupont']],
    ['[F2] an apostrophe', "o'brien", ["Seán O'Brien"]],
    ['[F2] another apostrophe', 'O’Brien', ["Seán O'Brien"]],
    ['[F2] without one', 'sean obrien', ["Seán O'Brien"]],
    ['[F3] in the middle of a word', 'upon', ['Chloé Dupont']],
    ['[F5] beginning of a login', 'c.dup', ['Chloé Dupont']],
    ['[F5] local part of an address', 'chloe@', ['Chloé Dupont']],
    ['[F5] a whole address', 'Chloe@Example.com', ['Chloé Dupont']],
    ['[F5] no domain alone', 'example', []],
    ['[F5] nickname', '大鹏', ['张三']],
    ['[F4] its sound', 'dapeng', ['张三']],
    ['[F5] title', '工程师', ['张三丰']],
    ['[F5] title in Latin letters', 'manager', ['Chloé Dupont']],
    ['[F5] no sound of a title', 'gongchengshi', []],
    ['[F5] four last digits', '8000', ['张三']],
    ['[F5] digits apart', '13 80-00', ['张三']],
    ['[F5] the whole number', '+86 (138) 0013 8000', ['张三']],
    ['[F5] with another prefix', '0086 138 0013 8000', ['张三']],
    ['[F5] not three digits', '000', []],
    ['[F5] not in the middle', '0013', []],
    ['[F6] words of several fields', '张 工程师', ['张三丰']],
    ['[F6] the other way round', '工程师 zhang', ['张三丰']],
    ['[F6] number and name', 'zhang 8000', ['张三']],
    ['[F6] all words', 'zhang engineer', []],
    ['nothing', '   ', []],
    ['[F2] nothing but punctuation', '*)(uid=*', []],
    ['[T58] a filter', '*)(cn=*))(|(cn=*', []],
  ]
  it.each(CASES)('%s: %s', async (_, query, found) => {
    expect(await find(query)).toEqual(found)
  })

  it('[F5] [F7] a department goes before its people, by its name or its sound; they only by its name', async () => {
    const written = await find('财务')
    expect(written[0]).toBe('财务部')
    expect(written.length).toBeGreaterThan(1)
    expect(await find('cwb')).toEqual(['财务部'])
  })

  it('[T20] long and evil texts find nothing, however names are made', async () => {
    const { company, history, find } = world()
    const [, person] = company.of('staff')
    if (person) company.put({ ...person, name: 'aa '.repeat(170).trim() })
    company.commit()
    history.append(...company.versions.slice(history.version))
    for (const query of [
      `${'a'.repeat(199)}b`,
      '王'.repeat(200),
      'zh'.repeat(100),
      '9'.repeat(200),
      `${'a '.repeat(99)}b`,
    ])
      expect(await find(query)).toEqual([])
    expect(await find('a'.repeat(199))).toEqual([company.of('staff')[1]?.name])
  })
})

describe('the view', () => {
  it('[T26] [T25] nobody is found by anything that the viewer does not see of them', async () => {
    const { company, find } = world()
    for (const viewer of company.of('staff')) {
      const { staff, departments } = oracleView(company.list, viewer.id)
      const seen = [...staff.values(), ...departments.values()].map(({ name }) => name)
      for (const person of company.of('staff')) {
        const { name, pinyin, initials, nickname, login, title, email, mobile } = person
        const tails = mobile === null ? [] : [mobile, mobile.replace(/\D/g, '').slice(-4)]
        const texts = [
          name,
          pinyin,
          pinyin?.replaceAll(' ', ''),
          initials,
          nickname,
          login,
          title,
          ...email,
          ...tails,
        ]
        for (const text of texts) {
          const found = text ? await find(text, viewer.id) : []
          expect(found.filter((hit) => !seen.includes(hit))).toEqual([])
          if (!staff.has(person.id)) expect(found).not.toContain(name)
        }
        if (staff.get(person.id)?.mobile === null)
          for (const tail of tails) expect(await find(tail, viewer.id)).toEqual([])
      }
    }
  })

  it('[T26] whoever is hidden takes up no room', async () => {
    const { company, find } = world()
    for (const viewer of company.of('staff')) {
      const all = await find('e', viewer.id)
      for (const first of [1, 2, 3]) expect(await find('e', viewer.id, first)).toEqual(all.slice(0, first))
    }
  })
})

it('[F1] [F7] [V3] people of own departments go first among equals, but not of those that the viewer does not see', async () => {
  const { company, history, find } = world()
  const people = company.of('staff')
  const [shown, hidden] = ['Team', 'Secret'].map((name) => {
    const typeId = company.of('departmentType').find((type) => type.name === name)?.id ?? null
    const like = company.of('department')[0]
    const id = company.id('department')
    if (like) company.put({ ...like, id, typeId, parentId: null, name: `D ${name}` })
    return id
  })
  const typeId = company.of('staffType').find((type) => type.name === 'Regular')?.id ?? null
  const member = (departmentId: string | undefined) => ({
    departmentId: departmentId ?? '',
    title: null,
    sortKey: '',
    isMain: false,
    isLeader: false,
  })
  const [, viewer, a, b, c] = people
  const at = (place: Staff | undefined, name: string, departments: (string | undefined)[]) => {
    const memberships = departments.map(member).sort((x, y) => (x.departmentId < y.departmentId ? -1 : 1))
    if (place) company.put({ ...place, name, typeId, pinyin: null, initials: null, memberships })
  }
  const elsewhere = company
    .of('department')
    .find((d) => d.id !== shown && d.typeId === company.of('department').at(-2)?.typeId)?.id
  // The second person holds the role that shows teams and offices, and nothing secret.
  at(viewer, 'Viewer', [shown, hidden])
  at(a, 'Twin 1', [elsewhere])
  at(b, 'Twin 2', [elsewhere, hidden])
  at(c, 'Twin 3', [shown])
  company.commit()
  history.append(...company.versions.slice(history.version))
  expect(await find('twin', viewer?.id)).toEqual(['Twin 3', 'Twin 1', 'Twin 2'])
})
