import { Button, Radio, Tag } from 'antd'
import { useState, type ReactNode } from 'react'
import {
  ImportReportDocument,
  type ImportAction,
  type ImportPartsFragment,
  type ImportReportQuery,
} from '../../generated/graphql.ts'
import { useAdmin, useAsked } from '../admin.ts'
import { fieldLabel } from '../field-label.ts'
import { useTexts } from '../i18n/texts.ts'
import { errorText } from './error-text.ts'
import { fieldAt, fieldName } from './fields.ts'
import { useFileFields } from './use-file-fields.ts'

type Report = NonNullable<NonNullable<ImportReportQuery['admin']>['import']>
export type ReportRow = Report['rows'][number]

const PAGE = 50
type Shown = 'all' | ImportAction

/** What became, or would become, of each row, page by page. */
export function ReportRows({ now }: { readonly now: ImportPartsFragment }): ReactNode {
  const { t } = useTexts()
  const { news } = useAdmin()
  const [shown, setShown] = useState<Shown>(now.failed > 0 ? 'ERROR' : 'all')
  /** Numbers of the rows after which the pages up to this one begin. */
  const [after, setAfter] = useState<readonly number[]>([0])
  const counts: Record<Shown, number> = {
    all: now.done,
    CREATE: now.created,
    UPDATE: now.updated,
    UNCHANGED: now.unchanged,
    ERROR: now.failed,
  }
  const { data, isAway } = useAsked(
    ImportReportDocument,
    {
      id: now.id,
      first: PAGE,
      afterNumber: after.at(-1) ?? 0,
      actions: shown === 'all' ? null : [shown],
    },
    news,
  )
  const rows = data?.admin?.import?.rows
  const last = rows?.at(-1)?.number
  return (
    <div className="report">
      <Radio.Group
        optionType="button"
        value={shown}
        options={(['all', 'CREATE', 'UPDATE', 'UNCHANGED', 'ERROR'] as const).map((value) => ({
          value,
          label: `${t(`rows_${value}`)} ${counts[value]}`,
          disabled: counts[value] === 0 && value !== shown,
        }))}
        onChange={({ target }) => {
          setShown(target.value)
          setAfter([0])
        }}
      />
      {!rows && <p className="hint">{t(isAway ? 'away' : data ? 'importGone' : 'opening')}</p>}
      {rows?.length === 0 && <p className="hint">{t('noRows')}</p>}
      {rows && rows.length > 0 && (
        <div className="transfer-table" tabIndex={0} role="region" aria-label={t('rowDetail')}>
          <table>
            <thead>
              <tr>
                {(['rowLine', 'rowSubject', 'rowAction', 'rowDetail'] as const).map((key) => (
                  <th key={key} scope="col">
                    {t(key)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.number} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {(after.length > 1 || rows?.length === PAGE) && (
        <div className="pager">
          <Button disabled={after.length === 1} onClick={() => setAfter(after.slice(0, -1))}>
            {t('back')}
          </Button>
          <Button
            disabled={rows?.length !== PAGE}
            onClick={() => last !== undefined && setAfter([...after, last])}
          >
            {t('next')}
          </Button>
        </div>
      )}
    </div>
  )
}

function Row({ row }: { readonly row: ReportRow }) {
  const { t, language } = useTexts()
  const { catalogue } = useAdmin()
  const fields = useFileFields(row.kind)
  const isPart = row.action !== 'ERROR' && row.errors.length > 0
  return (
    <tr>
      <td className="number">{row.line ?? row.number}</td>
      <th scope="row">{row.label === '' ? '—' : row.label}</th>
      <td>
        <Tag className="admin-tag" {...(row.action === 'ERROR' ? { color: 'error' } : {})}>
          {t(`rows_${row.action}`)}
        </Tag>
        {isPart && <span className="bad"> {t('rowsWithErrors')}</span>}
      </td>
      <td>
        <ul>
          {row.errors.map((error, i) => {
            const field = fieldAt(fields, error.path)
            return (
              <li key={`e${i}`} className="bad">
                {field !== null && <strong>{fieldName(field, language)} </strong>}
                {error.value !== null && <q>{error.value}</q>} {errorText(t, error)}
              </li>
            )
          })}
          {row.changes.map(({ field, before, after }, i) => (
            <li key={`c${i}`}>
              <span className="hint">{fieldLabel(t, catalogue, field)}</span>{' '}
              {before.length > 0 && <del>{before.join('; ')}</del>}{' '}
              {after.length > 0 ? <ins>{after.join('; ')}</ins> : '—'}
            </li>
          ))}
        </ul>
      </td>
    </tr>
  )
}
