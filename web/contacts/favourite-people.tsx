import type { ReactNode } from 'react'
import { Link } from '../app/link.tsx'
import { useStore } from '../app/store.ts'
import { useI18n } from '../i18n/i18n.tsx'
import type { StaffRow } from '../sdk/contract.ts'
import type { Queries } from '../sdk/queries.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import { frequent, type FavouritesStore } from './favourites.ts'
import { PeopleList } from './people-list.tsx'

export interface FavouritePeopleProps {
  readonly queries: Queries
  readonly favourites: FavouritesStore
}

/** Starred and frequent people of whom the copy still knows; nobody stands in both. */
function useFavourites({ queries, favourites }: FavouritePeopleProps) {
  const chosen = useStore(favourites.value)
  const rows = (ids: readonly string[]): StaffRow[] => ids.flatMap((id) => queries.person(id) ?? [])
  const often = frequent(chosen).filter((id) => !chosen.starred.includes(id))
  return {
    starred: rows(chosen.starred),
    frequent: rows(often),
    isLoading: [...chosen.starred, ...often].some((id) => queries.isLoading(id)),
  }
}

/** They fill the column where people of a department would stand; where there is nobody yet, `otherwise` does. */
export function FavouritePeople({
  staffId,
  onChoose,
  otherwise,
  ...of
}: FavouritePeopleProps & {
  staffId: string | null
  onChoose: (id: string) => void
  otherwise: ReactNode
}) {
  const { t } = useI18n()
  const { starred, frequent: often, isLoading } = useFavourites(of)
  if (isLoading) return <p className="empty">{t('opening')}</p>
  if (starred.length + often.length === 0) return otherwise
  const parts = [
    ['starred', starred],
    ['frequent', often],
  ] as const
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
            onChoose={onChoose}
          />
        </section>
      ),
  )
}

/** They fit above the departments, where a small screen has no column for them. */
export function FavouriteStrip(of: FavouritePeopleProps) {
  const { t } = useI18n()
  const { starred, frequent: often, isLoading } = useFavourites(of)
  // They come all at once.
  if (isLoading || starred.length + often.length === 0) return null
  return (
    <nav className="strip" aria-label={t('starredAndFrequent')}>
      <h2>{t('starredAndFrequent')}</h2>
      <ul>
        {[...starred, ...often].map((staff, i) => (
          <li key={staff.id}>
            <Link to={{ page: 'contacts', departmentId: null, staffId: staff.id }}>
              <span className="face">
                <Avatar of={staff} size={48} />
                {i < starred.length && <Icon name="star" size={18} filled />}
              </span>
              <span className="name">{staff.name}</span>
              {i < starred.length && <span className="hidden-text">{t('starred')}</span>}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
