import { Alert, Button, Select } from 'antd'
import { useEffect, type ReactNode } from 'react'
import { UploadedFileDocument, type ImportEncoding } from '../../generated/graphql.ts'
import { useAdmin, useAsked } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { ColumnsTable } from './columns-table.tsx'
import { doubled, hasKey, type Plan, type SentFile } from './plan.ts'
import { PlanOptions } from './plan-options.tsx'

const ENCODINGS: Readonly<Record<ImportEncoding, string>> = {
  UTF_8: 'UTF-8',
  GB18030: 'GB18030 / GBK',
  UTF_16LE: 'UTF-16 LE',
  UTF_16BE: 'UTF-16 BE',
}

/** What each column of the file fills, guessed by its header, and how rows are to be taken. */
export function ColumnsStep({
  file,
  plan,
  isBusy,
  onPlan,
  onBack,
  onNext,
}: {
  readonly file: SentFile
  readonly plan: Plan
  readonly isBusy: boolean
  readonly onPlan: (plan: Plan) => void
  readonly onBack: () => void
  readonly onNext: () => void
}): ReactNode {
  const { t } = useTexts()
  const { news } = useAdmin()
  const { uploadId, format, kind } = file
  const { encoding } = plan
  const asked = { uploadId, format, kind, encoding }
  const { data, isAway } = useAsked(UploadedFileDocument, asked, news)
  const found = data?.admin?.uploadedFile
  const columns = found?.columns
  const count = columns?.length ?? 0
  // The guess stands until somebody chooses otherwise; with another encoding the headers are others.
  useEffect(() => {
    if (columns && plan.fields.length !== columns.length)
      onPlan({ ...plan, fields: columns.map(({ field }) => field) })
  }, [columns, plan, onPlan])
  if (!data) return <p className="empty">{t(isAway ? 'away' : 'opening')}</p>
  const problem = !found
    ? t('fileGone')
    : found.problem !== null
      ? t('fileUnreadable', { problem: found.problem })
      : null
  const isTable = format === 'CSV'
  const isKnown = !isTable || hasKey(kind, plan.fields)
  const isReady = problem === null && isKnown && doubled(plan.fields).size === 0
  const taken = plan.fields.filter((field) => field !== null).length
  return (
    <div className="columns-step">
      <div className="bar">
        <strong>{file.name}</strong>
        {isTable && problem === null && <span className="hint">{t('columnsCount', { count, taken })}</span>}
        <label className="encoding">
          <span>{t('encoding')}</span>
          <Select
            aria-label={t('encoding')}
            value={encoding ?? 'auto'}
            options={[
              {
                value: 'auto',
                label: found?.encoding
                  ? `${t('encodingAuto')}: ${ENCODINGS[found.encoding]}`
                  : t('encodingAuto'),
              },
              ...Object.entries(ENCODINGS).map(([value, label]) => ({ value, label })),
            ]}
            onChange={(value) => onPlan({ ...plan, encoding: isEncoding(value) ? value : null, fields: [] })}
          />
        </label>
      </div>
      {problem !== null && <Alert type="error" showIcon role="alert" title={problem} />}
      {problem === null && !isKnown && (
        <Alert type="warning" showIcon role="alert" title={t(`keyMissing_${kind}`)} />
      )}
      {problem === null && isTable && columns && (
        <ColumnsTable
          columns={columns}
          kind={kind}
          fields={plan.fields}
          onFields={(fields) => onPlan({ ...plan, fields })}
        />
      )}
      {problem === null && <PlanOptions kind={kind} plan={plan} isTable={isTable} onPlan={onPlan} />}
      <div className="transfer-foot">
        <Button onClick={onBack}>{t('back')}</Button>
        <Button type="primary" disabled={!isReady} loading={isBusy} onClick={onNext}>
          {t('check')}
        </Button>
      </div>
    </div>
  )
}

function isEncoding(value: string): value is ImportEncoding {
  return Object.hasOwn(ENCODINGS, value)
}
