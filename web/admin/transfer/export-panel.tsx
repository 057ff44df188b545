import { Alert, App, Button, Checkbox, Radio } from 'antd'
import { useState, type ReactNode } from 'react'
import type { Session } from '../../app/session.ts'
import type { ImportKind } from '../../generated/graphql.ts'
import { useTexts } from '../i18n/texts.ts'
import { DepartmentPicker } from '../pickers.tsx'
import type { Ref } from '../staff/draft.ts'
import { fieldName } from './fields.ts'
import { download } from './files.ts'
import { TransferHead } from './transfer-head.tsx'
import { useFileFields } from './use-file-fields.ts'

const FORMATS = ['csv', 'json', 'ldif'] as const
type Format = (typeof FORMATS)[number]

/** A file of what the caller administers: of whom, of which branch, in which format and columns. */
export function ExportPanel({
  session,
  onClose,
}: {
  readonly session: Session
  readonly onClose: () => void
}): ReactNode {
  const { t, language } = useTexts()
  const { message } = App.useApp()
  const [kind, setKind] = useState<ImportKind>('STAFF')
  const [format, setFormat] = useState<Format>('csv')
  const [branch, setBranch] = useState<Ref | null>(null)
  /** Fields that are left out. */
  const [without, setWithout] = useState<ReadonlySet<string>>(new Set())
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const fields = useFileFields(kind)
  const columns = fields.filter(({ field }) => !without.has(field))
  const isTable = format === 'csv'
  const isReady = !isTable || columns.length > 0
  const run = async () => {
    setBusy(true)
    const asked = new URLSearchParams({ kind: kind === 'STAFF' ? 'staff' : 'department' })
    if (branch) asked.set('departmentId', branch.id)
    // Names of columns as the reader knows them; an import takes them in either language.
    if (isTable && language !== 'en') asked.set('headers', 'zh')
    if (isTable && without.size > 0) asked.set('columns', columns.map(({ field }) => field).join(','))
    const name = `${t(`kind_${kind}`)}${branch ? `-${branch.name}` : ''}`.replaceAll(/[\\/:*?"<>|]/g, '_')
    const done = await download(session, `/export.${format}?${asked.toString()}`, `${name}.${format}`)
    setBusy(false)
    setFailure(done.kind === 'done' ? null : t(done.kind === 'away' ? 'away' : 'exportRefused'))
    if (done.kind === 'done') void message.success(t('exported'))
  }
  return (
    <div className="admin-section transfer">
      <TransferHead title={t('export')} onBack={onClose} />
      {failure !== null && <Alert type="error" showIcon role="alert" title={failure} />}
      <div className="export-panel">
        <div className="transfer-field">
          <span id="export-kind">{t('exportWhat')}</span>
          <Radio.Group
            aria-labelledby="export-kind"
            value={kind}
            options={(['STAFF', 'DEPARTMENT'] as const).map((value) => ({
              value,
              label: t(`kind_${value}`),
            }))}
            onChange={({ target }) => {
              setKind(target.value)
              setWithout(new Set())
            }}
          />
        </div>
        <div className="transfer-field">
          <span>{t('exportBranch')}</span>
          <DepartmentPicker
            label={t('exportBranch')}
            placeholder={t('exportAll')}
            value={branch}
            onChange={setBranch}
            isClearable
          />
        </div>
        <div className="transfer-field">
          <span id="export-format">{t('exportFormat')}</span>
          <Radio.Group
            aria-labelledby="export-format"
            value={format}
            options={FORMATS.map((value) => ({ value, label: t(`exportFormat_${value}`) }))}
            onChange={({ target }) => setFormat(target.value)}
          />
        </div>
        {isTable && (
          <fieldset className="export-columns">
            <legend>{t('exportColumns')}</legend>
            <Checkbox
              checked={without.size === 0}
              indeterminate={without.size > 0 && columns.length > 0}
              onChange={({ target }) =>
                setWithout(target.checked ? new Set() : new Set(fields.map(({ field }) => field)))
              }
            >
              <strong>{t('exportColumnsAll')}</strong>
            </Checkbox>
            <div className="export-fields">
              {fields.map((one) => (
                <Checkbox
                  key={one.field}
                  checked={!without.has(one.field)}
                  onChange={({ target }) => {
                    const next = new Set(without)
                    if (target.checked) next.delete(one.field)
                    else next.add(one.field)
                    setWithout(next)
                  }}
                >
                  {fieldName(one, language)}
                </Checkbox>
              ))}
            </div>
            {!isReady && fields.length > 0 && (
              <p className="bad" role="alert">
                {t('exportNone')}
              </p>
            )}
          </fieldset>
        )}
      </div>
      <div className="transfer-foot">
        <Button type="primary" disabled={!isReady} loading={isBusy} onClick={() => void run()}>
          {t(isBusy ? 'exporting' : 'exportNow')}
        </Button>
      </div>
    </div>
  )
}
