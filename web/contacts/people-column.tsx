import { Link } from '../app/link.tsx'
import type { DirectoryView } from '../app/directory.ts'
import { useI18n } from '../i18n/i18n.tsx'
import { BackButton } from '../ui/back-button.tsx'
import { FavouritePeople } from './favourite-people.tsx'
import type { FavouritesStore } from './favourites.ts'
import { PeopleList } from './people-list.tsx'

export interface PeopleColumnProps {
  readonly view: DirectoryView
  readonly favourites: FavouritesStore
  readonly departmentId: string | null
  /** Shown as long as nobody has chosen a department, starred a person or looked at one. */
  readonly ownDepartmentId: string | null
  readonly staffId: string | null
  readonly go: (to: { departmentId?: string | null; staffId?: string | null }) => void
}

/** The people of a department, what is below it and what is above; without one whom somebody looks for most. */
export function PeopleColumn({ departmentId, ownDepartmentId, favourites, ...of }: PeopleColumnProps) {
  const { t } = useI18n()
  if (departmentId !== null) return <DepartmentPeople {...of} departmentId={departmentId} />
  return (
    <FavouritePeople
      queries={of.view.queries}
      favourites={favourites}
      staffId={of.staffId}
      onChoose={(id) => of.go({ staffId: id })}
      otherwise={
        ownDepartmentId === null ? (
          <p className="empty">{t(of.view.queries.isLoading(null) ? 'opening' : 'chooseDepartment')}</p>
        ) : (
          <DepartmentPeople {...of} departmentId={ownDepartmentId} />
        )
      }
    />
  )
}

function DepartmentPeople({
  view,
  departmentId,
  staffId,
  go,
}: Pick<PeopleColumnProps, 'view' | 'staffId' | 'go'> & { readonly departmentId: string }) {
  const { t } = useI18n()
  const { queries } = view
  const onChoose = (id: string) => go({ departmentId, staffId: id })
  const path = queries.path(departmentId)
  const here = path.at(-1)
  if (!here) return <p className="empty">{t('departmentGone')}</p>
  const below = queries.children(departmentId)
  const people = queries.members(departmentId)
  const isLoading = queries.isLoading(departmentId)
  return (
    <>
      <header className="column-head">
        <BackButton onClick={() => go({ departmentId: null })} />
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
        <p className="empty">{t(isLoading ? 'opening' : 'emptyDepartment')}</p>
      ) : (
        <PeopleList
          label={here.name}
          people={people}
          total={isLoading ? queries.count(departmentId, false) : people.length}
          lineOf={(staff) => {
            const membership = staff.memberships.find((m) => m.departmentId === departmentId)
            return {
              detail: membership?.title ?? staff.title,
              mark: membership?.isLeader === true ? t('leader') : null,
            }
          }}
          chosenId={staffId}
          onChoose={onChoose}
        />
      )}
    </>
  )
}
