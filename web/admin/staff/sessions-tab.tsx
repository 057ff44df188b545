import { Alert, Button } from 'antd'
import { useState } from 'react'
import {
  AdminStaffSessionsDocument,
  EndSessionsDocument,
  InviteStaffDocument,
} from '../../generated/graphql.ts'
import { EditKeys, useAdmin, useAsked, useEdit } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { failureText } from '../issues.ts'

/** Where somebody is signed in; the link with which they choose a password. */
export function SessionsTab({ id }: { id: string }) {
  const { t, time } = useTexts()
  const { news } = useAdmin()
  const edit = useEdit()
  const [keys] = useState(() => new EditKeys())
  const { data } = useAsked(AdminStaffSessionsDocument, { id }, news)
  const [failure, setFailure] = useState<string | null>(null)
  const [link, setLink] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const sessions = data?.admin?.staff?.sessions
  const end = async (sessionId: string | null) => {
    setBusy(true)
    const outcome = await edit(EndSessionsDocument, {
      id,
      sessionId,
      idempotencyKey: keys.of({ end: sessionId }),
    })
    setBusy(false)
    if (outcome.kind === 'done') keys.done()
    setFailure(
      outcome.kind === 'refused'
        ? failureText(t, outcome.failure)
        : outcome.kind === 'away'
          ? t('awaySaving')
          : null,
    )
  }
  const invite = async () => {
    setBusy(true)
    const outcome = await edit(InviteStaffDocument, { id, idempotencyKey: keys.of({ invite: id }) })
    setBusy(false)
    if (outcome.kind === 'refused') return setFailure(failureText(t, outcome.failure))
    if (outcome.kind === 'away') return setFailure(t('awaySaving'))
    const { answer } = outcome
    setFailure(null)
    keys.done()
    if (answer.__typename === 'Invitation') setLink(`${location.origin}/invitation#${answer.token}`)
  }
  return (
    <div className="sessions-tab">
      {failure !== null && <Alert type="error" showIcon role="alert" title={failure} />}
      {link !== null && (
        <Alert
          type="success"
          title={t('invited')}
          description={<code className="invitation">{link}</code>}
          action={
            <Button size="small" onClick={() => void navigator.clipboard.writeText(link)}>
              {t('copy')}
            </Button>
          }
        />
      )}
      {sessions?.length === 0 && <p className="hint">{t('noSessions')}</p>}
      <ul>
        {sessions?.map((session) => (
          <li key={session.id}>
            <span>
              <span className="name">{session.userAgent?.slice(0, 70) ?? '—'}</span>
              <span className="hint">
                {session.address} · {time(new Date(session.lastUsedAt))}
              </span>
            </span>
            <Button size="small" disabled={isBusy} onClick={() => void end(session.id)}>
              {t('endSession')}
            </Button>
          </li>
        ))}
      </ul>
      <div className="tab-foot">
        <Button disabled={isBusy || !sessions?.length} onClick={() => void end(null)}>
          {t('endAllSessions')}
        </Button>
        <Button type="primary" disabled={isBusy} onClick={() => void invite()}>
          {t('invite')}
        </Button>
      </div>
    </div>
  )
}
