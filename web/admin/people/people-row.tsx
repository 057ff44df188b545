import { Checkbox } from 'antd'
import { useEffect, useRef, type KeyboardEvent, type MouseEvent } from 'react'
import { useStore } from '../../app/store.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { useTexts } from '../i18n/texts.ts'
import { isCell, type Cell } from './cell-edit.ts'
import { CellEditor } from './cell-editor.tsx'
import { cellOf, type Column } from './columns.tsx'
import type { PeopleTableProps } from './people-table.tsx'
import type { Line } from './people-source.ts'
import type { CellEditing } from './use-cell-edit.ts'

/** How high a row is. */
export const ROW = 48
/** Whoever is scrolled past is not asked for. */
const SEEN_MS = 30
/** A second click within this time edits the cell, and opens nobody. */
const DOUBLE_MS = 250

export type PersonRowProps = PeopleTableProps & {
  readonly index: number
  readonly grid: string
  readonly editing: CellEditing
}

/** Somebody in the table; an empty row until they have come. */
export function PersonRow(props: PersonRowProps) {
  const { index, grid, source } = props
  const { t } = useTexts()
  useStore(source.state)
  useEffect(() => {
    let done: (() => void) | null = null
    const timer = setTimeout(() => (done = source.want(index)), SEEN_MS)
    return () => {
      clearTimeout(timer)
      done?.()
    }
  }, [source, index])
  const line = source.lineAt(index)
  if (line) return <FilledRow line={line} {...props} />
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className="table-row"
      style={{ gridTemplateColumns: grid, height: ROW }}
      data-index={index}
      tabIndex={-1}
    >
      <span role="gridcell" />
      <span role="gridcell" className="table-wait" aria-label={t('opening')} />
    </div>
  )
}

function FilledRow({ line, ...props }: PersonRowProps & { readonly line: Line }) {
  const { index, grid, columns, chosen, onChoose, hasChoice, onOpen, onDrag, editing } = props
  const { t } = useTexts()
  const opening = useRef<ReturnType<typeof setTimeout> | null>(null)
  const stay = () => {
    if (opening.current !== null) clearTimeout(opening.current)
    opening.current = null
  }
  useEffect(() => stay, [])
  const isChosen = chosen.has(line.id)
  const isEdited = editing.edit?.id === line.id
  const onClick = (event: MouseEvent<HTMLElement>) => {
    stay()
    if (event.detail > 1) return
    const isInCell = event.target instanceof Element && event.target.closest('[data-cell]') !== null
    if (isInCell) opening.current = setTimeout(() => onOpen(line.id), DOUBLE_MS)
    else onOpen(line.id)
  }
  const onKey = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') step(event)
    if (event.target !== event.currentTarget) return
    if (event.key === 'Enter') onOpen(line.id)
    if (event.key === ' ' && hasChoice) {
      event.preventDefault()
      onChoose(line, !isChosen)
    }
  }
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      className={line.status === 'ACTIVE' ? 'table-row' : 'table-row is-off'}
      style={{ gridTemplateColumns: grid, height: ROW }}
      data-index={index}
      tabIndex={index === 0 ? 0 : -1}
      draggable={onDrag !== null && !isEdited && line.status !== 'TRASHED'}
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = 'move'
        event.dataTransfer.setData('text/plain', line.name)
        onDrag?.(line)
      }}
      onDragEnd={() => onDrag?.(null)}
      onClick={onClick}
      onKeyDown={onKey}
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
      {columns.map((column) =>
        isCell(column) && editing.mayEdit(line, column) ? (
          <EditableCell key={column} line={line} cell={column} editing={editing} onBegin={stay} />
        ) : (
          <span key={column} role="gridcell" className={column === 'name' ? 'name-cell' : 'cell'}>
            <Content line={line} column={column} />
          </span>
        ),
      )}
    </div>
  )
}

function Content({ line, column }: { readonly line: Line; readonly column: Column }) {
  const { t } = useTexts()
  if (column !== 'name') return cellOf(line, column, t)
  return (
    <>
      <Avatar of={line} size={30} />
      <span className="name">{line.name}</span>
      {line.nickname !== null && <span className="nickname">{line.nickname}</span>}
    </>
  )
}

/** A double click, or Enter where the keyboard is, edits it. */
function EditableCell({
  line,
  cell,
  editing,
  onBegin,
}: {
  readonly line: Line
  readonly cell: Cell
  readonly editing: CellEditing
  readonly onBegin: () => void
}) {
  const { t } = useTexts()
  const box = useRef<HTMLSpanElement>(null)
  const edit = editing.edit?.id === line.id && editing.edit.cell === cell ? editing.edit : null
  const isEdited = edit !== null
  const wasEdited = useRef(isEdited)
  useEffect(() => {
    // The field in which the keyboard was has gone.
    if (wasEdited.current && !isEdited && document.activeElement === document.body) box.current?.focus()
    wasEdited.current = isEdited
  }, [isEdited])
  if (edit)
    return (
      <span
        role="gridcell"
        className="cell is-edited"
        data-cell={cell}
        onClick={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
        onKeyDown={(event) => event.stopPropagation()}
      >
        <CellEditor edit={edit} editing={editing} />
      </span>
    )
  return (
    <span
      ref={box}
      role="gridcell"
      className="cell"
      data-cell={cell}
      tabIndex={-1}
      title={t('cellHint')}
      onDoubleClick={() => {
        onBegin()
        editing.begin(line, cell)
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return
        event.preventDefault()
        event.stopPropagation()
        editing.begin(line, cell)
      }}
    >
      {cellOf(line, cell, t)}
    </span>
  )
}

/** Between the row and those of its cells that can be edited. */
function step(event: KeyboardEvent<HTMLElement>): void {
  const row = event.currentTarget
  const places = [row, ...row.querySelectorAll<HTMLElement>('[data-cell][tabindex]')]
  const at = places.findIndex((place) => place === document.activeElement)
  const next = places[at + (event.key === 'ArrowRight' ? 1 : -1)]
  if (at === -1 || !next) return
  event.preventDefault()
  next.focus()
}
