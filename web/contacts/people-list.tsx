import { useEffect, useMemo, useRef, type KeyboardEvent } from 'react'
import { VList, type VListHandle } from 'virtua'
import type { StaffRow } from '../sdk/contract.ts'
import { Avatar } from '../ui/avatar.tsx'

/** What stands beside the name of a person in a list. */
export interface PersonLine {
  readonly detail: string | null
  readonly mark: string | null
}

export interface PeopleListProps {
  readonly label: string
  readonly people: readonly StaffRow[]
  /** How many there are, where the others are still being read: they have an empty line each. */
  readonly total?: number
  /** Asked for those on the screen alone. */
  readonly lineOf: (staff: StaffRow) => PersonLine
  readonly chosenId: string | null
  readonly onChoose: (id: string) => void
}

const ROW = 56
const MOVES: Readonly<Record<string, (at: number, length: number) => number>> = {
  ArrowDown: (at) => at + 1,
  ArrowUp: (at) => at - 1,
  Home: () => 0,
  End: (_, length) => length - 1,
  PageDown: (at, length) => Math.min(at + 10, length - 1),
  PageUp: (at) => Math.max(at - 10, 0),
}

/** People one below the other, of whom only those on the screen exist as elements. */
export function PeopleList({ label, people, total, lineOf, chosenId, onChoose }: PeopleListProps) {
  const list = useRef<VListHandle>(null)
  const box = useRef<HTMLDivElement>(null)
  const size = Math.max(people.length, total ?? 0)
  const lines = useMemo(() => Array.from({ length: size }, (_, i) => people[i] ?? null), [people, size])
  const chosen = people.findIndex(({ id }) => id === chosenId)
  /** Who has the keyboard, and where they stand. */
  const held = useRef<{ readonly id: string; readonly at: number } | null>(null)
  const focus = (at: number) => {
    const id = people[at]?.id
    if (id === undefined) return
    list.current?.scrollToIndex(at, { align: 'nearest' })
    requestAnimationFrame(() =>
      box.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`)?.focus(),
    )
  }
  // Somebody may vanish with the keyboard on them: whoever stands there then has it.
  useEffect(() => {
    if (!held.current || document.activeElement !== document.body) return
    const { id, at } = held.current
    if (!people.some((staff) => staff.id === id)) focus(Math.min(at, people.length - 1))
  })
  const onKey = (event: KeyboardEvent) => {
    const move = MOVES[event.key]
    if (!move) return
    event.preventDefault()
    const focused = document.activeElement?.getAttribute('data-id')
    const at = people.findIndex(({ id }) => id === focused)
    focus(move(at, people.length))
  }
  return (
    <div ref={box} className="people" role="listbox" aria-label={label} onKeyDown={onKey}>
      <VList ref={list} data={lines} itemSize={ROW} keepMounted={[Math.max(0, chosen)]}>
        {(staff, i) => {
          if (!staff) return <div key={i} className="row person-row coming" aria-hidden="true" />
          const { detail, mark } = lineOf(staff)
          return (
            <div
              key={staff.id}
              role="option"
              className="row person-row"
              data-id={staff.id}
              aria-selected={staff.id === chosenId}
              aria-posinset={i + 1}
              aria-setsize={size}
              tabIndex={i === Math.max(0, chosen) ? 0 : -1}
              onFocus={() => (held.current = { id: staff.id, at: i })}
              onBlur={({ relatedTarget }) => {
                if (relatedTarget) held.current = null
              }}
              onClick={() => onChoose(staff.id)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' || event.key === ' ') onChoose(staff.id)
              }}
            >
              <Avatar of={staff} size={40} />
              <span className="who">
                <span className="name">
                  {staff.name}
                  {staff.nickname !== null && <span className="nickname">{staff.nickname}</span>}
                </span>
                {detail !== null && <span className="detail">{detail}</span>}
              </span>
              {mark !== null && <span className="mark">{mark}</span>}
            </div>
          )
        }}
      </VList>
    </div>
  )
}
