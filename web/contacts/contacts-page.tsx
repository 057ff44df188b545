import { useRouter } from '../app/link.tsx'
import type { DirectoryView } from '../app/directory.ts'
import type { Route } from '../app/router.ts'
import { useI18n } from '../i18n/i18n.tsx'
import type { StaffRow } from '../sdk/contract.ts'
import { Icon } from '../ui/icon.tsx'
import { DepartmentTree } from './department-tree.tsx'
import { FavouriteStrip } from './favourite-people.tsx'
import type { FavouritesStore } from './favourites.ts'
import { PeopleColumn } from './people-column.tsx'
import { PersonColumn } from './person-column.tsx'
import { Shortcuts } from './shortcuts.tsx'
import './contacts.css'

export interface ContactsPageProps {
  readonly route: Extract<Route, { page: 'contacts' }>
  readonly view: DirectoryView
  readonly favourites: FavouritesStore
  readonly ownId: string
  readonly onSearch: () => void
}

/** Tree, people and one person: three columns, or one with a way back on a small screen. */
export function ContactsPage({ route, view, favourites, ownId, onSearch }: ContactsPageProps) {
  const { t } = useI18n()
  const router = useRouter()
  const { queries } = view
  const { departmentId, staffId } = route
  const go = (to: Partial<typeof route>) =>
    router.go({ page: 'contacts', departmentId, staffId: null, ...to })

  if (view.isEmpty) return <p className="empty">{t('emptyDirectory')}</p>
  const depth = staffId !== null ? 'person' : departmentId !== null ? 'people' : 'tree'
  return (
    <div className="contacts" data-depth={depth}>
      <h1 className="hidden-text">{t('contacts')}</h1>
      <section className="column tree-column" aria-label={t('departments')}>
        <button className="search-button" onClick={onSearch}>
          <Icon name="search" size={18} />
          {t('searchShort')}
          <kbd>Ctrl K</kbd>
        </button>
        <FavouriteStrip queries={queries} favourites={favourites} />
        <Shortcuts queries={queries} ownId={ownId} departmentId={departmentId} />
        <DepartmentTree
          queries={queries}
          version={view}
          chosenId={departmentId}
          onChoose={(id) => go({ departmentId: id })}
        />
      </section>
      <section className="column people-column" tabIndex={-1} aria-label={t('people')}>
        <PeopleColumn
          view={view}
          favourites={favourites}
          departmentId={departmentId}
          ownDepartmentId={mainDepartmentOf(queries.person(ownId))}
          staffId={staffId}
          go={go}
        />
      </section>
      <PersonColumn view={view} favourites={favourites} staffId={staffId} onBack={() => go({})} />
    </div>
  )
}

function mainDepartmentOf(staff: StaffRow | null): string | null {
  const main = staff?.memberships.find(({ isMain }) => isMain) ?? staff?.memberships[0]
  return main?.departmentId ?? null
}
