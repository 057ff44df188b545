import { Alert } from 'antd'
import type { ReactNode } from 'react'
import { ExplainAccessDocument } from '../../generated/graphql.ts'
import { useAdmin, useAsked } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { failureText } from '../issues.ts'
import type { Ref } from '../staff/draft.ts'

/** Whether one person sees another, by which role and rule, and which of the fields. */
export function Explanation({
  viewer,
  subject,
  labelOf,
}: {
  readonly viewer: Ref
  readonly subject: Ref
  readonly labelOf: (key: string) => string
}): ReactNode {
  const { t } = useTexts()
  const { news } = useAdmin()
  const ids = { viewerId: viewer.id, subjectId: subject.id }
  const { data, isAway } = useAsked(ExplainAccessDocument, ids, news)
  const answer = data?.explainAccess
  if (!answer) return <p className="hint">{t(isAway ? 'away' : 'opening')}</p>
  if (answer.__typename !== 'AccessExplanation')
    return <Alert type="error" showIcon role="alert" title={failureText(t, answer)} />
  const { isVisible, reason, grants, fields } = answer
  const names = { viewer: viewer.name, subject: subject.name }
  return (
    <div className="explanation" role="status">
      <Alert
        type={isVisible ? 'success' : 'warning'}
        showIcon
        title={t(isVisible ? 'explainYes' : 'explainNo', names)}
        description={t(`reason_${reason}`)}
      />
      {grants.length > 0 && (
        <ul>
          {grants.map(({ role, rule, departments }, i) => (
            <li key={i}>
              {t('explainGrant', { role: role.name, rule: rule.name })}
              {departments.length > 0 && (
                <span className="hint"> {departments.map(({ name }) => name).join(t('comma'))}</span>
              )}
            </li>
          ))}
        </ul>
      )}
      {isVisible && fields.length > 0 && (
        <dl>
          {fields.map(({ key, isVisible: isShown, rules }) => (
            <div key={key}>
              <dt>{labelOf(key)}</dt>
              <dd data-shown={isShown}>
                {t(isShown ? 'fieldShown' : 'fieldHidden')}
                {rules.length > 0 && (
                  <span className="hint"> {rules.map(({ name }) => name).join(t('comma'))}</span>
                )}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  )
}
