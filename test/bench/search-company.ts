import { romanise } from '../../src/directory/pinyin.ts'
import { chineseName, westernName } from '../../src/local/demo/names.ts'
import { Chance } from '../../src/local/demo/random.ts'
import type { Entry, Rule, Staff } from '../../src/model/entry.ts'
import { benchCompany, benchId } from './company.ts'

/** The n-th person of the company is this viewer. */
export const VIEWERS = { everybody: 0, narrow: 1, 'own subtree': 2 } as const

const GIVEN =
  '伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英秀兰文博浩然子涵雨桐梓萱诗欣怡思远嘉宇轩晨曦俊熙若建国志晓燕海雪梅天梦琪一鸣佳安望舒知行乐长朝重'
const TITLES = [
  '工程师',
  '高级工程师',
  '产品经理',
  '销售代表',
  '会计',
  'Engineer',
  'Account Manager',
  'Recruiter',
]
const TEAMS = ['研发', '销售', '客服', '财务', '法务', '采购', 'Platform', 'Logistics']

/** A company with names, titles and departments as people have them, and the three viewers. */
export function searchCompany(people: number): Entry[] {
  const entries = benchCompany({ people, audiences: 20 })
  const staffTypeIds = entries.flatMap((entry) => (entry.kind === 'staffType' ? entry.id : [])).sort()
  const departmentTypeIds = entries
    .flatMap((entry) => (entry.kind === 'departmentType' ? entry.id : []))
    .sort()
  const rules: Record<keyof typeof VIEWERS, Partial<Rule>> = {
    everybody: { departmentTypeIds, staffTypeIds, sensitiveFields: ['mobile'] },
    narrow: { departmentTypeIds: departmentTypeIds.slice(0, 2), staffTypeIds: staffTypeIds.slice(0, 5) },
    'own subtree': { departmentTypeIds, staffTypeIds, scope: 'OWN_SUBTREE' },
  }
  const roleOf = new Map<number, string>()
  for (const [name, values] of Object.entries(rules)) {
    const none = { description: null, scope: 'ORGANISATION' as const, sensitiveFields: [] }
    const plain = { departmentTypeIds: [], staffTypeIds: [], ...none, ...values }
    const [ruleId, roleId] = [
      benchId('search rule', NAMES.indexOf(name)),
      benchId('search role', NAMES.indexOf(name)),
    ]
    entries.push({ kind: 'rule', id: ruleId, name, ...plain })
    entries.push({ kind: 'role', id: roleId, name, description: null, ruleIds: [ruleId], abilities: [] })
    roleOf.set(NAMES.indexOf(name), roleId)
  }
  let [n, d] = [0, 0]
  return entries.map((entry) => {
    if (entry.kind === 'department') return { ...entry, name: `${TEAMS[d % TEAMS.length]} ${d++}` }
    if (entry.kind !== 'staff') return entry
    const roleId = roleOf.get(n)
    return { ...called(entry, n++), ...(roleId ? { roleIds: [roleId] } : {}) }
  })
}

const NAMES: readonly string[] = Object.keys(VIEWERS)

function called(entry: Staff, n: number): Staff {
  const chance = new Chance('search', String(n))
  const given = Array.from({ length: chance.is(0.8) ? 2 : 1 }, () => chance.pick(Array.from(GIVEN))).join('')
  const name = chance.is(0.2) ? westernName(chance) : { ...chineseName(chance), pinyin: null }
  const full = name.full === name.surname + name.given ? name.surname + given : name.full
  const sound = romanise(full)
  const login = sound ? sound.pinyin.split(' ').toReversed().join('.') + n : `${name.latin}${n}`
  return {
    ...entry,
    name: full,
    pinyin: sound?.pinyin ?? null,
    initials: sound?.initials ?? null,
    login,
    email: [`${login}@example.com`],
    nickname: chance.is(0.1) ? chance.pick(['大鹏', '小鱼', '阿杰', '老王', 'Max', 'Kit']) : null,
    title: chance.pick(TITLES),
  }
}
