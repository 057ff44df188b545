import { Button, Input, Select } from 'antd'
import { useEffect, useState } from 'react'
import { AuditLogDocument, type AuditLogFilter, type AuditOutcome } from '../../generated/graphql.ts'
import { useAdmin, useAsked } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { RecordLine } from './record-line.tsx'

const OUTCOMES: readonly AuditOutcome[] = ['DONE', 'REFUSED', 'UNDONE']
const PAGE = 50

/** The audit log, newest first. */
export function AuditSection() {
  const { t } = useTexts()
  const { news } = useAdmin()
  const [text, setText] = useState('')
  const [outcome, setOutcome] = useState<AuditOutcome | null>(null)
  const [days, setDays] = useState({ from: '', to: '' })
  const [typed, setTyped] = useState('')
  /** Cursors of the pages before this one. */
  const [behind, setBehind] = useState<readonly string[]>([])
  useEffect(() => {
    const timer = setTimeout(() => {
      setText(typed)
      setBehind([])
    }, 250)
    return () => clearTimeout(timer)
  }, [typed])
  const filter: AuditLogFilter = {
    text: text === '' ? null : text,
    outcome,
    from: days.from === '' ? null : new Date(`${days.from}T00:00:00`).toISOString(),
    to: days.to === '' ? null : new Date(`${days.to}T23:59:59.999`).toISOString(),
  }
  const { data, isAway } = useAsked(
    AuditLogDocument,
    { filter, first: PAGE, after: behind.at(-1) ?? null },
    news,
  )
  const log = data?.admin?.auditLog
  const day = (which: 'from' | 'to') => (
    <Input
      type="date"
      aria-label={t(which)}
      value={days[which]}
      onChange={(event) => {
        setDays({ ...days, [which]: event.target.value })
        setBehind([])
      }}
    />
  )
  return (
    <div className="admin-section">
      <div className="bar">
        <Input
          allowClear
          className="search"
          aria-label={t('searchRecords')}
          placeholder={t('searchRecords')}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <Select
          allowClear
          aria-label={t('outcome')}
          placeholder={t('outcome')}
          value={outcome}
          options={OUTCOMES.map((value) => ({ value, label: t(`outcome_${value}`) }))}
          onChange={(value) => {
            setOutcome(value ?? null)
            setBehind([])
          }}
        />
        {day('from')}
        {day('to')}
      </div>
      {!log && <p className="empty">{t(isAway ? 'away' : 'opening')}</p>}
      {log?.edges.length === 0 && <p className="empty">{t('noRecords')}</p>}
      {log && (
        <ol className="records is-page" aria-label={t('section_audit')} tabIndex={0}>
          {log.edges.map(({ node }) => (
            <RecordLine key={node.id} record={node} />
          ))}
        </ol>
      )}
      <div className="pager">
        <Button disabled={behind.length === 0} onClick={() => setBehind(behind.slice(0, -1))}>
          {t('newer')}
        </Button>
        <Button
          disabled={!log?.pageInfo.hasNextPage}
          onClick={() => log?.pageInfo.endCursor != null && setBehind([...behind, log.pageInfo.endCursor])}
        >
          {t('older')}
        </Button>
      </div>
    </div>
  )
}
