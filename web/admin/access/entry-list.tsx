import { Button, Tag } from 'antd'
import type { ReactNode } from 'react'
import { Icon } from '../../ui/icon.tsx'
import { useTexts } from '../i18n/texts.ts'

export interface Entry {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly tags: readonly string[]
  /** What it comes to, line by line. */
  readonly facts: readonly ReactNode[]
}

/** Entries of the catalogue of one kind, each of which can be opened. */
export function EntryList({
  title,
  hint,
  entries,
  newLabel,
  onOpen,
}: {
  readonly title: string
  readonly hint: string
  readonly entries: readonly Entry[]
  /** Null: the reader makes none. */
  readonly newLabel: string | null
  readonly onOpen: (id: string) => void
}) {
  const { t } = useTexts()
  return (
    <section className="panel entries" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <p className="hint">{hint}</p>
        {newLabel !== null && (
          <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => onOpen('new')}>
            {newLabel}
          </Button>
        )}
      </header>
      {entries.length === 0 && <p className="hint">{t('noEntries')}</p>}
      <ul>
        {entries.map(({ id, name, description, tags, facts }) => (
          <li key={id}>
            <button className="entry" onClick={() => onOpen(id)}>
              <span className="entry-name">
                {name}
                {tags.map((tag) => (
                  <Tag key={tag} className="admin-tag">
                    {tag}
                  </Tag>
                ))}
              </span>
              {description !== null && <span className="hint">{description}</span>}
              <span className="entry-facts">
                {facts.map((fact, i) => (
                  <span key={i}>{fact}</span>
                ))}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
