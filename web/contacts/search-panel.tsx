import { useDeferredValue, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import type { DirectoryView } from '../app/directory.ts'
import { useI18n } from '../i18n/i18n.tsx'
import type { Hit } from '../sdk/finder.ts'
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
  const wanted = useDeferredValue(query)
  const hits = useMemo(() => view.queries.search(wanted, MOST), [view, wanted])
  const isLoading = view.queries.isLoading(null)
  useEffect(() => dialog.current?.showModal(), [])

  const choose = (hit: Hit | undefined) => {
    if (!hit) return
    dialog.current?.close()
    if (hit.category === 'STAFF') onPerson(hit.row.id)
    else onDepartment(hit.row.id)
  }
  const onKey = (event: KeyboardEvent) => {
    // Enter belongs to the input method while it composes.
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const next = at + (event.key === 'ArrowDown' ? 1 : -1)
      setAt(Math.max(0, Math.min(next, hits.length - 1)))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      choose(hits[at])
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

function HitLine({ view: { queries }, hit }: { view: DirectoryView; hit: Hit }) {
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
}
