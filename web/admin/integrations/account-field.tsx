import { Form } from 'antd'
import { useTexts } from '../i18n/texts.ts'
import { PersonPicker } from '../pickers.tsx'
import type { Ref } from '../staff/draft.ts'
import type { FieldState } from './use-form.ts'

export interface AccountFieldProps {
  readonly value: Ref | null
  readonly state: FieldState
  /** Absent: it stays as it is. */
  readonly onChange?: (value: Ref | null) => void
}

/** The account of the directory as which something acts. */
export function AccountField({ value, state, onChange }: AccountFieldProps) {
  const { t } = useTexts()
  if (!onChange)
    return (
      <Form.Item label={t('account')}>
        <span>{value?.name ?? '—'}</span>
      </Form.Item>
    )
  return (
    <Form.Item label={t('account')} required extra={state.help === undefined && t('accountHint')} {...state}>
      <PersonPicker label={t('account')} value={value} onChange={onChange} />
    </Form.Item>
  )
}
