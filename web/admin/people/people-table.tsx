import { Checkbox } from 'antd'
import { useMemo, useRef, type KeyboardEvent } from 'react'
import { VList, type VListHandle } from 'virtua'
import { useStore } from '../../app/store.ts'
import { Icon } from '../../ui/icon.tsx'
import type { StaffOrder } from '../../generated/graphql.ts'
import { useTexts } from '../i18n/texts.ts'
import { ORDER_OF, WIDTHS, type Column } from './columns.tsx'
import { PersonRow, ROW } from './people-row.tsx'
import type { Line, PeopleSource } from './people-source.ts'
import { useCellEdit } from './use-cell-edit.ts'

export interface Sorting {
  readonly order: StaffOrder
  readonly isDescending: boolean
}

export interface PeopleTableProps {
  readonly source: PeopleSource
  readonly columns: readonly Column[]
  readonly sorting: Sorting
  readonly onSort: (sorting: Sorting) => void
  readonly chosen: ReadonlyMap<string, Line>
  readonly onChoose: (line: Line, isChosen: boolean) => void
  readonly onChooseAll: (isChosen: boolean) => void
  /** Whether anything can be done with those who are chosen. */
  readonly hasChoice: boolean
  readonly onOpen: (id: string) => void
  /** Somebody is dragged, or no more; null: nobody may be. */
  readonly onDrag: ((line: Line | null) => void) | null
}

const MOVES: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowDown: (at) => at + 1,
  ArrowUp: (at) => at - 1,
  Home: () => 0,
  End: (_, last) => last,
  PageDown: (at) => at + 10,
  PageUp: (at) => at - 10,
}

/** People in rows, of whom only those on the screen are there, wherever in the list. */
export function PeopleTable(props: PeopleTableProps) {
  const { source, columns, hasChoice, chosen } = props
  const { t } = useTexts()
  const { total } = useStore(source.state)
  const editing = useCellEdit()
  const list = useRef<VListHandle>(null)
  const box = useRef<HTMLDivElement>(null)
  const places = useMemo(() => Array.from({ length: total ?? 0 }, (_, i) => i), [total])
  const grid = `${hasChoice ? '24px ' : '0 '}${columns.map((column) => WIDTHS[column]).join(' ')}`
  const onKey = (event: KeyboardEvent) => {
    const move = MOVES[event.key]
    const row = document.activeElement?.closest('[data-index]')
    if (!move || !row || total === null) return
    event.preventDefault()
    const next = Math.min(Math.max(move(Number(row.getAttribute('data-index')), total - 1), 0), total - 1)
    list.current?.scrollToIndex(next, { align: 'nearest' })
    requestAnimationFrame(() =>
      requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus()),
    )
  }
  return (
    <div
      ref={box}
      role="grid"
      className="people-table"
      aria-label={t('people')}
      aria-rowcount={total === null ? -1 : total + 1}
      aria-multiselectable={hasChoice}
      onKeyDown={onKey}
    >
      <div
        role="row"
        aria-rowindex={1}
        className="table-row table-head"
        style={{ gridTemplateColumns: grid }}
      >
        <span role="columnheader">
          {hasChoice && (
            <Checkbox
              aria-label={t('chooseAll')}
              checked={total !== null && total > 0 && chosen.size >= total}
              indeterminate={chosen.size > 0 && chosen.size < (total ?? 0)}
              onChange={(event) => props.onChooseAll(event.target.checked)}
            />
          )}
        </span>
        {columns.map((column) => (
          <HeadCell key={column} column={column} sorting={props.sorting} onSort={props.onSort} />
        ))}
      </div>
      <div role="rowgroup" className="table-body">
        {total === 0 && <p className="empty">{t('nobody')}</p>}
        <VList className="table-scroll" ref={list} data={places} itemSize={ROW} bufferSize={ROW * 6}>
          {(index) => <PersonRow key={index} index={index} grid={grid} editing={editing} {...props} />}
        </VList>
      </div>
    </div>
  )
}

function HeadCell({
  column,
  sorting,
  onSort,
}: Pick<PeopleTableProps, 'sorting' | 'onSort'> & { column: Column }) {
  const { t } = useTexts()
  const order = ORDER_OF[column]
  const isOrdered = order === sorting.order
  if (order === null) return <span role="columnheader">{t(`column_${column}`)}</span>
  return (
    <span
      role="columnheader"
      aria-sort={!isOrdered ? 'none' : sorting.isDescending ? 'descending' : 'ascending'}
    >
      <button
        className="sort"
        onClick={() => onSort({ order, isDescending: isOrdered && !sorting.isDescending })}
      >
        {t(`column_${column}`)}
        {isOrdered && <Icon name={sorting.isDescending ? 'down' : 'up'} size={14} />}
      </button>
    </span>
  )
}
