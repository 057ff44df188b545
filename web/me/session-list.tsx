import { useMutation, useQuery } from 'urql'
import { RevokeSessionDocument, SessionsDocument } from '../generated/graphql.ts'
import { useI18n } from '../i18n/i18n.tsx'

/** Where somebody is signed in, and how to end that. */
export function SessionList() {
  const { t, time } = useI18n()
  const [{ data, error, fetching }, again] = useQuery({ query: SessionsDocument })
  const [{ fetching: isEnding }, revoke] = useMutation(RevokeSessionDocument)
  if (error) return <p className="problem">{t('serverAway')}</p>
  if (fetching && !data) return <p className="hint">{t('opening')}</p>
  const end = async (id: string) => {
    await revoke({ id })
    again()
  }
  return (
    <ul className="sessions">
      {data?.viewer?.sessions.map(({ id, userAgent, address, lastUsedAt, isCurrent }) => (
        <li key={id}>
          <div className="who">
            <span className="name">{deviceOf(userAgent)}</span>
            <span className="detail">
              {address} · {t('lastUsed', { time: time(new Date(lastUsedAt)) })}
            </span>
          </div>
          {isCurrent ? (
            <span className="mark">{t('currentDevice')}</span>
          ) : (
            <button className="button" disabled={isEnding} onClick={() => void end(id)}>
              {t('endSession')}
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}

const BROWSERS = [
  [/Edg\//, 'Edge'],
  [/Firefox\//, 'Firefox'],
  [/Chrom(e|ium)\//, 'Chrome'],
  [/Safari\//, 'Safari'],
] as const
const SYSTEMS = [
  [/Windows/, 'Windows'],
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
] as const

/** What people call their device; a program that is no browser as it calls itself. */
function deviceOf(userAgent: string | null): string {
  const text = userAgent ?? ''
  const browser = BROWSERS.find(([pattern]) => pattern.test(text))?.[1]
  const system = SYSTEMS.find(([pattern]) => pattern.test(text))?.[1]
  return browser === undefined ? text.slice(0, 60) || '—' : [browser, system].filter(Boolean).join(' · ')
}
