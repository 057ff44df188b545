import { Tag } from 'antd'
import type { ReactNode } from 'react'
import type { StaffOrder } from '../../generated/graphql.ts'
import type { T } from '../i18n/texts.ts'
import type { Line } from './people-source.ts'

export const COLUMNS = [
  'name',
  'login',
  'department',
  'title',
  'type',
  'mobile',
  'email',
  'status',
  'leaveDate',
] as const
export type Column = (typeof COLUMNS)[number]

/** What a column is put in order by; null: it cannot be. */
export const ORDER_OF: Readonly<Record<Column, StaffOrder | null>> = {
  name: 'PINYIN',
  login: 'LOGIN',
  department: 'DEPARTMENT',
  title: 'TITLE',
  type: 'TYPE',
  mobile: null,
  email: null,
  status: 'STATUS',
  leaveDate: 'LEAVE_DATE',
}

/** A track of the grid. */
export const WIDTHS: Readonly<Record<Column, string>> = {
  name: 'minmax(150px, 1.4fr)',
  login: 'minmax(100px, 1fr)',
  department: 'minmax(120px, 1.3fr)',
  title: 'minmax(100px, 1fr)',
  type: 'minmax(120px, 1fr)',
  mobile: 'minmax(130px, 0.9fr)',
  email: 'minmax(160px, 1.3fr)',
  status: '84px',
  leaveDate: '104px',
}

export const DEFAULT_COLUMNS: readonly Column[] = ['name', 'login', 'department', 'title', 'type', 'status']

export function cellOf(line: Line, column: Column, t: T): ReactNode {
  switch (column) {
    case 'name':
      return null
    case 'login':
      return line.login
    case 'department':
      return placesOf(line, t)
    case 'title':
      return line.title
    case 'type':
      return line.type?.name
    case 'mobile':
      return line.mobile
    case 'email':
      return line.email[0]
    case 'status':
      return line.status === 'ACTIVE' ? (
        <span className="admin-ok">{t('status_ACTIVE')}</span>
      ) : (
        <Tag className="admin-tag">{t(`status_${line.status}`)}</Tag>
      )
    case 'leaveDate':
      return line.leaveDate
  }
}

/** The main department first, and how many more there are. */
function placesOf({ memberships }: Line, t: T): string {
  const main = memberships.find((m) => m.isMain) ?? memberships[0]
  if (!main?.department) return ''
  const more = memberships.length - 1
  return more === 0 ? main.department.name : t('andMore', { name: main.department.name, count: more })
}
