import { useState } from 'react'
import type { DirectoryView } from '../app/directory.ts'
import { Link, useRouter } from '../app/link.tsx'
import type { Route } from '../app/router.ts'
import type { FavouritesStore } from '../contacts/favourites.ts'
import { PersonColumn } from '../contacts/person-column.tsx'
import { useI18n } from '../i18n/i18n.tsx'
import { Icon } from '../ui/icon.tsx'
import { CHART_WAYS, pathTo } from './chart-nodes.ts'
import { ChartTree } from './chart-tree.tsx'
import './chart.css'

export interface ChartPageProps {
  readonly route: Extract<Route, { page: 'chart' }>
  readonly view: DirectoryView
  readonly favourites: FavouritesStore
  readonly ownId: string
  readonly onSearch: () => void
}

const LABELS = { departments: 'byDepartments', managers: 'byManagers' } as const

/** The organisation, drawn from the copy: by departments or by managers, with the card of whoever is chosen. */
export function ChartPage({ route, view, favourites, ownId, onSearch }: ChartPageProps) {
  const { t } = useI18n()
  const router = useRouter()
  const { way, staffId } = route
  /** How often somebody has asked for their own place: each time the chart begins anew. */
  const [visit, setVisit] = useState(0)
  if (view.isEmpty) return <p className="empty">{t('emptyDirectory')}</p>
  // Who leads what stands with the people.
  if (view.queries.isLoading(null)) return <p className="empty">{t('opening')}</p>
  const choose = (id: string | null) => router.go({ page: 'chart', way, staffId: id })
  return (
    <div className="chart" data-depth={staffId === null ? 'chart' : 'person'}>
      <h1 className="hidden-text" id="chart-title">
        {t('chart')}
      </h1>
      <section className="chart-main" aria-labelledby="chart-title">
        <header className="chart-head">
          <nav className="segments" aria-label={t('chart')}>
            {CHART_WAYS.map((each) => (
              <Link
                key={each}
                to={{ page: 'chart', way: each, staffId: null }}
                aria-current={each === way ? 'page' : undefined}
              >
                {t(LABELS[each])}
              </Link>
            ))}
          </nav>
          <button className="button" title="Ctrl K" onClick={onSearch}>
            <Icon name="search" size={18} />
            {t('searchShort')}
          </button>
          {pathTo(view.queries, way, ownId).length > 0 && (
            <button className="button" onClick={() => setVisit(visit + 1)}>
              <Icon name="me" size={18} />
              {t('ownPlace')}
            </button>
          )}
        </header>
        <ChartTree
          key={`${way} ${visit}`}
          way={way}
          view={view}
          ownId={ownId}
          staffId={staffId}
          onPerson={choose}
        />
      </section>
      {staffId !== null && (
        <PersonColumn view={view} favourites={favourites} staffId={staffId} onBack={() => choose(null)} />
      )}
    </div>
  )
}
