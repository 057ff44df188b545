import { Button, Tag } from 'antd'
import type { ReactNode } from 'react'
import { ImportsDocument, type ImportPartsFragment } from '../../generated/graphql.ts'
import { useAdmin, useAsked } from '../admin.ts'
import { useTexts, type T } from '../i18n/texts.ts'

/** Imports of the last weeks, the newest first; those that are under way too. */
export function ImportList({ onOpen }: { readonly onOpen: (id: string) => void }): ReactNode {
  const { t, time } = useTexts()
  const { news } = useAdmin()
  const { data, isAway } = useAsked(ImportsDocument, {}, news)
  const imports = data?.admin?.imports
  if (!imports) return <p className="empty">{t(isAway ? 'away' : 'opening')}</p>
  return (
    <div className="transfer-list">
      <h2 id="imports-title">{t('imports')}</h2>
      {imports.length === 0 && <p className="hint">{t('noImports')}</p>}
      {imports.length > 0 && (
        <div className="transfer-table" tabIndex={0} role="region" aria-labelledby="imports-title">
          <table>
            <thead>
              <tr>
                {(['importFile', 'importAt', 'importBy', 'importState', 'importResult'] as const).map(
                  (key) => (
                    <th key={key} scope="col">
                      {t(key)}
                    </th>
                  ),
                )}
                <td />
              </tr>
            </thead>
            <tbody>
              {imports.map((one) => (
                <tr key={one.id}>
                  <th scope="row">
                    {one.fileName ?? t('importUnnamed')} <span className="hint">{t(`kind_${one.kind}`)}</span>
                  </th>
                  <td>{time(new Date(one.createdAt))}</td>
                  <td>{one.startedBy?.name ?? '—'}</td>
                  <td>
                    <StateTag of={one} />
                  </td>
                  <td>{one.total === null ? '—' : countsText(t, one)}</td>
                  <td>
                    <Button size="small" onClick={() => onOpen(one.id)}>
                      {t('importOpen')}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}

export function StateTag({ of }: { readonly of: Pick<ImportPartsFragment, 'state' | 'isDryRun'> }) {
  const { t } = useTexts()
  const { state, isDryRun } = of
  return (
    <>
      <Tag className="admin-tag" {...(state === 'FAILED' ? { color: 'error' } : {})}>
        {t(`importState_${state}`)}
      </Tag>
      {isDryRun && <Tag className="admin-tag">{t('importDry')}</Tag>}
    </>
  )
}

export function countsText(t: T, { created, updated, unchanged, failed }: ImportPartsFragment): string {
  return t('importCounts', { created, updated, unchanged, failed })
}
