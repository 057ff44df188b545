import { useEffect, useState } from 'react'
import { useClient } from 'urql'
import {
  AdminStaffMemberDocument,
  CreateStaffDocument,
  UpdateStaffDocument,
  type AdminStaffPartsFragment,
  type CreateStaffInput,
} from '../../generated/graphql.ts'
import { EditKeys, useAdmin, useEdit, type Answer } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { failureText } from '../issues.ts'
import { useUnsaved } from '../unsaved.ts'
import { useCheck } from '../use-check.ts'
import {
  changedFields,
  clashes,
  creationOf,
  draftOf,
  EMPTY,
  fieldOfPath,
  merged,
  patchOf,
  type Field,
  type StaffDraft,
} from './draft.ts'
import type { Problems } from './staff-fields.tsx'

export type Opened = AdminStaffPartsFragment

interface Form {
  /** What the edit began with. */
  readonly base: StaffDraft
  readonly revision: string | null
  readonly draft: StaffDraft
  readonly problems: Problems
  readonly failure: string | null
  /** What somebody else has made of it, where both have changed the same. */
  readonly theirs: { readonly draft: StaffDraft; readonly revision: string } | null
}

const NONE: Problems = new Map()

/** A person who is edited: what was changed, what the server says of it, and what others do meanwhile. */
export function useStaffForm({
  opened,
  departmentId,
  onCreated,
}: {
  readonly opened: Opened | null
  readonly departmentId: string | null
  readonly onCreated: (id: string) => void
}) {
  const { t } = useTexts()
  const client = useClient()
  const { news, catalogue } = useAdmin()
  const firstType = catalogue.types.find(({ appliesTo }) => appliesTo === 'STAFF')?.id ?? ''
  const edit = useEdit()
  const [keys] = useState(() => new EditKeys())
  const [form, setForm] = useState<Form>(() => begun(opened, departmentId))
  const [isBusy, setBusy] = useState(false)
  const [isSaved, setSaved] = useState(false)
  const { base, draft, revision, theirs } = form
  const isDirty = changedFields(base, draft).length > 0
  useUnsaved(isDirty)

  // Somebody else's edit is there: what does not collide is taken over at once.
  useEffect(() => {
    if (opened) setForm((now) => withNewer(now, opened))
  }, [opened])

  const change = (some: Partial<StaffDraft>) => {
    setSaved(false)
    setForm((now) => {
      const problems = new Map([...now.problems].filter(([field]) => !(field in some)))
      return { ...now, draft: { ...now.draft, ...some }, problems, failure: null }
    })
  }
  const refuse = (failure: Answer) => {
    const beside = (failure.issues ?? []).flatMap(({ path, message }) => {
      const field = fieldOfPath(path)
      return field ? [[field, message] as const] : []
    })
    const isAllBeside = beside.length > 0 && beside.length === failure.issues?.length
    setForm((now) => ({
      ...now,
      problems: new Map(beside),
      failure: isAllBeside ? null : failureText(t, failure),
    }))
  }
  const edited = opened ? { id: opened.id, ...patchOf(base, draft) } : null
  const isChecked = isDirty && !isBusy && !theirs
  useCheck(
    isChecked ? (edited ? { updateStaff: edited } : { createStaff: begunCreation(draft, firstType) }) : null,
    (issues) =>
      setForm((now) => {
        // What nobody has touched yet is not complained of before it is saved.
        const touched = changedFields(now.base, now.draft)
        const kept = [...now.problems].filter(([field]) => !touched.includes(field))
        const found = issues.flatMap(({ path, message }) => {
          const field = fieldOfPath(path)
          return field && touched.includes(field) ? [[field, message] as const] : []
        })
        return { ...now, problems: new Map([...kept, ...found]) }
      }),
  )
  const save = async () => {
    if (isBusy || theirs) return
    setBusy(true)
    const outcome = opened ? await update(opened.id) : await create()
    setBusy(false)
    if (outcome.kind === 'away') return setForm((now) => ({ ...now, failure: t('awaySaving') }))
    if (outcome.kind === 'done') return
    if (outcome.failure.code !== 'CONFLICT' || !opened) return refuse(outcome.failure)
    const variables = { id: opened.id, waitFor: news.version }
    const { data } = await client.query(AdminStaffMemberDocument, variables).toPromise()
    const current = data?.admin?.staff
    if (!current) return refuse(outcome.failure)
    setForm((now) => withNewer(now, current))
    news.tell()
  }
  const update = async (id: string) => {
    const input = { id, ...patchOf(base, draft), ...(revision === null ? {} : { ifRevision: revision }) }
    const outcome = await edit(UpdateStaffDocument, { input: { ...input, idempotencyKey: keys.of(input) } })
    if (outcome.kind !== 'done') return outcome
    keys.done()
    const { answer } = outcome
    if (answer.__typename === 'StaffEdited' && answer.staff) setForm(begun(answer.staff, null))
    setSaved(true)
    return outcome
  }
  const create = async () => {
    const input = creationOf(draft)
    const outcome = await edit(CreateStaffDocument, { input: { ...input, idempotencyKey: keys.of(input) } })
    if (outcome.kind !== 'done') return outcome
    keys.done()
    setForm((now) => ({ ...now, base: now.draft }))
    const { answer } = outcome
    if (answer.__typename === 'StaffEdited' && answer.staff) onCreated(answer.staff.id)
    return outcome
  }
  return {
    draft,
    problems: form.problems,
    failure: form.failure,
    isDirty,
    isBusy,
    isSaved,
    change,
    save,
    reset: () => setForm(begun(opened, departmentId)),
    conflict: theirs && { base, mine: draft, theirs: theirs.draft },
    /** For each field that both have changed: whether mine stays. */
    decide: (keep: ReadonlySet<Field>) =>
      setForm((now) =>
        now.theirs
          ? {
              ...now,
              base: now.theirs.draft,
              revision: now.theirs.revision,
              draft: merged(now.base, now.draft, now.theirs.draft, keep),
              theirs: null,
            }
          : now,
      ),
  }
}

function begun(opened: Opened | null, departmentId: string | null): Form {
  const none = { problems: NONE, failure: null, theirs: null }
  if (opened) {
    const draft = draftOf(opened)
    return { ...none, base: draft, draft, revision: opened.revision }
  }
  if (departmentId === null) return { ...none, base: EMPTY, draft: EMPTY, revision: null }
  const membership = {
    departmentId,
    departmentName: '',
    title: '',
    sortKey: null,
    isMain: true,
    isLeader: false,
  }
  return { ...none, base: EMPTY, draft: { ...EMPTY, memberships: [membership] }, revision: null }
}

/** Somebody new, as if what is still to be filled in was there already: else nothing else would be looked at. */
function begunCreation(draft: StaffDraft, typeId: string): CreateStaffInput {
  return creationOf({ ...draft, name: draft.name.trim() || '?', typeId: draft.typeId || typeId })
}

function withNewer(form: Form, opened: Opened): Form {
  if (form.revision === opened.revision) return form
  const theirs = draftOf(opened)
  if (clashes(form.base, form.draft, theirs).length > 0)
    return { ...form, theirs: { draft: theirs, revision: opened.revision } }
  const draft = merged(form.base, form.draft, theirs, new Set())
  return { ...form, base: theirs, draft, revision: opened.revision, theirs: null }
}
