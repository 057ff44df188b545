import type { DemoDepartment } from './departments.ts'
import type { Chance } from './random.ts'

const TITLES: Readonly<Record<string, readonly [zh: string, en: string][]>> = {
  research: [
    ['工程师', 'Engineer'],
    ['高级工程师', 'Senior Engineer'],
    ['架构师', 'Architect'],
    ['测试工程师', 'Test Engineer'],
    ['产品经理', 'Product Manager'],
  ],
  sales: [
    ['销售代表', 'Sales Representative'],
    ['大客户经理', 'Account Manager'],
    ['售前顾问', 'Solution Consultant'],
  ],
  service: [
    ['客服专员', 'Support Agent'],
    ['现场工程师', 'Field Engineer'],
  ],
  operations: [
    ['采购专员', 'Buyer'],
    ['物流专员', 'Logistics Coordinator'],
    ['系统管理员', 'System Administrator'],
  ],
  finance: [
    ['会计', 'Accountant'],
    ['财务分析师', 'Financial Analyst'],
  ],
  'human-resources': [
    ['招聘专员', 'Recruiter'],
    ['薪酬专员', 'Payroll Specialist'],
  ],
}
const OTHER_TITLES: readonly [string, string][] = [
  ['顾问', 'Consultant'],
  ['专员', 'Specialist'],
]
/** In the language of the department. */
export function titleOf(department: DemoDepartment, isLeader: boolean, chance: Chance): string {
  if (department.type === 'company') return '总裁 Chief Executive Officer'
  if (isLeader) return department.chinese ? '主管' : 'Head'
  const [zh, en] = chance.pick(TITLES[department.division] ?? OTHER_TITLES)
  return department.chinese ? zh : en
}
