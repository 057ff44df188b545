import { Button } from 'antd'
import { useState } from 'react'
import { useAdmin } from '../admin.ts'
import { fieldLabel } from '../field-label.ts'
import { useTexts } from '../i18n/texts.ts'
import { PersonPicker } from '../pickers.tsx'
import type { Ref } from '../staff/draft.ts'
import { Explanation } from './explanation.tsx'
import { useViewAs } from './use-view-as.ts'

/** Why one person sees another. */
export function ExplainPart() {
  const { t } = useTexts()
  const { catalogue } = useAdmin()
  const [viewer, setViewer] = useState<Ref | null>(null)
  const [subject, setSubject] = useState<Ref | null>(null)
  const { viewAs, isBusy } = useViewAs()
  return (
    <section className="panel" aria-labelledby="explain-title">
      <h2 id="explain-title">{t('explainTitle')}</h2>
      <div className="explain-pair">
        <PersonPicker label={t('explainViewer')} value={viewer} onChange={setViewer} />
        <span className="hint">{t('explainSees')}</span>
        <PersonPicker label={t('explainSubject')} value={subject} onChange={setSubject} />
      </div>
      {viewer && (
        <Button className="view-as" loading={isBusy} onClick={() => viewAs(viewer)}>
          {t('viewAsOf', { name: viewer.name })}
        </Button>
      )}
      {viewer && subject && (
        <Explanation viewer={viewer} subject={subject} labelOf={(key) => fieldLabel(t, catalogue, key)} />
      )}
    </section>
  )
}
