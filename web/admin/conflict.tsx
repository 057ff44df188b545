import { Button, Radio } from 'antd'
import { useState, type ReactNode } from 'react'
import { useTexts } from './i18n/texts.ts'

export interface Clash<F> {
  readonly field: F
  readonly label: string
  readonly theirs: ReactNode
  readonly mine: ReactNode
}

/** Two have changed the same: both versions, and a choice for each field. */
export function Conflict<F extends PropertyKey>({
  clashes,
  onDecide,
}: {
  readonly clashes: readonly Clash<F>[]
  readonly onDecide: (keep: ReadonlySet<F>) => void
}) {
  const { t } = useTexts()
  const [keep, setKeep] = useState<ReadonlySet<F>>(new Set())
  const set = (field: F, isMine: boolean) => {
    const next = new Set(keep)
    if (isMine) next.add(field)
    else next.delete(field)
    setKeep(next)
  }
  return (
    <section className="conflict" role="alert" aria-label={t('conflictTitle')}>
      <h2>{t('conflictTitle')}</h2>
      <p>{t('conflictText')}</p>
      {clashes.map(({ field, label, theirs, mine }) => (
        <fieldset key={String(field)}>
          <legend>{label}</legend>
          <Radio checked={!keep.has(field)} onChange={() => set(field, false)}>
            <span className="hint">{t('theirs')}</span> {theirs || t('nothing')}
          </Radio>
          <Radio checked={keep.has(field)} onChange={() => set(field, true)}>
            <span className="hint">{t('mine')}</span> {mine || t('nothing')}
          </Radio>
        </fieldset>
      ))}
      <Button type="primary" onClick={() => onDecide(keep)}>
        {t('conflictGoOn')}
      </Button>
    </section>
  )
}
