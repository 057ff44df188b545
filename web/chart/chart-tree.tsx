import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import type { DirectoryView } from '../app/directory.ts'
import { useI18n } from '../i18n/i18n.tsx'
import { treeMove, Typed } from '../ui/tree-keys.ts'
import { ChartBranch } from './chart-branch.tsx'
import {
  chartNodes,
  FIRST,
  firstOpen,
  linesOf,
  MORE,
  pathTo,
  type ChartItem,
  type ChartNode,
  type ChartWay,
} from './chart-nodes.ts'

export interface ChartTreeProps {
  readonly way: ChartWay
  readonly view: DirectoryView
  readonly ownId: string
  /** Whose card is open. */
  readonly staffId: string | null
  readonly onPerson: (id: string) => void
}

/** Begins at the own place; what is closed does not exist as elements. */
export function ChartTree({ way, view, ownId, staffId, onPerson }: ChartTreeProps) {
  const { t } = useI18n()
  const { queries } = view
  const box = useRef<HTMLDivElement>(null)
  const [typed] = useState(() => new Typed())
  const [open, setOpen] = useState(() => firstOpen(queries, way, pathTo(queries, way, ownId)))
  const [shown, setShown] = useState<ReadonlyMap<string, number>>(new Map())
  const [focusedId, setFocusedId] = useState<string | null>(null)
  const { nodes, ownPlace } = useMemo(() => {
    const kept = pathTo(view.queries, way, ownId).at(-1) ?? null
    return { nodes: chartNodes(view.queries, way, { open, shown, kept }), ownPlace: kept }
  }, [view, way, ownId, open, shown])
  const lines = linesOf(nodes)
  const focused = Math.max(
    0,
    lines.findIndex(({ id }) => id === (focusedId ?? ownPlace)),
  )
  const elementOf = (id: string) => box.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`)

  useEffect(() => {
    if (ownPlace !== null) elementOf(ownPlace)?.scrollIntoView(CENTRE)
    // Once: afterwards it is scrolled by hand.
  }, [])
  // Whoever is chosen elsewhere, by search or on a card, is shown here.
  const isShown = lines.some(({ item }) => item.kind === 'person' && item.staff.id === staffId)
  useEffect(() => {
    if (staffId !== null && !isShown) setOpen((now) => new Set([...now, ...pathTo(queries, way, staffId)]))
  }, [staffId])
  useEffect(() => {
    box.current?.querySelector('[aria-selected=true]')?.scrollIntoView(NEAREST)
  }, [staffId, isShown])

  const toggle = (id: string, isOpen: boolean) => {
    const next = new Set(open)
    if (isOpen) next.add(id)
    else next.delete(id)
    setOpen(next)
  }
  const showMore = ({ parentId }: Extract<ChartItem, { kind: 'more' }>, index: number) => {
    setShown(new Map(shown).set(parentId, (shown.get(parentId) ?? FIRST) + MORE))
    // What is shown in its place has the focus.
    setFocusedId(lines[index - 1]?.id ?? null)
  }
  const choose = (node: ChartNode) => {
    setFocusedId(node.id)
    const { item } = node
    if (item.kind === 'person') onPerson(item.staff.id)
    else if (item.kind === 'department') toggle(node.id, !node.isOpen)
    else showMore(item, lines.indexOf(node))
  }
  const focus = (index: number) => {
    const id = lines[index]?.id
    if (id === undefined) return
    setFocusedId(id)
    const element = elementOf(id)
    element?.focus({ preventScroll: true })
    element?.scrollIntoView(NEAREST)
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const move = treeMove(lines, focused, event.key, typed.with(event.key, event.timeStamp))
    if (!move) return
    event.preventDefault()
    const node = lines[focused]
    if (move.kind === 'focus') focus(move.index)
    else if (move.kind !== 'choose') toggle(move.id, move.kind === 'open')
    else if (node) choose(node)
  }

  if (way === 'managers' && nodes.every((node) => !node.hasChildren))
    return <p className="empty">{t('noManagers')}</p>
  return (
    <div ref={box} className="chart-canvas">
      <ul role="tree" aria-labelledby="chart-title" onKeyDown={onKey}>
        <ChartBranch
          nodes={nodes}
          focusedId={lines[focused]?.id ?? null}
          ownId={ownId}
          staffId={staffId}
          onChoose={choose}
          onToggle={(node) => {
            setFocusedId(node.id)
            toggle(node.id, !node.isOpen)
          }}
        />
      </ul>
    </div>
  )
}

const CENTRE: ScrollIntoViewOptions = { block: 'center', inline: 'center' }
const NEAREST: ScrollIntoViewOptions = { block: 'nearest', inline: 'nearest' }
