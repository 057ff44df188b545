import { Chance, idOf, sortKey } from './random.ts'

export type DepartmentTypeKey = 'company' | 'department' | 'team' | 'executive' | 'confidential' | 'partner'

/** A department of the demo company with the number of people whose main department it is, at least one: its leader. */
export interface DemoDepartment {
  readonly id: string
  /** The path of RDN values, `polaris/research/shanghai`: unique, and what the id is made from. */
  readonly key: string
  readonly parent: DemoDepartment | null
  readonly name: string
  readonly type: DepartmentTypeKey
  readonly sortKey: string
  readonly chinese: boolean
  readonly division: string
  readonly people: number
}

interface Label {
  readonly key: string
  readonly zh: string
  readonly en: string
}

interface Division extends Label {
  readonly share: number
  readonly type: DepartmentTypeKey
  readonly disciplines: readonly Label[]
}

const labels = (text: string): Label[] =>
  text.split(', ').map((item) => {
    const [en = '', zh = ''] = item.split('/')
    return { key: en.toLowerCase().replace(/[^a-z]+/g, '-'), zh, en }
  })

const CITIES = labels(
  'Shanghai/上海, Berlin/柏林, Shenzhen/深圳, London/伦敦, Beijing/北京, Paris/巴黎, Hangzhou/杭州, Madrid/马德里, Chengdu/成都, Warsaw/华沙, Wuhan/武汉, Dublin/都柏林',
)
const CHINESE_CITIES = new Set(['shanghai', 'shenzhen', 'beijing', 'hangzhou', 'chengdu', 'wuhan'])

const division = (key: string, zh: string, en: string, share: number, type: DepartmentTypeKey) => ({
  key,
  zh,
  en,
  share,
  type,
})

const DIVISIONS: readonly Division[] = [
  {
    ...division('executive-office', '总裁办公室', 'Executive Office', 0.015, 'executive'),
    disciplines: labels('Secretariat/秘书处, Strategy/战略室'),
  },
  {
    ...division('research', '研发中心', 'Research', 0.36, 'department'),
    disciplines: labels(
      'Platform/平台, Mobile/移动, Web/网页, Data/数据, Security/安全, Hardware/硬件, Quality/质量, Design/设计, Search/搜索, Cloud/云, Tools/工具, Algorithms/算法',
    ),
  },
  {
    ...division('sales', '销售中心', 'Sales', 0.22, 'department'),
    disciplines: labels(
      'Enterprise/大客户, Retail/零售, Channel/渠道, Presales/售前, Online/线上, Public Sector/政企, Renewals/续约, Events/活动, Pricing/定价, Export/外贸, Training/培训, Planning/规划',
    ),
  },
  {
    ...division('service', '客户服务部', 'Customer Service', 0.14, 'department'),
    disciplines: labels(
      'Hotline/热线, Field/现场, Onboarding/上线, Repair/维修, Knowledge/知识库, Night Shift/夜班',
    ),
  },
  {
    ...division('operations', '运营中心', 'Operations', 0.1, 'department'),
    disciplines: labels(
      'Logistics/物流, Purchasing/采购, Facilities/行政, Production/生产, IT/信息, Safety/安监',
    ),
  },
  {
    ...division('finance', '财务部', 'Finance', 0.05, 'department'),
    disciplines: labels('Accounting/会计, Treasury/资金, Tax/税务, Audit/内审'),
  },
  {
    ...division('human-resources', '人力资源部', 'Human Resources', 0.04, 'department'),
    disciplines: labels('Recruiting/招聘, Payroll/薪酬, Learning/学习, Relations/员工关系'),
  },
  {
    ...division('special-projects', '特别项目部', 'Special Projects', 0.025, 'confidential'),
    disciplines: labels('Innovation Lab/创新实验室, Aurora/极光, Basalt/玄武'),
  },
  {
    ...division('partners', '合作伙伴', 'Partners', 0.05, 'partner'),
    disciplines: labels('Integrators/集成商, Agencies/代理商, Suppliers/供应商'),
  },
]

const numbered = (en: string, zh: string): Label[] =>
  Array.from({ length: 12 }, (_, i) => ({
    key: `${en.toLowerCase()}-${i + 1}`,
    zh: `${i + 1}${zh}`,
    en: `${en} ${i + 1}`,
  }))

const TEAMS = numbered('Team', '组')
const SQUADS = numbered('Squad', '小队')

