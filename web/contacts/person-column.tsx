import { useEffect, useRef } from 'react'
import type { DirectoryView } from '../app/directory.ts'
import { useStore } from '../app/store.ts'
import { useI18n } from '../i18n/i18n.tsx'
import { BackButton } from '../ui/back-button.tsx'
import type { FavouritesStore } from './favourites.ts'
import { PersonCard } from './person-card.tsx'

export interface PersonColumnProps {
  readonly view: DirectoryView
  readonly favourites: FavouritesStore
  readonly staffId: string | null
  readonly onBack: () => void
}

/** The card of whoever is chosen, for as long as they may be seen. A look at it counts. */
export function PersonColumn({ view, favourites, staffId, onBack }: PersonColumnProps) {
  const { t } = useI18n()
  const { starred } = useStore(favourites.value)
  useEffect(() => {
    if (staffId !== null) favourites.look(staffId)
  }, [favourites, staffId])
  const { queries } = view
  const staff = staffId === null ? null : queries.person(staffId)
  const column = useRef<HTMLElement>(null)
  const wasThere = useRef(false)
  // The keyboard stays here when the card goes under it.
  useEffect(() => {
    if (wasThere.current && !staff && document.activeElement === document.body) column.current?.focus()
    wasThere.current = staff !== null
  }, [staff])
  const missing = staffId === null ? 'choosePerson' : queries.isLoading(staffId) ? 'opening' : 'gone'
  return (
    <section
      ref={column}
      tabIndex={-1}
      className="column person-column"
      aria-live="polite"
      aria-label={t('personDetails')}
    >
      {staffId !== null && <BackButton onClick={onBack} />}
      {staff ? (
        <PersonCard
          key={staff.id}
          view={view}
          staff={staff}
          isStarred={starred.includes(staff.id)}
          onStar={favourites.isKept ? (isStarred) => favourites.star(staff.id, isStarred) : null}
        />
      ) : (
        <p className="empty">{t(missing)}</p>
      )}
    </section>
  )
}
