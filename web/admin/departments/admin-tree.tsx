import { useRef, useState, type DragEvent, type KeyboardEvent } from 'react'
import { VList, type VListHandle } from 'virtua'
import { useStore } from '../../app/store.ts'
import { Icon } from '../../ui/icon.tsx'
import { treeMove, Typed } from '../../ui/tree-keys.ts'
import { useTexts } from '../i18n/texts.ts'
import { dropAt, type Drop } from './drop.ts'
import { treeRows, type TreeRow, type TreeSource } from './tree-source.ts'

export interface AdminTreeProps {
  readonly source: TreeSource
  readonly chosenId: string | null
  readonly onChoose: (id: string) => void
  /** Null: nothing may be moved. */
  readonly onDrop: ((moved: TreeRow, drop: Drop) => void) | null
  /** People are on their way: where they are let go. Null: none are. */
  readonly onDropPeople?: ((into: TreeRow) => void) | null
}

const ROW = 36

interface Hover {
  readonly id: string
  readonly drop: Drop
}

/** All departments of the scope; they are dragged to where they belong. */
export function AdminTree({ source, chosenId, onChoose, onDrop, onDropPeople = null }: AdminTreeProps) {
  const { t } = useTexts()
  const tree = useStore(source.state)
  const rows = treeRows(tree)
  const [focusedId, setFocusedId] = useState<string | null>(null)
  const [dragged, setDragged] = useState<TreeRow | null>(null)
  const [hover, setHover] = useState<Hover | null>(null)
  const list = useRef<VListHandle>(null)
  const box = useRef<HTMLDivElement>(null)
  const [typed] = useState(() => new Typed())
  const focused = Math.max(
    0,
    rows.findIndex(({ id }) => id === (focusedId ?? chosenId)),
  )
  const toggle = (id: string, isOpen: boolean) => {
    if (isOpen) void source.open(id)
    else source.close(id)
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const move = treeMove(rows, focused, event.key, typed.with(event.key, event.timeStamp))
    if (!move) return
    event.preventDefault()
    if (move.kind === 'choose') onChoose(move.id)
    else if (move.kind !== 'focus') toggle(move.id, move.kind === 'open')
    else {
      const id = rows[move.index]?.id
      if (id === undefined) return
      setFocusedId(id)
      list.current?.scrollToIndex(move.index, { align: 'nearest' })
      requestAnimationFrame(() =>
        box.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`)?.focus(),
      )
    }
  }
  const dropOf = (event: DragEvent, row: TreeRow): Drop | null => {
    if (!dragged)
      return onDropPeople && row.node.status === 'ACTIVE' ? { place: 'into', parentId: row.id } : null
    const { top, height } = event.currentTarget.getBoundingClientRect()
    return dropAt(rows, dragged.id, row.id, (event.clientY - top) / height)
  }
  const finish = () => {
    setDragged(null)
    setHover(null)
  }
  return (
    <div ref={box} className="tree admin-tree" role="tree" aria-label={t('departments')} onKeyDown={onKey}>
      <VList ref={list} data={rows} itemSize={ROW} keepMounted={[focused]}>
        {(row, i) => (
          <div
            key={row.id}
            role="treeitem"
            className={row.node.status === 'ACTIVE' ? 'row tree-row' : 'row tree-row is-off'}
            data-id={row.id}
            data-drop={hover?.id === row.id ? hover.drop.place : undefined}
            aria-level={row.level}
            aria-posinset={row.position}
            aria-setsize={row.siblings}
            aria-selected={row.id === chosenId}
            {...(row.hasChildren ? { 'aria-expanded': row.isOpen } : {})}
            tabIndex={i === focused ? 0 : -1}
            style={{ paddingLeft: 6 + (row.level - 1) * 16 }}
            draggable={onDrop !== null}
            onDragStart={(event) => {
              event.dataTransfer.effectAllowed = 'move'
              event.dataTransfer.setData('text/plain', row.name)
              setDragged(row)
            }}
            onDragOver={(event) => {
              const drop = dropOf(event, row)
              setHover(drop && { id: row.id, drop })
              if (drop) event.preventDefault()
            }}
            onDrop={(event) => {
              event.preventDefault()
              const drop = dropOf(event, row)
              if (dragged && drop) onDrop?.(dragged, drop)
              else if (drop) onDropPeople?.(row)
              finish()
            }}
            onDragLeave={() => setHover((now) => (now?.id === row.id ? null : now))}
            onDragEnd={finish}
            onClick={() => {
              setFocusedId(row.id)
              onChoose(row.id)
            }}
          >
            <span
              className={row.isOpen ? 'twist open' : 'twist'}
              aria-hidden="true"
              onClick={(event) => {
                if (!row.hasChildren) return
                event.stopPropagation()
                toggle(row.id, !row.isOpen)
              }}
            >
              {row.hasChildren && <Icon name="right" size={16} />}
            </span>
            <span className="name">{row.name}</span>
            <span className="count">{row.node.memberCount}</span>
          </div>
        )}
      </VList>
    </div>
  )
}
