import { useEffect, useState } from 'react'
import { useStore } from '../app/store.ts'
import { Link, useRouter } from '../app/link.tsx'
import type { DirectoryView } from '../app/directory.ts'
import type { Route } from '../app/router.ts'
import { useI18n } from '../i18n/i18n.tsx'
import type { Queries } from '../sdk/queries.ts'
import { Icon } from '../ui/icon.tsx'
import { DepartmentTree } from './department-tree.tsx'
import { frequent, type FavouritesStore } from './favourites.ts'
import { PeopleList } from './people-list.tsx'
import { PersonCard } from './person-card.tsx'
import { SearchPanel } from './search-panel.tsx'
import './contacts.css'

export interface ContactsPageProps {
  readonly route: Extract<Route, { page: 'contacts' }>
  readonly view: DirectoryView
  readonly favourites: FavouritesStore
  readonly ownId: string
}

/** Tree, people and one person: three columns, or one with a way back on a small screen. */
export function ContactsPage({ route, view, favourites, ownId }: ContactsPageProps) {
  const { t } = useI18n()
  const router = useRouter()
  const [isSearching, setSearching] = useState(false)
  const { queries } = view
  const { departmentId, staffId } = route
  const go = (to: Partial<typeof route>) =>
    router.go({ page: 'contacts', departmentId, staffId: null, ...to })

  useEffect(() => {
    if (staffId !== null) favourites.look(staffId)
  }, [favourites, staffId])
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      setSearching(true)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])

  if (view.isEmpty) return <p className="empty">{t('emptyDirectory')}</p>
  const depth = staffId !== null ? 'person' : departmentId !== null ? 'people' : 'tree'
  return (
    <div className="contacts" data-depth={depth}>
      <h1 className="hidden-text">{t('contacts')}</h1>
      <section className="column tree-column" aria-label={t('departments')}>
        <button className="search-button" onClick={() => setSearching(true)}>
          <Icon name="search" size={18} />
          {t('searchShort')}
          <kbd>Ctrl K</kbd>
        </button>
        <Shortcuts view={view} ownId={ownId} departmentId={departmentId} />
        <DepartmentTree
          queries={queries}
          version={view}
          chosenId={departmentId}
          onChoose={(id) => go({ departmentId: id })}
        />
      </section>
      <section className="column people-column" aria-label={t('people')}>
        <PeopleColumn
          view={view}
          favourites={favourites}
          departmentId={departmentId}
          staffId={staffId}
          go={go}
        />
      </section>
      <section className="column person-column" aria-live="polite" aria-label={t('contacts')}>
        {staffId !== null && <Back onClick={() => go({})} />}
        <PersonColumn view={view} favourites={favourites} staffId={staffId} />
      </section>
      {isSearching && (
        <SearchPanel
          view={view}
          onPerson={(id) => go({ departmentId: homeOf(queries, id) ?? departmentId, staffId: id })}
          onDepartment={(id) => go({ departmentId: id })}
          onClose={() => setSearching(false)}
        />
      )}
    </div>
  )
}

/** The own departments, above all others. */
function Shortcuts({
  view,
  ownId,
  departmentId,
}: {
  view: DirectoryView
  ownId: string
  departmentId: string | null
}) {
  const { t } = useI18n()
  const { queries } = view
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

interface PeopleColumnProps extends Pick<ContactsPageProps, 'view' | 'favourites'> {
  readonly departmentId: string | null
  readonly staffId: string | null
  readonly go: (to: { departmentId?: string | null; staffId?: string | null }) => void
}

function PeopleColumn({ view, favourites, departmentId, staffId, go }: PeopleColumnProps) {
  const { t } = useI18n()
  const { queries } = view
  const people = departmentId === null ? [] : queries.members(departmentId)
  if (departmentId === null)
    return <Favourites view={view} favourites={favourites} staffId={staffId} go={go} />
  const path = queries.path(departmentId)
  const here = path.at(-1)
  if (!here) return <p className="empty">{t('departmentGone')}</p>
  const below = queries.children(departmentId)
  return (
    <>
      <header className="column-head">
        <Back onClick={() => go({ departmentId: null })} />
        <div>
          <nav className="breadcrumb" aria-label={t('departments')}>
            {path.slice(0, -1).map(({ id, name }) => (
              <Link key={id} to={{ page: 'contacts', departmentId: id, staffId: null }}>
                {name}
              </Link>
            ))}
          </nav>
          <h2>{here.name}</h2>
          <p className="detail">{t('peopleCount', { count: queries.count(departmentId) })}</p>
          {here.description !== null && here.description !== '' && (
            <p className="detail">{here.description}</p>
          )}
        </div>
      </header>
      {below.length > 0 && (
        <nav className="below" aria-label={t('departments')}>
          {below.map(({ id, name }) => (
            <Link key={id} className="chip" to={{ page: 'contacts', departmentId: id, staffId: null }}>
              {name} <span className="count">{queries.count(id)}</span>
            </Link>
          ))}
        </nav>
      )}
      {people.length === 0 ? (
        <p className="empty">{t('emptyDepartment')}</p>
      ) : (
        <PeopleList
          label={here.name}
          people={people}
          lineOf={(staff) => {
            const here = staff.memberships.find((m) => m.departmentId === departmentId)
            return { detail: here?.title ?? staff.title, mark: here?.isLeader === true ? t('leader') : null }
          }}
          chosenId={staffId}
          onChoose={(id) => go({ staffId: id })}
        />
      )}
    </>
  )
}

function Favourites({ view, favourites, staffId, go }: Omit<PeopleColumnProps, 'departmentId'>) {
  const { t } = useI18n()
  const { queries } = view
  const chosen = useStore(favourites.value)
  const rowsOf = (ids: readonly string[]) => ids.flatMap((id) => queries.person(id) ?? [])
  const parts = [
    ['starred', rowsOf(chosen.starred)],
    ['frequent', rowsOf(frequent(chosen).filter((id) => !chosen.starred.includes(id)))],
  ] as const
  if (parts.every(([, people]) => people.length === 0))
    return <p className="empty">{t('chooseDepartment')}</p>
  return parts.map(
    ([title, people]) =>
      people.length > 0 && (
        <section key={title} className="favourites" style={{ height: 44 + people.length * 56 }}>
          <h2>{t(title)}</h2>
          <PeopleList
            label={t(title)}
            people={people}
            lineOf={({ title: own, memberships }) => ({
              detail: own ?? memberships[0]?.title ?? null,
              mark: null,
            })}
            chosenId={staffId}
            onChoose={(id) => go({ staffId: id })}
          />
        </section>
      ),
  )
}

function PersonColumn({ view, favourites, staffId }: Omit<PeopleColumnProps, 'departmentId' | 'go'>) {
  const { t } = useI18n()
  const { starred } = useStore(favourites.value)
  if (staffId === null) return <p className="empty">{t('choosePerson')}</p>
  const staff = view.queries.person(staffId)
  if (!staff) return <p className="empty">{t('gone')}</p>
  return (
    <PersonCard
      view={view}
      staff={staff}
      isStarred={starred.includes(staffId)}
      onStar={(isStarred) => favourites.star(staffId, isStarred)}
    />
  )
}

function Back({ onClick }: { onClick: () => void }) {
  const { t } = useI18n()
  return (
    <button className="button plain icon-only back" aria-label={t('back')} onClick={onClick}>
      <Icon name="back" />
    </button>
  )
}

function homeOf(queries: Queries, id: string): string | null {
  const memberships = queries.person(id)?.memberships ?? []
  return (memberships.find((m) => m.isMain) ?? memberships[0])?.departmentId ?? null
}
