import { AuditLogDocument } from '../../generated/graphql.ts'
import { useAdmin, useAsked } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { RecordLine } from './record-line.tsx'

/** What was done to one person or department, newest first. */
export function History({ subjectId }: { subjectId: string }) {
  const { t } = useTexts()
  const { news } = useAdmin()
  const { data, isAway } = useAsked(AuditLogDocument, { filter: { subjectId }, first: 30 }, news)
  const edges = data?.admin?.auditLog.edges
  if (!edges) return <p className="hint">{t(isAway ? 'away' : 'opening')}</p>
  if (edges.length === 0) return <p className="hint">{t('noRecords')}</p>
  return (
    <ol className="records">
      {edges.map(({ node }) => (
        <RecordLine key={node.id} record={node} isAboutSubject />
      ))}
    </ol>
  )
}
