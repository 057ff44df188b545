import { Checkbox } from 'antd'
import { useEffect, useMemo, useRef, type KeyboardEvent } from 'react'
import { VList, type VListHandle } from 'virtua'
import { useStore } from '../../app/store.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Icon } from '../../ui/icon.tsx'
import type { StaffOrder } from '../../generated/graphql.ts'
import { useTexts } from '../i18n/texts.ts'
import { cellOf, ORDER_OF, WIDTHS, type Column } from './columns.tsx'
import type { Line, PeopleSource } from './people-source.ts'

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
}

const ROW = 48
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
          {(index) => <Row key={index} index={index} grid={grid} {...props} />}
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

function Row({
  index,
  grid,
  source,
  columns,
  chosen,
  onChoose,
  hasChoice,
  onOpen,
}: PeopleTableProps & { index: number; grid: string }) {
  const { t } = useTexts()
  useStore(source.state)
  useEffect(() => {
    // Whoever is scrolled past is not asked for.
    let done: (() => void) | null = null
    const timer = setTimeout(() => (done = source.want(index)), 30)
    return () => {
      clearTimeout(timer)
      done?.()
    }
  }, [source, index])
  const line = source.lineAt(index)
  const style = { gridTemplateColumns: grid, height: ROW }
  if (!line)
    return (
      <div
        role="row"
        aria-rowindex={index + 2}
        className="table-row"
        style={style}
        data-index={index}
        tabIndex={-1}
      >
        <span role="gridcell" />
        <span role="gridcell" className="table-wait" aria-label={t('opening')} />
      </div>
    )
  const isChosen = chosen.has(line.id)
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      className={line.status === 'ACTIVE' ? 'table-row' : 'table-row is-off'}
      style={style}
      data-index={index}
      tabIndex={index === 0 ? 0 : -1}
      onClick={() => onOpen(line.id)}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return
        if (event.key === 'Enter') onOpen(line.id)
        if (event.key === ' ' && hasChoice) {
          event.preventDefault()
          onChoose(line, !isChosen)
        }
      }}
    >
      <span role="gridcell" onClick={(event) => event.stopPropagation()}>
        {hasChoice && (
          <Checkbox
            aria-label={t('chooseOne', { name: line.name })}
            checked={isChosen}
            tabIndex={-1}
            onChange={(event) => onChoose(line, event.target.checked)}
          />
        )}
      </span>
      {columns.map((column) => (
        <span key={column} role="gridcell" className={column === 'name' ? 'name-cell' : 'cell'}>
          {column === 'name' ? (
            <>
              <Avatar of={line} size={30} />
              <span className="name">{line.name}</span>
              {line.nickname !== null && <span className="nickname">{line.nickname}</span>}
            </>
          ) : (
            cellOf(line, column, t)
          )}
        </span>
      ))}
    </div>
  )
}
