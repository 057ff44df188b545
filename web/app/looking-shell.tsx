import { lazy, Suspense, useEffect, useMemo, useState, type ReactNode } from 'react'
import { ContactsPage } from '../contacts/contacts-page.tsx'
import { FavouritesStore } from '../contacts/favourites.ts'
import { Search } from '../contacts/search.tsx'
import { useI18n } from '../i18n/i18n.tsx'
import type { TextKey } from '../i18n/zh-cn.ts'
import { Icon, type IconName } from '../ui/icon.tsx'
import { Photos, PhotosContext } from '../ui/photos.ts'
import { Link, RouterContext } from './link.tsx'
import type { Looking } from './looking.ts'
import { Safely } from './mishap.tsx'
import { unwrittenRouter, type Route } from './router.ts'
import { useStore } from './store.ts'
import { useSight } from './use-sight.ts'
import './shell.css'
import './looking.css'

const ChartPage = lazy(async () => ({ default: (await import('../chart/chart-page.tsx')).ChartPage }))

const CONTACTS: Extract<Route, { page: 'contacts' }> = { page: 'contacts', departmentId: null, staffId: null }
const PLACES: readonly (readonly [to: Route, label: TextKey, icon: IconName])[] = [
  [CONTACTS, 'contacts', 'people'],
  [{ page: 'chart', way: 'departments', staffId: null }, 'chart', 'chart'],
]

/**
 * The contacts as somebody else sees them, to be read alone, below a banner that says so. Nothing of it is kept on the device:
 * it goes with the page, or when it is ended.
 */
export function LookingShell({ looking, onEnd }: { readonly looking: Looking; readonly onEnd: () => void }) {
  const { t, time } = useI18n()
  const { sight, refresh } = useSight(looking)
  const [isSearching, setSearching] = useState(false)
  const { staffId, name, accessToken } = looking
  const parts = useMemo(
    () => ({
      photos: new Photos(fetchAs(accessToken)),
      favourites: new FavouritesStore(null),
      router: unwrittenRouter(CONTACTS),
    }),
    [accessToken],
  )
  const route = useStore(parts.router.route)
  useEffect(() => () => parts.photos.clear(), [parts])
  const isOver = sight.kind === 'over'
  useEffect(() => {
    if (isOver) parts.photos.clear()
  }, [isOver, parts])
  const text = t('lookingAs', { name })
  useEffect(() => {
    const before = document.title
    document.title = text
    return () => {
      document.title = before
    }
  }, [text])
  return (
    <RouterContext value={parts.router}>
      <PhotosContext value={parts.photos}>
        <div className="shell looking">
          <nav className="rail" aria-label={t('appName')}>
            {PLACES.map(([to, label, icon]) => (
              <Link key={label} to={to} aria-current={to.page === route.page ? 'page' : undefined}>
                <Icon name={icon} />
                {t(label)}
              </Link>
            ))}
          </nav>
          <aside className="looking-banner bar" aria-label={text}>
            <strong role="status">{text}</strong>
            <span>
              {t('lookingHint')}
              {sight.kind === 'ready' && ` ${t('lookingSince', { time: time(sight.at) })}`}
            </span>
            {!isOver && (
              <button className="button" disabled={sight.kind === 'loading'} onClick={refresh}>
                {t('lookingRefresh')}
              </button>
            )}
            <button className="button" onClick={onEnd}>
              {t('lookingEnd')}
            </button>
          </aside>
          <main className="page">
            <Safely key={route.page}>
              <Page
                route={route}
                sight={sight}
                staffId={staffId}
                favourites={parts.favourites}
                onSearch={() => setSearching(true)}
                onRetry={refresh}
              />
            </Safely>
          </main>
          {sight.kind === 'ready' && !sight.view.isEmpty && (
            <Search view={sight.view} isOpen={isSearching} onOpen={setSearching} />
          )}
        </div>
      </PhotosContext>
    </RouterContext>
  )
}

function Page({
  route,
  sight,
  staffId,
  favourites,
  onSearch,
  onRetry,
}: {
  readonly route: Route
  readonly sight: ReturnType<typeof useSight>['sight']
  readonly staffId: string
  readonly favourites: FavouritesStore
  readonly onSearch: () => void
  readonly onRetry: () => void
}): ReactNode {
  const { t } = useI18n()
  if (sight.kind === 'over') return <p className="empty">{t('lookingOver')}</p>
  switch (sight.kind) {
    case 'loading':
      return (
        <div className="empty" role="status">
          <progress aria-label={t('loading')} />
          <p>{sight.received === 0 ? t('loading') : t('loadingProgress', { count: sight.received })}</p>
        </div>
      )
    case 'away':
      return (
        <div className="empty">
          <p>{t('lookingAway')}</p>
          <button className="button" onClick={onRetry}>
            {t('retry')}
          </button>
        </div>
      )
    case 'ready': {
      const { view } = sight
      // Links lead nowhere else: what somebody sets and administers of their own is theirs.
      if (route.page !== 'chart')
        return (
          <ContactsPage
            route={route.page === 'contacts' ? route : CONTACTS}
            view={view}
            favourites={favourites}
            ownId={staffId}
            onSearch={onSearch}
          />
        )
      return (
        <Suspense fallback={<p className="empty">{t('opening')}</p>}>
          <ChartPage route={route} view={view} favourites={favourites} ownId={staffId} onSearch={onSearch} />
        </Suspense>
      )
    }
  }
}

function fetchAs(accessToken: string): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set('authorization', `Bearer ${accessToken}`)
    return await fetch(input, { ...init, headers })
  }
}
