import { Button, Checkbox, Input, Popover, Select, Switch } from 'antd'
import { useEffect, useState } from 'react'
import type { EntryStatus } from '../../generated/graphql.ts'
import { Icon } from '../../ui/icon.tsx'
import { useAdmin } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { COLUMNS, type Column } from './columns.tsx'

export interface Filter {
  readonly text: string
  readonly status: EntryStatus | null
  readonly typeId: string | null
  readonly roleId: string | null
  readonly recursive: boolean
}

export const NO_FILTER: Filter = { text: '', status: null, typeId: null, roleId: null, recursive: true }

const STATUSES: readonly EntryStatus[] = ['ACTIVE', 'DISABLED', 'TRASHED']
const TYPING_MS = 200

/** Which people are listed, and what of them. */
export function FilterBar({
  filter,
  onFilter,
  columns,
  onColumns,
  hasDepartment,
}: {
  readonly filter: Filter
  readonly onFilter: (filter: Filter) => void
  readonly columns: readonly Column[]
  readonly onColumns: (columns: readonly Column[]) => void
  readonly hasDepartment: boolean
}) {
  const { t } = useTexts()
  const { catalogue } = useAdmin()
  const [typed, setTyped] = useState(filter.text)
  useEffect(() => {
    if (typed.trim() === filter.text) return
    const timer = setTimeout(() => onFilter({ ...filter, text: typed.trim() }), TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed, filter, onFilter])
  const types = catalogue.types.filter(({ appliesTo }) => appliesTo === 'STAFF')
  return (
    <div className="bar" role="search">
      <Input
        allowClear
        className="search"
        aria-label={t('searchPeople')}
        placeholder={t('searchPeople')}
        prefix={<Icon name="search" size={16} />}
        maxLength={100}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Select
        allowClear
        aria-label={t('column_status')}
        placeholder={t('column_status')}
        value={filter.status}
        options={STATUSES.map((value) => ({ value, label: t(`status_${value}`) }))}
        onChange={(status) => onFilter({ ...filter, status: status ?? null })}
      />
      <Select
        allowClear
        aria-label={t('column_type')}
        placeholder={t('column_type')}
        value={filter.typeId}
        options={types.map(({ id, name }) => ({ value: id, label: name }))}
        onChange={(typeId) => onFilter({ ...filter, typeId: typeId ?? null })}
      />
      {catalogue.roles.length > 0 && (
        <Select
          allowClear
          aria-label={t('role')}
          placeholder={t('role')}
          value={filter.roleId}
          options={catalogue.roles.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(roleId) => onFilter({ ...filter, roleId: roleId ?? null })}
        />
      )}
      {hasDepartment && (
        <label className="switch">
          <Switch
            size="small"
            checked={filter.recursive}
            onChange={(recursive) => onFilter({ ...filter, recursive })}
          />
          {t('withBelow')}
        </label>
      )}
      <Popover
        trigger="click"
        placement="bottomRight"
        content={
          <Checkbox.Group
            className="column-choice"
            value={[...columns]}
            options={COLUMNS.map((value) => ({
              value,
              label: t(`column_${value}`),
              disabled: value === 'name',
            }))}
            onChange={(list) => onColumns(COLUMNS.filter((column) => list.includes(column)))}
          />
        }
      >
        <Button icon={<Icon name="columns" size={16} />}>{t('columns')}</Button>
      </Popover>
    </div>
  )
}
