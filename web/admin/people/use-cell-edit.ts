import { useRef, useState } from 'react'
import { useClient } from 'urql'
import { AdminStaffMemberDocument, UpdateStaffDocument } from '../../generated/graphql.ts'
import { EditKeys, useAdmin, useEdit } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { failureText, issueText } from '../issues.ts'
import { useUnsaved } from '../unsaved.ts'
import { afterConflict, begun, inputOf, KEY_OF, type Cell, type CellEdit } from './cell-edit.ts'
import type { Line } from './people-source.ts'

export interface CellEditing {
  /** Null: none is edited. */
  readonly edit: CellEdit | null
  readonly mayEdit: (line: Line, cell: Cell) => boolean
  readonly begin: (line: Line, cell: Cell) => void
  readonly type: (value: string) => void
  /** Saves it, another value than the typed one too. */
  readonly save: (value?: string) => void
  readonly leave: () => void
  /** Of two versions: saves mine over theirs. */
  readonly overwrite: () => void
}

/** The one cell of a table that is edited: it stays when its row is scrolled away. */
export function useCellEdit(): CellEditing {
  const { t } = useTexts()
  const client = useClient()
  const { abilities, news } = useAdmin()
  const save = useEdit()
  const [keys] = useState(() => new EditKeys())
  const [edit, show] = useState<CellEdit | null>(null)
  // Keys follow each other faster than frames: what was typed last counts.
  const latest = useRef<CellEdit | null>(null)
  const set = (next: CellEdit | null) => {
    latest.current = next
    show(next)
  }
  useUnsaved(edit !== null && edit.value !== edit.base)

  const commit = async (given: CellEdit, isAgain = false): Promise<void> => {
    const current = { ...given, isBusy: true, problem: null }
    set(current)
    const input = inputOf(current)
    const outcome = await save(UpdateStaffDocument, { input: { ...input, idempotencyKey: keys.of(input) } })
    const isLeft = latest.current?.id !== current.id || latest.current.cell !== current.cell
    if (outcome.kind === 'done') keys.done()
    if (isLeft) return
    const stopped = { ...current, isBusy: false }
    if (outcome.kind === 'done') return set(null)
    if (outcome.kind === 'away') return set({ ...stopped, problem: t('awaySaving') })
    const { failure } = outcome
    if (failure.code === 'CONFLICT' && !isAgain) {
      const variables = { id: current.id, waitFor: news.version }
      const { data } = await client.query(AdminStaffMemberDocument, variables).toPromise()
      const now = data?.admin?.staff
      if (latest.current !== current) return
      if (!now) return set({ ...stopped, problem: failureText(t, failure) })
      const next = afterConflict(stopped, now)
      news.tell()
      if (next.theirs) return set(next)
      return await commit(next, true)
    }
    const issue = failure.issues?.find(({ path }) => path === KEY_OF[current.cell].path)
    set({ ...stopped, problem: issue ? issueText(t, issue.message) : failureText(t, failure) })
  }
  return {
    edit,
    mayEdit: (line, cell) => line.status !== 'TRASHED' && abilities.covers('staff.write', KEY_OF[cell].key),
    begin: (line, cell) => {
      // One with a problem is not left behind unseen.
      if (latest.current && latest.current.value !== latest.current.base) return
      set(begun(line, cell))
    },
    type: (value) => {
      if (latest.current && !latest.current.isBusy) set({ ...latest.current, value, problem: null })
    },
    save: (value) => {
      const now = latest.current
      if (!now || now.isBusy || now.theirs) return
      const next = value === undefined ? now : { ...now, value }
      if (next.value.trim() === next.base) return set(null)
      void commit(next)
    },
    leave: () => {
      if (latest.current?.isBusy !== true) set(null)
    },
    overwrite: () => {
      const now = latest.current
      if (!now?.theirs || now.isBusy) return
      void commit({ ...now, base: now.theirs.value, revision: now.theirs.revision, theirs: null })
    },
  }
}
