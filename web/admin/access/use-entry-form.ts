import { useEffect, useState } from 'react'
import { useClient } from 'urql'
import type { CatalogueResultPartsFragment, PreviewInput } from '../../generated/graphql.ts'
import { EditKeys, useAdmin, type Outcome } from '../admin.ts'
import { effectOf, type Effected } from '../effect.tsx'
import { useTexts } from '../i18n/texts.ts'
import { failureText } from '../issues.ts'
import { changedFields, clashes } from '../merging.ts'
import { useUnsaved } from '../unsaved.ts'
import * as forms from './entry-form.ts'
import type { Opened } from './entry-form.ts'

type Edited = Extract<CatalogueResultPartsFragment, { __typename: 'CatalogueEdited' }>

/** An edit that is about to be made. */
export interface Now<D> {
  readonly base: D
  readonly draft: D
  /** Null: something new. */
  readonly opened: { readonly id: string; readonly ifRevision: string } | null
}

/** What a kind of entry needs to be edited. */
export interface Desk<D extends object> {
  readonly opened: Opened<D> | null
  readonly empty: D
  readonly fields: readonly (keyof D & string)[]
  /** Makes the edit, under the key that `keyOf` gives its input. */
  readonly save: (
    now: Now<D>,
    keyOf: (input: object) => string,
  ) => Promise<Outcome<CatalogueResultPartsFragment>>
  /** The edit when it can change who sees what; null: it cannot. */
  readonly previewOf: (now: Now<D>) => PreviewInput | null
  /** Whether there is more to be confirmed than who sees what. */
  readonly isGrave: (now: Now<D>) => boolean
  readonly read: (entry: NonNullable<Edited['entry']>) => Opened<D> | null
  readonly onCreated: (id: string) => void
}

export type EntryFormState<D extends object> = ReturnType<typeof useEntryForm<D>>

/** An entry of the catalogue that is edited: what was changed, what it would mean, and what others do meanwhile. */
export function useEntryForm<D extends object>(desk: Desk<D>) {
  const { opened, empty, fields } = desk
  const { t } = useTexts()
  const client = useClient()
  const { news } = useAdmin()
  const [keys] = useState(() => new EditKeys())
  const [form, setForm] = useState(() => forms.begun(opened, empty))
  const [isBusy, setBusy] = useState(false)
  const [isSaved, setSaved] = useState(false)
  /** What was asked when the server did not answer. After an edit nobody knows whether it was made. */
  const [away, setAway] = useState<'preview' | 'edit' | null>(null)
  const [effected, setEffected] = useState<Effected | null>(null)
  const { base, draft, revision, theirs } = form
  const isDirty = changedFields(fields, base, draft).length > 0
  useUnsaved(isDirty)
  useEffect(() => {
    if (!opened) return
    setForm((now) => forms.withNewer(now, opened, fields))
    // What an edit would mean is said of a state that is not the newest any more.
    setEffected(null)
    setAway(null)
  }, [opened?.revision])

  const now: Now<D> = {
    base,
    draft,
    opened: opened && revision !== null ? { id: opened.id, ifRevision: revision } : null,
  }
  const commit = async () => {
    setBusy(true)
    const outcome = await desk.save(now, (input) => keys.of(input))
    setBusy(false)
    setEffected(null)
    setAway(outcome.kind === 'away' ? 'edit' : null)
    if (outcome.kind === 'away') return
    if (outcome.kind === 'refused') {
      setForm((one) => forms.refused(one, outcome.failure, fields))
      // What somebody else has made of it is asked for, and then shown.
      if (outcome.failure.code === 'CONFLICT') news.tell()
      return
    }
    keys.done()
    const { answer } = outcome
    if (answer.__typename !== 'CatalogueEdited') return
    const made = answer.entry && desk.read(answer.entry)
    setForm((one) => (made ? forms.begun(made, empty) : { ...one, base: one.draft, problems: new Map() }))
    setSaved(true)
    if (!opened) desk.onCreated(answer.id)
  }
  /** Asks what the edit would mean; null when it cannot change who sees what. Why it would be refused stands in the form. */
  const foresee = async (): Promise<Effected | null> => {
    const edit = desk.previewOf(now)
    if (!edit) return null
    setBusy(true)
    const answer = await effectOf(client, edit, t)
    setBusy(false)
    setAway(answer.kind === 'refused' && answer.failure === null ? 'preview' : null)
    if (answer.kind === 'refused' && answer.failure) {
      const { failure } = answer
      setForm((one) => forms.refused(one, failure, fields))
      if (failure.code === 'CONFLICT') news.tell()
    }
    return answer
  }
  const preview = async () => {
    if (isBusy) return
    const answer = await foresee()
    if (answer?.kind === 'effect') setEffected(answer)
  }
  const save = async () => {
    if (isBusy || theirs) return
    // It was confirmed, and may be made: asked again under the same key it is made once.
    if (away === 'edit') return await commit()
    const answer = await foresee()
    if (answer === null) return await commit()
    if (answer.kind === 'refused') return
    const isOfConsequence = answer.effect.groupCount > 0 || desk.isGrave(now)
    if (isOfConsequence) setEffected(answer)
    else await commit()
  }
  return {
    draft,
    base,
    isDirty,
    isBusy,
    isSaved: isSaved && !isDirty,
    failure: away ? t(away === 'edit' ? 'awaySaving' : 'away') : form.failure && failureText(t, form.failure),
    problemAt: (path: string) => forms.problemAt(form.problems, path),
    change: (some: Partial<D>) => {
      setSaved(false)
      setAway(null)
      setForm((one) => forms.changed(one, some))
    },
    reset: () => setForm(forms.begun(opened, empty)),
    save,
    /** Null where an edit cannot change who sees what. */
    preview: desk.previewOf(now) && preview,
    effected,
    confirm: commit,
    dismiss: () => setEffected(null),
    conflict: theirs && {
      theirs: theirs.draft,
      fields: clashes(fields, base, draft, theirs.draft),
    },
    decide: (keep: ReadonlySet<keyof D & string>) => setForm((one) => forms.decided(one, keep, fields)),
  }
}