/** A department of at most so many people has no children. */
const LEAF = 18
/** Levels below a division: cities, disciplines, teams, squads. */
const DEEPEST = 4

/** All departments, parents first. Their numbers of people add up to `people`. */
export function demoDepartments(seed: string, people: number): DemoDepartment[] {
  const all: DemoDepartment[] = []
  const add: Growth['add'] = (parent, place, rest) => {
    const made = { ...rest, id: idOf(seed, `department ${rest.key}`), parent, sortKey: sortKey(place) }
    all.push(made)
    return made
  }
  const company = add(null, 0, {
    key: 'polaris',
    name: '北辰 Polaris',
    type: 'company',
    chinese: true,
    division: 'company',
    people: 1,
  })
  for (const [place, division] of DIVISIONS.entries()) {
    const count =
      place === DIVISIONS.length - 1 ? people - total(all) : Math.max(4, Math.floor(people * division.share))
    grow({ seed, add, division }, company, place, count)
  }
  return all
}

const total = (departments: readonly DemoDepartment[]) => departments.reduce((sum, d) => sum + d.people, 0)

type NewDepartment = Omit<DemoDepartment, 'id' | 'parent' | 'sortKey'>

interface Growth {
  readonly seed: string
  readonly division: Division
  readonly add: (parent: DemoDepartment | null, place: number, made: NewDepartment) => DemoDepartment
}

function grow(growth: Growth, company: DemoDepartment, place: number, count: number): void {
  const { key, zh, en, type } = growth.division
  const isLeaf = count <= LEAF && type !== 'confidential'
  const head = growth.add(company, place, {
    key: `polaris/${key}`,
    name: `${zh} ${en}`,
    type,
    chinese: true,
    division: key,
    people: isLeaf ? count : 2,
  })
  if (!isLeaf) split(growth, head, count - 2, 1)
}

/** Spreads `count` people over children of `parent`, whose level below the division is `level`. */
function split(growth: Growth, parent: DemoDepartment, count: number, level: number): void {
  const names = namesAt(growth.division, level)
  const least = growth.division.type === 'confidential' ? 2 : 1
  const width = Math.min(names.length, Math.max(least, Math.ceil(Math.sqrt(count / 9))))
  for (const [i, label] of names.slice(0, width).entries()) {
    const share = Math.floor(((i + 1) * count) / width) - Math.floor((i * count) / width)
    const isLeaf = share <= LEAF || level === DEEPEST
    const made = growth.add(parent, i, {
      key: `${parent.key}/${label.key}`,
      ...nameAndType(growth, parent, label, level, isLeaf),
      division: growth.division.key,
      people: isLeaf ? share : 2,
    })
    if (!isLeaf) split(growth, made, share - 2, level + 1)
  }
}

function namesAt(division: Division, level: number): readonly Label[] {
  const named = division.type === 'department' ? [CITIES, division.disciplines] : [division.disciplines]
  return named[level - 1] ?? (level === DEEPEST ? SQUADS : TEAMS)
}

function nameAndType(growth: Growth, parent: DemoDepartment, label: Label, level: number, isLeaf: boolean) {
  const { zh, en, type, disciplines } = growth.division
  if (type === 'department' && level === 1) {
    const chinese = CHINESE_CITIES.has(label.key)
    return { name: chinese ? `${label.zh}${zh}` : `${label.en} ${en}`, type, chinese }
  }
  const { chinese } = parent
  if (disciplines.includes(label)) {
    const name = chinese ? `${label.zh}${/部|室|处$/.test(label.zh) ? '' : '部'}` : label.en
    return { name, type: typeOf(growth, parent, label, isLeaf), chinese }
  }
  const name = chinese ? `${parent.name.replace(/部$/, '')}${label.zh}` : `${parent.name} ${label.en}`
  return { name, type: type === 'department' ? 'team' : type, chinese } as const
}

/**
 * Some ordinary departments hold a confidential one, and the first confidential one an ordinary one: whoever may see that
 * finds it under its nearest visible ancestor (V4).
 */
function typeOf(growth: Growth, parent: DemoDepartment, label: Label, isLeaf: boolean): DepartmentTypeKey {
  const { type, disciplines } = growth.division
  if (type === 'confidential') return label === disciplines[0] ? 'department' : type
  if (type !== 'department') return type
  return new Chance(growth.seed, `type ${parent.key}/${label.key}`).is(0.04)
    ? 'confidential'
    : isLeaf
      ? 'team'
      : 'department'
}
