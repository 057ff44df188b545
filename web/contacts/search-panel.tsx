import { memo, useEffect, useRef, useState, type KeyboardEvent } from 'react'
import type { DirectoryView } from '../app/directory.ts'
import { useI18n } from '../i18n/i18n.tsx'
import type { Hit } from '../sdk/finder.ts'
import type { Queries } from '../sdk/queries.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import './search-panel.css'

export interface SearchPanelProps {
  readonly view: DirectoryView
  readonly onPerson: (id: string) => void
  readonly onDepartment: (id: string) => void
  readonly onClose: () => void
}

const MOST = 50

/** Finds people and departments in the copy, without the server. */
export function SearchPanel({ view, onPerson, onDepartment, onClose }: SearchPanelProps) {
  const { t } = useI18n()
  const dialog = useRef<HTMLDialogElement>(null)
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const { hits, wanted } = useFound(view, query)
  /** Entered before its answer was there: whoever is found first. */
  const [entered, setEntered] = useState<string | null>(null)
  const isLoading = view.queries.isLoading(null)
  useEffect(() => dialog.current?.showModal(), [])

  const choose = (hit: Hit | undefined) => {
    if (!hit) return
    dialog.current?.close()
    if (hit.category === 'STAFF') onPerson(hit.row.id)
    else onDepartment(hit.row.id)
  }
  useEffect(() => {
    if (entered === null || entered !== wanted) return
    setEntered(null)
    choose(hits[0])
  })
  const onKey = (event: KeyboardEvent) => {
    // Enter belongs to the input method while it composes.
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const next = at + (event.key === 'ArrowDown' ? 1 : -1)
      setAt(Math.max(0, Math.min(next, hits.length - 1)))
    } else if (event.key === 'Escape') {
      // The field would only empty itself.
      event.preventDefault()
      dialog.current?.close()
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (wanted === query) choose(hits[at])
      else setEntered(query)
    }
  }
  const idOf = (i: number) => `hit-${i}`
  return (
    <dialog ref={dialog} className="search" aria-label={t('searchShort')} onClose={onClose}>
      <div className="search-box">
        <Icon name="search" />
        <input
          type="search"
          role="combobox"
          aria-expanded={hits.length > 0}
          aria-controls="hits"
          aria-activedescendant={hits.length > 0 ? idOf(at) : undefined}
          aria-label={t('search')}
          placeholder={t('search')}
          value={query}
          autoFocus
          onChange={(event) => {
            setQuery(event.currentTarget.value)
            setAt(0)
            setEntered(null)
          }}
          onKeyDown={onKey}
        />
        <button
          className="button plain icon-only"
          aria-label={t('close')}
          onClick={() => dialog.current?.close()}
        >
          <Icon name="close" />
        </button>
      </div>
      <p className="hidden-text" role="status">
        {wanted.trim() !== '' && !isLoading && t('results', { count: hits.length })}
      </p>
      <ul id="hits" role="listbox" aria-label={t('searchShort')}>
        {hits.map((hit, i) => (
          <li
            key={hit.row.id}
            id={idOf(i)}
            role="option"
            aria-selected={i === at}
            className="row hit"
            onPointerMove={() => setAt(i)}
            onClick={() => choose(hit)}
          >
            <HitLine view={view} hit={hit} />
          </li>
        ))}
      </ul>
      {wanted.trim() === '' && <p className="hint">{t('searchHint')}</p>}
      {wanted.trim() !== '' && hits.length === 0 && (
        <p className="hint">{isLoading ? t('opening') : t('searchNothing', { query: wanted })}</p>
      )}
      {hits.length === MOST && <p className="hint">{t('tooManyResults', { count: MOST })}</p>}
    </dialog>
  )
}

interface Found {
  /** The text that was looked for. */
  readonly wanted: string
  readonly hits: readonly Hit[]
}

/** What is found for a text; until it is there, what was found for the one before, as far as it may still be shown (K2). */
function useFound(view: DirectoryView, query: string): Found {
  const { queries } = view
  const [found, setFound] = useState<Found>({ wanted: '', hits: [] })
  useEffect(() => {
    const end = new AbortController()
    void queries.seek(query, MOST, end.signal).then((hits) => {
      if (hits && !end.signal.aborted) setFound({ wanted: query, hits })
    })
    return () => end.abort()
  }, [view, queries, query])
  return { wanted: found.wanted, hits: found.hits.flatMap((hit) => asItIs(queries, hit) ?? []) }
}

/** A hit with its row as it is now; null when that may be shown no more. */
function asItIs(queries: Queries, hit: Hit): Hit | null {
  const { category } = hit
  switch (category) {
    case 'STAFF': {
      const row = queries.person(hit.row.id)
      return row === hit.row ? hit : row && { category, row }
    }
    case 'DEPARTMENT': {
      const row = queries.department(hit.row.id)
      return row === hit.row ? hit : row && { category, row }
    }
  }
}

/** Drawn anew only where it is another: most stay while somebody types. */
const HitLine = memo(function HitLine({ view: { queries }, hit }: { view: DirectoryView; hit: Hit }) {
  const { t } = useI18n()
  if (hit.category === 'DEPARTMENT') {
    const path = queries.path(hit.row.id)
    return (
      <>
        <span className="department-icon">
          <Icon name="department" />
        </span>
        <span className="who">
          <span className="name">{path.at(-1)?.name}</span>
          <span className="detail">
            {[
              ...path.slice(0, -1).map(({ name }) => name),
              t('peopleCount', { count: queries.count(hit.row.id) }),
            ].join(' · ')}
          </span>
        </span>
      </>
    )
  }
  const staff = hit.row
  const main = staff.memberships.find((m) => m.isMain) ?? staff.memberships[0]
  const place = main && queries.department(main.departmentId)?.name
  return (
    <>
      <Avatar of={staff} size={36} />
      <span className="who">
        <span className="name">
          {staff.name}
          {staff.nickname !== null && <span className="nickname">{staff.nickname}</span>}
        </span>
        <span className="detail">{[place, main?.title ?? staff.title].filter(Boolean).join(' · ')}</span>
      </span>
    </>
  )
})
