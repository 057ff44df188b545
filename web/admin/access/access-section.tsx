import { Button } from 'antd'
import { useState } from 'react'
import { useAdmin } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { PersonPicker } from '../pickers.tsx'
import type { Ref } from '../staff/draft.ts'
import { fieldLabel } from '../field-label.ts'
import { Explanation } from './explanation.tsx'
import { matrixOf } from './matrix.ts'
import { useViewAs } from './use-view-as.ts'
import './access.css'

/** Who sees what: why one person sees another, and what each role shows. */
export function AccessSection() {
  const { t } = useTexts()
  const { catalogue, abilities } = useAdmin()
  const [viewer, setViewer] = useState<Ref | null>(null)
  const [subject, setSubject] = useState<Ref | null>(null)
  const { viewAs, isBusy } = useViewAs()
  const { types, rows } = matrixOf(catalogue)
  const labelOf = (key: string) => fieldLabel(t, catalogue, key)
  return (
    <div className="admin-section access">
      {abilities.has('access.explain') && (
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
          {viewer && subject && <Explanation viewer={viewer} subject={subject} labelOf={labelOf} />}
        </section>
      )}
      {rows.length > 0 && (
        <div className="panel">
          <h2 id="matrix-title">{t('matrixTitle')}</h2>
          <div className="matrix" tabIndex={0} role="region" aria-labelledby="matrix-title">
            <table>
              <thead>
                <tr>
                  <th scope="col">{t('role')}</th>
                  {types.map(({ id, name }) => (
                    <th key={id} scope="col">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map(({ id, name, cells }) => (
                  <tr key={id}>
                    <th scope="row">{name}</th>
                    {cells.map(({ scope, sensitive }, i) => (
                      <td key={i} data-scope={scope ?? 'none'}>
                        {t(`scope_${scope ?? 'none'}`)}
                        {sensitive.length > 0 && (
                          <span className="hint">+ {sensitive.map(labelOf).join(t('comma'))}</span>
                        )}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </div>
  )
}
