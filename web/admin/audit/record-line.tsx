import { Tag } from 'antd'
import type { AuditRecordPartsFragment } from '../../generated/graphql.ts'
import { useAdmin } from '../admin.ts'
import { fieldLabel } from '../field-label.ts'
import { actionText } from '../i18n/actions.ts'
import { useTexts } from '../i18n/texts.ts'

/** One record: who did what to whom, and each field before and after. */
export function RecordLine({
  record,
  isAboutSubject = false,
}: {
  readonly record: AuditRecordPartsFragment
  readonly isAboutSubject?: boolean
}) {
  const { t, language, time } = useTexts()
  const { outcome, changes } = record
  const fields = changes.flatMap((change) => change.fields)
  const { catalogue } = useAdmin()
  const named = [...catalogue.roles, ...catalogue.rules, ...catalogue.types]
  const integration = record.detail.find(({ key }) => key === 'integration')?.value
  const text = (values: readonly string[]) =>
    values.map((value) => named.find(({ id }) => id === value)?.name ?? value).join('; ')
  return (
    <li className="record">
      <p className="record-head">
        <span>
          <strong>{actionText(language, record.action)}</strong>
          {!isAboutSubject && record.subject.label !== null && <> {record.subject.label}</>}
        </span>
        {outcome !== 'DONE' && (
          <Tag className="admin-tag" {...(outcome === 'REFUSED' ? { color: 'error' } : {})}>
            {t(`outcome_${outcome}`)}
          </Tag>
        )}
      </p>
      <p className="hint">
        {record.actorLogin ?? record.actorDn ?? t('nobodySignedIn')}
        {integration !== undefined && ` ${t('byIntegration', { name: integration })}`} ·{' '}
        {time(new Date(record.at))}
        {record.onBehalfOf !== null &&
          ` · ${t('inPlaceOf', { name: record.onBehalfOfStaff?.name ?? record.onBehalfOf })}`}
        {record.address !== null && ` · ${record.address}`}
      </p>
      {record.reason !== null && <p className="hint">{record.reason}</p>}
      {fields.length > 0 && (
        <dl className="record-fields">
          {fields.map(({ field, before, after }, i) => (
            <div key={i}>
              <dt>{fieldLabel(t, catalogue, field)}</dt>
              <dd>
                {(before?.length ?? 0) > 0 && <del>{text(before ?? [])}</del>}
                {after.length > 0 && <ins>{text(after)}</ins>}
                {after.length === 0 && !before?.length && '—'}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  )
}
