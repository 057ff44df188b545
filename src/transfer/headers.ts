import type { FieldDefinition } from '../model/entry.ts'
import type { RowKind } from './row.ts'

/** Columns of a CSV file of people, and what people call them. The first is how they are exported. */
const STAFF = {
  id: ['id', 'entryuuid', '编号', '唯一标识'],
  login: ['login', 'username', 'account', 'uid', 'userid', '登录名', '账号', '帐号', '用户名', '工号'],
  name: ['name', 'fullname', 'displayname', '姓名', '名字', '员工姓名'],
  type: ['type', 'stafftype', 'employeetype', '类型', '员工类型', '人员类型'],
  nickname: ['nickname', 'alias', '昵称', '别名', '花名'],
  pinyin: ['pinyin', '拼音', '姓名拼音'],
  initials: ['initials', '首字母', '拼音首字母', '简拼'],
  title: ['title', 'jobtitle', 'position', '职位', '职务', '岗位'],
  mobile: ['mobile', 'phone', 'mobilephone', 'telephone', '手机', '手机号', '手机号码', '电话', '联系电话'],
  email: ['email', 'mail', 'e-mail', '邮箱', '电子邮箱', '邮件', '电子邮件'],
  departments: ['departments', 'department', 'dept', '部门', '所属部门', '所在部门'],
  departmentTitles: ['department titles', '部门职位', '部门内职位'],
  departmentSort: ['department sort', '部门排序', '部门内排序'],
  mainDepartment: ['main department', '主部门'],
  leads: ['leads', 'leader of', '负责部门', '主管部门', '管理部门'],
  manager: [
    'manager',
    'reports to',
    'supervisor',
    '上级',
    '直属上级',
    '直接上级',
    '主管',
    '直属主管',
    '汇报对象',
  ],
  dottedManagers: ['dotted managers', '虚线上级', '虚线汇报'],
  leaveDate: ['leave date', 'last day', '离职日期', '最后工作日'],
  status: ['status', '状态', '账号状态', '员工状态'],
} as const

const DEPARTMENT = {
  id: ['id', 'entryuuid', '编号', '部门编号', '唯一标识'],
  path: ['path', 'department path', 'full name', '路径', '部门路径', '部门全称'],
  name: ['name', 'department', 'department name', '名称', '部门', '部门名称'],
  parent: ['parent', 'parent department', '上级部门', '父部门'],
  type: ['type', 'department type', '类型', '部门类型'],
  description: ['description', '描述', '说明', '部门职责', '简介'],
  status: ['status', '状态', '部门状态'],
} as const

const FIELDS: Record<RowKind, Readonly<Record<string, readonly string[]>>> = {
  staff: STAFF,
  department: DEPARTMENT,
}

/** Names of custom fields begin with it. */
export const METADATA = 'metadata.'
/** As the field of a column: it is not taken. */
export const IGNORE = 'ignore'

export type StaffField = keyof typeof STAFF
export type DepartmentField = keyof typeof DEPARTMENT

/** What the caller says of a column. */
export interface ColumnMapping {
  /** The text of the header, or `#3` for the third column. */
  readonly column: string
  readonly field: string
}

/** A column of the file, and the field that it fills; null: it is left out. */
export interface Column {
  readonly header: string
  readonly field: string | null
}

/** A field that a column can fill. */
export interface FileField {
  readonly field: string
  /** What its column may be called, in English and Chinese; the first is how it is exported. */
  readonly names: readonly string[]
  /** Rows are known by it, or somebody new must have it. */
  readonly isNeeded: boolean
  /** Whether the caller may set it anywhere, or needs it to name who or what a row is about. */
  readonly isSettable: boolean
}

/** By these rows are known. */
const KEYS: Record<RowKind, readonly string[]> = { staff: ['id', 'login'], department: ['id', 'path'] }
const NEEDED: Record<RowKind, readonly string[]> = {
  staff: ['login', 'name', 'type'],
  department: ['path', 'type'],
}

/** The field of abilities that covers one of a file, where it is called otherwise; `*`: it takes all fields. */
const COVERED_BY: Readonly<Record<string, string>> = {
  departments: 'memberships',
  departmentTitles: 'memberships',
  departmentSort: 'memberships',
  mainDepartment: 'memberships',
  leads: 'memberships',
  status: '*',
  parent: '*',
}

