import { Button, Input, Popover, Select } from 'antd'
import type { KeyboardEvent } from 'react'
import { useAdmin } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { KEY_OF, type CellEdit } from './cell-edit.ts'
import type { CellEditing } from './use-cell-edit.ts'

/** A cell while it is edited: Enter saves, Escape leaves it; what is wrong stands beside it. */
export function CellEditor({ edit, editing }: { readonly edit: CellEdit; readonly editing: CellEditing }) {
  const { t } = useTexts()
  const { catalogue } = useAdmin()
  const { cell, value, problem, theirs, isBusy } = edit
  const label = t('cellOf', { name: edit.name, column: t(`column_${cell}`) })
  const isBad = problem !== null || theirs !== null
  const onKey = (event: KeyboardEvent) => {
    // Enter of an input method chooses a word.
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Escape') editing.leave()
    if (event.key === 'Enter' && cell !== 'type') editing.save()
  }
  return (
    <Popover
      open={isBad}
      placement="bottomLeft"
      content={theirs ? <Both edit={edit} editing={editing} /> : <Problem text={problem} />}
    >
      <span className="cell-editor" onKeyDown={onKey}>
        {cell === 'type' ? (
          <Select
            autoFocus
            defaultOpen
            aria-label={label}
            value={value || null}
            status={isBad ? 'error' : ''}
            loading={isBusy}
            options={catalogue.types
              .filter(({ appliesTo }) => appliesTo === 'STAFF')
              .map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(id) => editing.save(id ?? '')}
            onBlur={() => {
              if (!isBad && !isBusy) editing.leave()
            }}
          />
        ) : (
          <Input
            autoFocus
            aria-label={label}
            aria-invalid={isBad}
            aria-describedby={problem === null ? undefined : 'cell-problem'}
            status={isBad ? 'error' : ''}
            type={KEY_OF[cell].key === 'mobile' ? 'tel' : 'text'}
            value={value}
            readOnly={isBusy}
            autoComplete="off"
            onChange={(event) => editing.type(event.target.value)}
            onBlur={() => {
              if (!isBad) editing.save()
            }}
          />
        )}
      </span>
    </Popover>
  )
}

function Problem({ text }: { readonly text: string | null }) {
  return (
    <span id="cell-problem" className="problem" role="alert">
      {text}
    </span>
  )
}

/** What somebody else has written there meanwhile, beside what was typed here. */
function Both({ edit, editing }: { readonly edit: CellEdit; readonly editing: CellEditing }) {
  const { t } = useTexts()
  const { catalogue } = useAdmin()
  const shown = (value: string) =>
    (edit.cell === 'type' ? catalogue.types.find(({ id }) => id === value)?.name : value) || t('nothing')
  return (
    <section className="cell-both" role="alert" aria-label={t('conflictTitle')}>
      <strong>{t('conflictTitle')}</strong>
      <dl>
        <dt>{t('theirs')}</dt>
        <dd>{shown(edit.theirs?.value ?? '')}</dd>
        <dt>{t('mine')}</dt>
        <dd>{shown(edit.value)}</dd>
      </dl>
      <Button size="small" onClick={editing.leave}>
        {t('keepTheirs')}
      </Button>{' '}
      <Button size="small" type="primary" onClick={editing.overwrite}>
        {t('keepMine')}
      </Button>
    </section>
  )
}
