import type { ReactNode } from 'react'
import { Link } from '../../app/link.tsx'
import { useTexts, type T } from '../i18n/texts.ts'
import type { Concern } from './attention.ts'

/** What needs somebody, the worst first, each with what to do about it. */
export function ConcernList({ concerns }: { readonly concerns: readonly Concern[] }) {
  const { t } = useTexts()
  return (
    <section className="concerns" aria-label={t('dash_attention')}>
      <h2>{t('dash_attention')}</h2>
      {concerns.length === 0 ? (
        <p className="admin-ok">{t('dash_allWell')}</p>
      ) : (
        <ul>
          {concerns.map((concern) => (
            <li key={concern.kind} className={isBad(concern) ? 'is-bad' : undefined}>
              <strong>
                {t(`concern_${concern.kind}`, 'count' in concern ? { count: concern.count } : {})}
              </strong>
              {'reason' in concern && <span className="hint">{concern.reason}</span>}
              <span className="hint">{remedy(t, concern)}</span>
              {concern.kind === 'importsFailed' && (
                <Link to={{ page: 'admin', section: 'transfer', departmentId: null, staffId: null }}>
                  {t('section_transfer')}
                </Link>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** What stops changes, as against what waits. */
function isBad({ kind }: Concern): boolean {
  return ['databaseDown', 'directoryDown', 'massLoss', 'directoryBehind', 'noProjector'].includes(kind)
}

function remedy(t: T, concern: Concern): ReactNode {
  if (concern.kind === 'massLoss' && concern.isConfirmed) return t('remedy_confirmed')
  const text = t(`remedy_${concern.kind}`)
  // What stands between backquotes is typed.
  return text.split('`').map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part))
}
