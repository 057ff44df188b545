import { Button, Radio } from 'antd'
import { useState } from 'react'
import { useAdmin } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { clashes, type Field, type StaffDraft } from './draft.ts'
import { labelOf } from './staff-fields.tsx'

/** Two have changed the same: both versions, and a choice for each field. */
export function Conflict({
  base,
  mine,
  theirs,
  onDecide,
}: {
  readonly base: StaffDraft
  readonly mine: StaffDraft
  readonly theirs: StaffDraft
  readonly onDecide: (keep: ReadonlySet<Field>) => void
}) {
  const { t } = useTexts()
  const { catalogue } = useAdmin()
  const [keep, setKeep] = useState<ReadonlySet<Field>>(new Set())
  const text = (draft: StaffDraft, field: Field) =>
    textOf(draft, field, (id) => catalogue.types.find((type) => type.id === id)?.name ?? id) || t('nothing')
  const set = (field: Field, isMine: boolean) => {
    const next = new Set(keep)
    if (isMine) next.add(field)
    else next.delete(field)
    setKeep(next)
  }
  return (
    <section className="conflict" role="alert" aria-label={t('conflictTitle')}>
      <h2>{t('conflictTitle')}</h2>
      <p>{t('conflictText')}</p>
      {clashes(base, mine, theirs).map((field) => (
        <fieldset key={field}>
          <legend>{t(labelOf(field))}</legend>
          <Radio checked={!keep.has(field)} onChange={() => set(field, false)}>
            <span className="hint">{t('theirs')}</span> {text(theirs, field)}
          </Radio>
          <Radio checked={keep.has(field)} onChange={() => set(field, true)}>
            <span className="hint">{t('mine')}</span> {text(mine, field)}
          </Radio>
        </fieldset>
      ))}
      <Button type="primary" onClick={() => onDecide(keep)}>
        {t('conflictGoOn')}
      </Button>
    </section>
  )
}

function textOf(draft: StaffDraft, field: Field, typeName: (id: string) => string): string {
  switch (field) {
    case 'manager':
      return draft.manager?.name ?? ''
    case 'typeId':
      return typeName(draft.typeId)
    case 'memberships':
      return draft.memberships
        .map(({ departmentName, title }) => (title === '' ? departmentName : `${departmentName} (${title})`))
        .join('; ')
    case 'metadata':
      return Object.entries(draft.metadata)
        .map(([key, value]) => `${key}: ${value}`)
        .join('; ')
    case 'name':
    case 'login':
    case 'nickname':
    case 'pinyin':
    case 'title':
    case 'mobile':
    case 'email':
    case 'leaveDate':
      return draft[field]
  }
}
