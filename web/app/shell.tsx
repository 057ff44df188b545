import { lazy, Suspense, useState, type ReactNode } from 'react'
import { ContactsPage } from '../contacts/contacts-page.tsx'
import type { FavouritesStore } from '../contacts/favourites.ts'
import { Search } from '../contacts/search.tsx'
import { useI18n } from '../i18n/i18n.tsx'
import type { TextKey } from '../i18n/zh-cn.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'
import type { Directory } from './directory.ts'
import { Link, useRouter } from './link.tsx'
import { Mishap, Safely } from './mishap.tsx'
import { Outdated } from './outdated.tsx'
import type { Preferences } from './preferences.ts'
import type { Route } from './router.ts'
import type { Account, Session } from './session.ts'
import { StatusBar } from './status-bar.tsx'
import { useIsAdministrator } from './is-administrator.ts'
import { useStore } from './store.ts'
import type { Updates } from './updates.ts'
import './shell.css'

const ChartPage = lazy(async () => ({ default: (await import('../chart/chart-page.tsx')).ChartPage }))
const AdminPage = lazy(async () => ({ default: (await import('../admin/admin-page.tsx')).AdminPage }))
const MePage = lazy(async () => ({ default: (await import('../me/me-page.tsx')).MePage }))

export interface ShellProps {
  readonly session: Session
  readonly account: Account
  readonly directory: Directory
  readonly favourites: FavouritesStore
  readonly preferences: Preferences
  readonly updates: Updates
}

const PLACES: readonly (readonly [to: Route, label: TextKey, icon: IconName])[] = [
  [{ page: 'contacts', departmentId: null, staffId: null }, 'contacts', 'people'],
  [{ page: 'chart', way: 'departments', staffId: null }, 'chart', 'chart'],
  [{ page: 'me', section: 'profile' }, 'me', 'me'],
]
/** For those who administer anything. */
const ADMIN: (typeof PLACES)[number] = [
  { page: 'admin', section: 'people', departmentId: null, staffId: null },
  'admin',
  'admin',
]

/** What stands around every page. */
export function Shell(props: ShellProps) {
  const { t } = useI18n()
  const route = useStore(useRouter().route)
  const state = useStore(props.directory.state)
  const [isSearching, setSearching] = useState(false)
  const isAdministrator = useIsAdministrator(
    props.session,
    state.kind === 'ready' && state.connection === 'live',
  )
  const own = state.kind === 'ready' ? state.view.queries.person(props.account.staffId) : null
  return (
    <div className="shell">
      <nav className="rail" aria-label={t('appName')}>
        <span className="own">{own && <Avatar of={own} size={40} />}</span>
        {(isAdministrator ? [...PLACES, ADMIN] : PLACES).map(([to, label, icon]) => (
          <Link key={label} to={to} aria-current={to.page === route.page ? 'page' : undefined}>
            <Icon name={icon} />
            {t(label)}
          </Link>
        ))}
      </nav>
      <StatusBar state={state} updates={props.updates} />
      <main className="page">
        <Safely key={route.page}>
          <Page {...props} route={route} onSearch={() => setSearching(true)} />
        </Safely>
      </main>
      {state.kind === 'ready' && !state.view.isEmpty && (
        <Search view={state.view} isOpen={isSearching} onOpen={setSearching} />
      )}
    </div>
  )
}

function Page({
  route,
  account,
  directory,
  favourites,
  session,
  preferences,
  updates,
  onSearch,
}: ShellProps & { readonly route: Route; readonly onSearch: () => void }): ReactNode {
  const { t } = useI18n()
  const state = useStore(directory.state)
  if (route.page === 'missing')
    return (
      <div className="empty">
        <h1>{t('pageMissing')}</h1>
        <Link to={{ page: 'contacts', departmentId: null, staffId: null }}>{t('home')}</Link>
      </div>
    )
  if (route.page === 'me')
    return (
      <Suspense fallback={<p className="empty">{t('opening')}</p>}>
        <MePage
          section={route.section}
          session={session}
          preferences={preferences}
          directory={directory}
          favourites={favourites}
          account={account}
        />
      </Suspense>
    )
  if (route.page === 'admin')
    return (
      <Suspense fallback={<p className="empty">{t('opening')}</p>}>
        <AdminPage route={route} session={session} directory={directory} preferences={preferences} />
      </Suspense>
    )
  switch (state.kind) {
    case 'outdated':
      return (
        <div className="empty">
          <Outdated updates={updates} />
        </div>
      )
    case 'expired':
      return <p className="empty">{t('copyExpired')}</p>
    case 'failed':
      return <Mishap text={state.isFull ? 'copyNotKept' : 'unexpected'} />
    case 'loading':
      if (state.isAway)
        return (
          <p className="empty" role="status">
            {t('awayBeforeCopy')}
          </p>
        )
      return (
        <div className="empty" role="status">
          <progress aria-label={t('loading')} />
          <p>{state.received === 0 ? t('loading') : t('loadingProgress', { count: state.received })}</p>
        </div>
      )
    case 'ready':
      if (route.page === 'chart')
        return (
          <Suspense fallback={<p className="empty">{t('opening')}</p>}>
            <ChartPage
              route={route}
              view={state.view}
              favourites={favourites}
              ownId={account.staffId}
              onSearch={onSearch}
            />
          </Suspense>
        )
      return (
        <ContactsPage
          route={route}
          view={state.view}
          favourites={favourites}
          ownId={account.staffId}
          onSearch={onSearch}
        />
      )
  }
}
