import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { VList, type VListHandle } from 'virtua'
import { useI18n } from '../i18n/i18n.tsx'
import type { Queries } from '../sdk/queries.ts'
import { Icon } from '../ui/icon.tsx'
import { treeMove, Typed } from '../ui/tree-keys.ts'
import { treeRows, type TreeRow } from './tree-rows.ts'

export interface DepartmentTreeProps {
  readonly queries: Queries
  /** Changes with every change of the copy. */
  readonly version: object
  readonly chosenId: string | null
  readonly onChoose: (id: string) => void
}

const ROW = 40

/** All departments, of which only those on the screen exist as elements. */
export function DepartmentTree({ queries, version, chosenId, onChoose }: DepartmentTreeProps) {
  const { t } = useI18n()
  const [open, setOpen] = useState<ReadonlySet<string>>(() => firstOpen(queries))
  const [focusedId, setFocusedId] = useState<string | null>(null)
  const list = useRef<VListHandle>(null)
  const box = useRef<HTMLDivElement>(null)
  const [typed] = useState(() => new Typed())
  const rows = useMemo(() => {
    void version
    return treeRows(queries, open)
  }, [queries, version, open])
  const focused = Math.max(
    0,
    rows.findIndex((r) => r.id === (focusedId ?? chosenId)),
  )

  // Whatever is chosen elsewhere is shown here.
  useEffect(() => {
    if (chosenId === null) return
    const above = queries.path(chosenId).slice(0, -1)
    setOpen((now) =>
      above.every(({ id }) => now.has(id)) ? now : new Set([...now, ...above.map(({ id }) => id)]),
    )
  }, [queries, chosenId])

  const toggle = (id: string, isOpen: boolean) => {
    setOpen((now) => {
      const next = new Set(now)
      if (isOpen) next.add(id)
      else next.delete(id)
      return next
    })
  }
  const focusRow = (index: number) => {
    const id = rows[index]?.id
    if (id === undefined) return
    setFocusedId(id)
    list.current?.scrollToIndex(index, { align: 'nearest' })
    requestAnimationFrame(() =>
      box.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`)?.focus(),
    )
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const move = treeMove(rows, focused, event.key, typed.with(event.key, event.timeStamp))
    if (!move) return
    event.preventDefault()
    if (move.kind === 'focus') focusRow(move.index)
    else if (move.kind === 'choose') onChoose(move.id)
    else toggle(move.id, move.kind === 'open')
  }
  return (
    <div ref={box} className="tree" role="tree" aria-label={t('allDepartments')} onKeyDown={onKey}>
      <VList ref={list} itemSize={ROW} keepMounted={[focused]}>
        {rows.map((row, i) => (
          <Line
            key={row.department.id}
            row={row}
            count={queries.count(row.department.id)}
            isChosen={row.department.id === chosenId}
            isFocusable={i === focused}
            onChoose={() => {
              setFocusedId(row.department.id)
              onChoose(row.department.id)
            }}
            onToggle={() => toggle(row.department.id, !row.isOpen)}
          />
        ))}
      </VList>
    </div>
  )
}

interface LineProps {
  readonly row: TreeRow
  readonly count: number
  readonly isChosen: boolean
  readonly isFocusable: boolean
  readonly onChoose: () => void
  readonly onToggle: () => void
}

function Line({ row, count, isChosen, isFocusable, onChoose, onToggle }: LineProps) {
  const { department, level, isOpen, hasChildren, position, siblings } = row
  return (
    <div
      role="treeitem"
      className="row tree-row"
      data-id={department.id}
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-selected={isChosen}
      {...(hasChildren ? { 'aria-expanded': isOpen } : {})}
      tabIndex={isFocusable ? 0 : -1}
      style={{ paddingLeft: 8 + (level - 1) * 16 }}
      onClick={onChoose}
    >
      <span
        className={isOpen ? 'twist open' : 'twist'}
        aria-hidden="true"
        onClick={(event) => {
          if (!hasChildren) return
          event.stopPropagation()
          onToggle()
        }}
      >
        {hasChildren && <Icon name="right" size={16} />}
      </span>
      <span className="name">{department.name}</span>
      <span className="count">{count}</span>
    </div>
  )
}

/** A company with one top begins opened. */
function firstOpen(queries: Queries): ReadonlySet<string> {
  const tops = queries.children(null)
  return new Set(tops.length === 1 ? tops.map(({ id }) => id) : [])
}
