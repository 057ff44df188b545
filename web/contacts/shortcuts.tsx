import { Link } from '../app/link.tsx'
import { useI18n } from '../i18n/i18n.tsx'
import type { Queries } from '../sdk/queries.ts'
import { Icon } from '../ui/icon.tsx'

/** The own departments, above all others. */
export function Shortcuts({
  queries,
  ownId,
  departmentId,
}: {
  queries: Queries
  ownId: string
  departmentId: string | null
}) {
  const { t } = useI18n()
  const own = (queries.person(ownId)?.memberships ?? []).flatMap(
    (m) => queries.department(m.departmentId) ?? [],
  )
  if (own.length === 0) return null
  return (
    <nav className="shortcuts" aria-label={t('ownDepartments')}>
      <h2>{t('ownDepartments')}</h2>
      {own.map(({ id, name }) => (
        <Link
          key={id}
          className="row shortcut"
          to={{ page: 'contacts', departmentId: id, staffId: null }}
          aria-current={id === departmentId ? 'page' : undefined}
        >
          <Icon name="department" size={18} />
          <span className="name">{name}</span>
          <span className="count">{queries.count(id)}</span>
        </Link>
      ))}
    </nav>
  )
}
