import fc from 'fast-check'
import type { Staff } from '../../src/model/entry.ts'
import { romanise } from '../../src/directory/pinyin.ts'
import type { Company } from './histories.ts'

/** What people are called in the tests of search; small pools, so that much of it meets. */
const NAMES = [
  '张三',
  '张三丰',
  '三张',
  '单乐',
  '曾子涵',
  '解平',
  '仇英',
  '查尔斯',
  '欧阳修',
  '吕布',
  '女娲',
  '陈大文',
  '张Tom',
  'Tom Zhang',
  'Chloé Dupont',
  "Seán O'Brien",
  'Søren van Dijk',
  'aa aa aa',
  '𠮷野家',
  '๑ ๒',
  'Zs',
] as const
const PINYIN = [
  '',
  'Zeng Zihan',
  'zhang san',
  'Chan Tai Man',
  'lü bu',
  'lv bu',
  'shanle',
  'dan yue',
  'xie  ping',
]
const LOGINS = ['zhang.san', 'zs', 'p123', 'chloe.dupont', 'sanzhang', 'wei.wang2', 'O.BRIEN']
const TITLES = ['工程师', '高级工程师', 'Account Manager', 'Head of 销售', 'z']
const MOBILES = ['+86 138-0013-8000', '13900138000', '8000', '(0)30 1234-5678', 'ext. 7']
const DEPARTMENTS = ['研发部', '销售 East', 'Zhang Lab', '财务']

export interface Card {
  readonly person: number
  readonly values: Partial<Staff>
  readonly department: number
  readonly departmentName: string | null
  readonly heldTitle: string | null
}

const maybe = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { freq: 2 })

/** Gives somebody other names and numbers, and perhaps a department another name. */
export const card: fc.Arbitrary<Card> = fc
  .record({
    person: fc.nat(99),
    name: fc.constantFrom(...NAMES),
    pinyin: maybe(PINYIN),
    initials: maybe(['zs', 'zsf', 'xx', 'Z.S']),
    login: fc.constantFrom(...LOGINS),
    nickname: maybe(['大鹏', 'Max', '三三', "O'B"]),
    title: maybe(TITLES),
    mobile: maybe(MOBILES),
    email: fc.subarray(['zhang.san@example.com', 'c.dupont@example.org', 'tail@x.cn'], { maxLength: 2 }),
    department: fc.nat(99),
    departmentName: maybe(DEPARTMENTS),
    heldTitle: maybe(TITLES),
  })
  .map(({ person, department, departmentName, heldTitle, ...values }) => {
    const sound = romanise(values.name)
    return {
      person,
      department,
      departmentName,
      heldTitle,
      values: {
        ...values,
        pinyin: values.pinyin ?? sound?.pinyin ?? null,
        initials: values.initials ?? sound?.initials ?? null,
      },
    }
  })

export function applyCard(company: Company, { person, values, department, departmentName, heldTitle }: Card) {
  const [people, departments] = [company.of('staff'), company.of('department')]
  const staff = people[person % Math.max(1, people.length)]
  if (staff) {
    const memberships = staff.memberships.map((m, i) => (i === 0 ? { ...m, title: heldTitle } : m))
    company.put({ ...staff, ...values, memberships })
  }
  const other = departments[department % Math.max(1, departments.length)]
  if (other && departmentName !== null) company.put({ ...other, name: departmentName })
  return company.commit()
}

const pieces = [
  ...NAMES,
  ...LOGINS,
  ...TITLES,
  ...MOBILES,
  ...DEPARTMENTS,
  'zhangsan',
  'zhang san',
  'san zhang',
  'zhangs',
  'zsan',
  'zhsan',
  'zs',
  'zsf',
  'shanle',
  'danle',
  'danyue',
  'chanyao',
  'ceng',
  'zengzihan',
  'xieping',
  'jieping',
  'qiu',
  'chou',
  'zha',
  'ouyang',
  'oyx',
  'lvbu',
  'lubu',
  'lyubu',
  '张san',
  'zhangtom',
  'chan tai',
  'obrien',
  'soren',
  'cd',
  'aaab',
  'dapeng',
  'engineer',
  '8000',
  '+8613800138000',
  '1234 5678',
  'zhang.san@example',
  'example',
  'dup',
  'Person 1',
  'Title',
  'Department 2',
  '139',
]

/** Something to look for: what there is, parts and mixtures of it, and what there is not. */
export const queries: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...pieces) },
  // What many have alike: their order is decided by what is around them.
  { weight: 3, arbitrary: fc.constantFrom('person', 'Engineer', 'u', 'p0', 'department', 'z') },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...pieces), fc.nat(9), fc.integer({ min: 1, max: 6 }))
      .map(([piece, from, length]) => piece.slice(from % piece.length).slice(0, length)),
  },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.constantFrom(...pieces), { minLength: 2, maxLength: 3 })
      .map((some) => some.join(' ')),
  },
  {
    weight: 1,
    arbitrary: fc.string({
      unit: fc.constantFrom('a', 'z', 's', 'h', '张', ' ', '1', '.', '@'),
      maxLength: 8,
    }),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
)