/** All fields of a file in the order of exports, the custom ones last; `covered`: what the caller may set. */
export function fileFields(
  kind: RowKind,
  catalogue: Iterable<FieldDefinition>,
  covered: { has(key: string): boolean; readonly isAll: boolean },
): FileField[] {
  const isSettable = (key: string) => (key === '*' ? covered.isAll : covered.has(key))
  const own = Object.entries(FIELDS[kind]).map(([field, names]) => ({
    field,
    names: [...names],
    isNeeded: NEEDED[kind].includes(field),
    isSettable: KEYS[kind].includes(field) || isSettable(COVERED_BY[field] ?? field),
  }))
  const custom = new Map<string, FileField>()
  for (const { key, label, appliesTo } of catalogue) {
    if ((appliesTo === 'STAFF') !== (kind === 'staff') || Object.hasOwn(FIELDS[kind], key)) continue
    const field = METADATA + key
    custom.set(key, { field, names: [field, label], isNeeded: false, isSettable: isSettable(key) })
  }
  return [...own, ...custom.values()]
}

/** Whether columns of files can have this name of a field; of custom ones only the form is looked at. */
export function isField(kind: RowKind, field: string): boolean {
  return field.startsWith(METADATA) || Object.hasOwn(FIELDS[kind], field)
}

/** The name of a field in an exported file. */
export function headerOf(kind: RowKind, field: string): string {
  return FIELDS[kind][field]?.[0] ?? field
}

/** The same in Chinese, custom fields by their label: as long as an import takes it for this very field. */
export function chineseHeaderOf(kind: RowKind, field: string, catalogue: readonly FieldDefinition[]): string {
  const name = field.startsWith(METADATA)
    ? catalogue.find(({ key }) => METADATA + key === field)?.label
    : FIELDS[kind][field]?.find((one) => /\p{Script=Han}/u.test(one))
  if (name === undefined) return headerOf(kind, field)
  const [column] = columnsOf(kind, [name], [], catalogue)
  return column?.field === field ? name : headerOf(kind, field)
}

/**
 * Which field each column fills: as the caller says, else by its name in English or Chinese, else by the key or label of a
 * custom field. A field is filled by one column: the first.
 */
export function columnsOf(
  kind: RowKind,
  headers: readonly string[],
  mapping: readonly ColumnMapping[],
  catalogue: Iterable<FieldDefinition>,
): Column[] {
  const byName = new Map<string, string>()
  for (const { key, label, appliesTo } of catalogue) {
    if ((appliesTo === 'STAFF') !== (kind === 'staff') || Object.hasOwn(FIELDS[kind], key)) continue
    for (const name of [label, key, METADATA + key]) byName.set(nameKey(name), METADATA + key)
  }
  for (const [field, names] of Object.entries(FIELDS[kind]))
    for (const name of [field, ...names]) byName.set(nameKey(name), field)
  const said = new Map(mapping.map(({ column, field }) => [nameKey(column), field]))
  const taken = new Set<string>()
  return headers.map((header, i) => {
    const wanted = said.get(nameKey(`#${i + 1}`)) ?? said.get(nameKey(header)) ?? byName.get(nameKey(header))
    if (wanted === undefined || wanted === IGNORE || taken.has(wanted)) return { header, field: null }
    taken.add(wanted)
    return { header, field: wanted }
  })
}

/** What is wrong with a mapping; null when nothing is. */
export function mappingProblem(kind: RowKind, mapping: readonly ColumnMapping[]): string | null {
  const unknown = mapping.find(({ field }) => field !== IGNORE && !isField(kind, field))
  if (!unknown) return null
  const known = [...Object.keys(FIELDS[kind]), `${METADATA}<key>`, IGNORE].join(', ')
  return `${unknown.field} is no field: use one of ${known}`
}

/** Case, spaces, widths, marks and hints in brackets do not count: `姓名（必填）*` is `姓名`. */
function nameKey(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[([].*?[)\]]/g, '')
    .replace(/[\s_*:-]/g, '')
}
