import { Select } from 'antd'
import type { ReactNode } from 'react'
import type { ImportKind } from '../../generated/graphql.ts'
import { useAdmin } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import type { Plan } from './plan.ts'

const MODES = ['UPSERT', 'CREATE', 'UPDATE'] as const

/** How rows are to be taken: what they may do, and what is meant where they say nothing. */
export function PlanOptions({
  kind,
  plan,
  isTable,
  onPlan,
}: {
  readonly kind: ImportKind
  readonly plan: Plan
  readonly isTable: boolean
  readonly onPlan: (plan: Plan) => void
}): ReactNode {
  const { t } = useTexts()
  const { catalogue, abilities } = useAdmin()
  const types = (appliesTo: 'STAFF' | 'DEPARTMENT') =>
    catalogue.types
      .filter((type) => type.appliesTo === appliesTo)
      .map(({ id, name }) => ({ value: id, label: name }))
  const isMaking = plan.createDepartments || kind === 'DEPARTMENT'
  return (
    <div className="plan-options">
      <Choice
        label={t('importMode')}
        value={plan.mode}
        options={MODES.map((value) => ({ value, label: t(`mode_${value}`) }))}
        onChange={(value) => onPlan({ ...plan, mode: MODES.find((mode) => mode === value) ?? 'UPSERT' })}
      />
      {isTable && (
        <Choice
          label={t('emptyCells')}
          value={plan.emptyClears ? 'clear' : 'keep'}
          options={[
            { value: 'keep', label: t('emptyKeeps') },
            { value: 'clear', label: t('emptyClears') },
          ]}
          onChange={(value) => onPlan({ ...plan, emptyClears: value === 'clear' })}
        />
      )}
      {abilities.hasAll('department.write') && (
        <Choice
          label={t('departmentsMissing')}
          value={plan.createDepartments ? 'create' : 'refuse'}
          options={[
            { value: 'refuse', label: t('departmentsRefuse') },
            { value: 'create', label: t('departmentsCreate') },
          ]}
          onChange={(value) => onPlan({ ...plan, createDepartments: value === 'create' })}
        />
      )}
      {isMaking && (
        <Choice
          label={t('newDepartmentType')}
          value={plan.departmentType}
          options={types('DEPARTMENT')}
          onChange={(value) => onPlan({ ...plan, departmentType: value })}
        />
      )}
      {kind === 'STAFF' && (
        <Choice
          label={t('newStaffType')}
          value={plan.staffType}
          options={types('STAFF')}
          onChange={(value) => onPlan({ ...plan, staffType: value })}
        />
      )}
    </div>
  )
}

function Choice({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string
  readonly value: string | null
  readonly options: readonly { readonly value: string; readonly label: string }[]
  readonly onChange: (value: string) => void
}) {
  const { t } = useTexts()
  return (
    <div className="transfer-field">
      <span>{label}</span>
      <Select
        aria-label={label}
        placeholder={t('chooseType')}
        value={value}
        options={[...options]}
        onChange={(chosen) => chosen !== null && onChange(chosen)}
      />
    </div>
  )
}
