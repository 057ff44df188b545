import { Button } from 'antd'
import { useState, type ReactNode } from 'react'
import type { Session } from '../../app/session.ts'
import { Icon } from '../../ui/icon.tsx'
import { useAdmin } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { ExportPanel } from './export-panel.tsx'
import { ImportList } from './import-list.tsx'
import { ImportView } from './import-view.tsx'
import { TransferHead } from './transfer-head.tsx'
import { Wizard } from './wizard.tsx'
import './transfer.css'

type Place =
  | { readonly kind: 'list' }
  | { readonly kind: 'wizard' }
  | { readonly kind: 'export' }
  | { readonly kind: 'import'; readonly id: string }

const LIST: Place = { kind: 'list' }

/** Files in and out: imports, in steps and with what became of them, and exports. */
export function TransferSection({ session }: { readonly session: Session }): ReactNode {
  const { t } = useTexts()
  const { abilities } = useAdmin()
  const [place, setPlace] = useState<Place>(LIST)
  const mayImport = abilities.has('staff.write') || abilities.has('department.write')
  const toList = () => setPlace(LIST)
  switch (place.kind) {
    case 'wizard':
      return (
        <Wizard session={session} onClose={toList} onStarted={(id) => setPlace({ kind: 'import', id })} />
      )
    case 'export':
      return <ExportPanel session={session} onClose={toList} />
    case 'import':
      return (
        <div className="admin-section transfer">
          <TransferHead title={t('import')} onBack={toList} />
          <ImportView key={place.id} id={place.id} session={session} />
        </div>
      )
    case 'list':
      return (
        <div className="admin-section transfer">
          <div className="transfer-cards">
            {mayImport && (
              <section className="transfer-card" aria-labelledby="import-title">
                <h2 id="import-title">{t('import')}</h2>
                <p className="hint">{t('importHint')}</p>
                <Button
                  type="primary"
                  icon={<Icon name="up" size={16} />}
                  onClick={() => setPlace({ kind: 'wizard' })}
                >
                  {t('importNew')}
                </Button>
              </section>
            )}
            <section className="transfer-card" aria-labelledby="export-title">
              <h2 id="export-title">{t('export')}</h2>
              <p className="hint">{t('exportHint')}</p>
              <Button icon={<Icon name="down" size={16} />} onClick={() => setPlace({ kind: 'export' })}>
                {t('exportNow')}
              </Button>
            </section>
          </div>
          {mayImport && <ImportList onOpen={(id) => setPlace({ kind: 'import', id })} />}
        </div>
      )
  }
}
