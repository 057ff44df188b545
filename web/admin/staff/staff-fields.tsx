import { Form, Input, Select } from 'antd'
import type { ReactNode } from 'react'
import { useAdmin } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import type { AdminKey } from '../i18n/zh-cn.ts'
import { issueText } from '../issues.ts'
import { PersonPicker } from '../pickers.tsx'
import type { Field, StaffDraft } from './draft.ts'

/** By field: what the server finds wrong. */
export type Problems = ReadonlyMap<Field, string>

export interface FieldsProps {
  readonly draft: StaffDraft
  readonly problems: Problems
  readonly onChange: (change: Partial<StaffDraft>) => void
}

type TextField = 'name' | 'login' | 'nickname' | 'pinyin' | 'title' | 'mobile' | 'email' | 'leaveDate'

const LABELS: Readonly<Record<Field, AdminKey>> = {
  name: 'column_name',
  login: 'column_login',
  nickname: 'field_nickname',
  pinyin: 'field_pinyin',
  title: 'column_title',
  mobile: 'column_mobile',
  email: 'column_email',
  typeId: 'column_type',
  leaveDate: 'column_leaveDate',
  manager: 'field_manager',
  memberships: 'tab_memberships',
  metadata: 'tab_fields',
}

export function labelOf(field: Field): AdminKey {
  return LABELS[field]
}

/** Which key of an ability covers a field. */
const KEYS: Partial<Record<Field, string>> = { typeId: 'type' }

export function useMayWrite(): (field: Field) => boolean {
  const { abilities } = useAdmin()
  return (field) => abilities.covers('staff.write', KEYS[field] ?? field)
}

/** Fields that everybody has. */
export function BasicFields({ draft, problems, onChange }: FieldsProps) {
  const { t } = useTexts()
  const { catalogue } = useAdmin()
  const mayWrite = useMayWrite()
  const text = (field: TextField, more: { type?: string; isRequired?: boolean } = {}) => (
    <Line field={field} problems={problems} isRequired={more.isRequired ?? false}>
      <Input
        id={`staff-${field}`}
        type={more.type ?? 'text'}
        value={draft[field]}
        disabled={!mayWrite(field)}
        aria-invalid={problems.has(field)}
        aria-describedby={problems.has(field) ? `staff-${field}-problem` : undefined}
        autoComplete="off"
        onChange={(event) => onChange({ [field]: event.target.value })}
      />
    </Line>
  )
  return (
    <div className="form-grid">
      {text('name', { isRequired: true })}
      {text('login', { isRequired: true })}
      <Line field="typeId" problems={problems} isRequired>
        <Select
          id="staff-typeId"
          aria-label={t('column_type')}
          value={draft.typeId || null}
          disabled={!mayWrite('typeId')}
          placeholder={t('pickType')}
          options={catalogue.types
            .filter(({ appliesTo }) => appliesTo === 'STAFF')
            .map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(typeId) => onChange({ typeId: typeId ?? '' })}
        />
      </Line>
      {text('title')}
      {text('nickname')}
      {text('pinyin')}
      {text('mobile', { type: 'tel' })}
      {text('leaveDate', { type: 'date' })}
      <Line field="email" problems={problems} isWide>
        <Input.TextArea
          id="staff-email"
          value={draft.email}
          disabled={!mayWrite('email')}
          rows={2}
          onChange={(event) => onChange({ email: event.target.value })}
        />
      </Line>
      <Line field="manager" problems={problems} isWide>
        <PersonPicker
          label={t('field_manager')}
          value={draft.manager}
          onChange={(manager) => onChange({ manager })}
        />
      </Line>
    </div>
  )
}

/** Fields of the catalogue. */
export function CustomFields({ draft, problems, onChange }: FieldsProps) {
  const { t } = useTexts()
  const { catalogue, abilities } = useAdmin()
  const fields = catalogue.fields.filter(({ appliesTo, key }) => appliesTo === 'STAFF' && !BUILT_IN.has(key))
  const problem = problems.get('metadata')
  if (fields.length === 0) return <p className="hint">{t('noCustomFields')}</p>
  return (
    <>
      {problem !== undefined && <p className="problem">{issueText(t, problem)}</p>}
      {fields.map(({ key, label }) => (
        <Form.Item key={key} label={label} htmlFor={`custom-${key}`}>
          <Input
            id={`custom-${key}`}
            value={draft.metadata[key] ?? ''}
            disabled={!abilities.covers('staff.write', key)}
            onChange={(event) => onChange({ metadata: { ...draft.metadata, [key]: event.target.value } })}
          />
        </Form.Item>
      ))}
    </>
  )
}

/** Keys in the catalogue that have a place of their own in the form. */
const BUILT_IN: ReadonlySet<string> = new Set([
  'nickname',
  'title',
  'mobile',
  'email',
  'manager',
  'memberships',
])

function Line({
  field,
  problems,
  children,
  isRequired = false,
  isWide = false,
}: {
  readonly field: Field
  readonly problems: Problems
  readonly children: ReactNode
  readonly isRequired?: boolean
  readonly isWide?: boolean
}) {
  const { t } = useTexts()
  const problem = problems.get(field)
  return (
    <Form.Item
      label={t(LABELS[field])}
      htmlFor={`staff-${field}`}
      required={isRequired}
      {...(isWide ? { className: 'is-wide' } : {})}
      {...(problem === undefined
        ? {}
        : {
            validateStatus: 'error' as const,
            help: <span id={`staff-${field}-problem`}>{issueText(t, problem)}</span>,
          })}
    >
      {children}
    </Form.Item>
  )
}
