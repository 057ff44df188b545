import { App } from 'antd'
import { useState } from 'react'
import { EditKeys, useAdmin, type Answer, type Outcome } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { failureText, issueText } from '../issues.ts'
import { useUnsaved } from '../unsaved.ts'

/** What is wrong beside a field, for antd's Form.Item. */
export type FieldState = { readonly validateStatus?: 'error'; readonly help?: string }

export interface FormOptions<D> {
  readonly initial: D
  /** What is wrong before the server is asked, by field. */
  readonly check: (draft: D) => Readonly<Record<string, string>>
  /** At which field something is shown that the server says of the whole; null: of none. */
  readonly place: (failure: Answer) => readonly [field: string, text: string] | null
  readonly onClose: () => void
}

/** A draft in a dialog: problems stand at their fields, nothing is lost without asking, nothing is done twice. */
export function useForm<D extends object>({ initial, check, place, onClose }: FormOptions<D>) {
  const { t } = useTexts()
  const { modal } = App.useApp()
  const { news } = useAdmin()
  const [keys] = useState(() => new EditKeys())
  const [draft, setDraft] = useState(initial)
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({})
  const [failure, setFailure] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const isDirty = JSON.stringify(draft) !== JSON.stringify(initial)
  useUnsaved(isDirty)
  return {
    draft,
    failure,
    isBusy,
    change: (some: Partial<D>) => {
      setDraft({ ...draft, ...some })
      setProblems(Object.fromEntries(Object.entries(problems).filter(([field]) => !(field in some))))
      setFailure(null)
    },
    state: (field: string): FieldState => {
      const help = problems[field]
      return help === undefined ? {} : { validateStatus: 'error', help }
    },
    /** Answers what was answered; null while something is wrong. */
    save: async <T>(content: object, work: (key: string) => Promise<Outcome<T>>): Promise<T | null> => {
      if (isBusy) return null
      const found = check(draft)
      setProblems(found)
      if (Object.keys(found).length > 0) return null
      setBusy(true)
      const outcome = await work(keys.of(content))
      setBusy(false)
      if (outcome.kind === 'done') return outcome.answer
      if (outcome.kind === 'away') {
        setFailure(t('awaySaving'))
        return null
      }
      // What it is by now is asked for, to be looked at.
      if (outcome.failure.code === 'CONFLICT') news.tell()
      const placed = place(outcome.failure)
      const issues = (outcome.failure.issues ?? []).filter(({ path }) => path in draft)
      setProblems(
        Object.fromEntries([
          ...issues.map(({ path, message }) => [path, issueText(t, message)]),
          ...(placed ? [placed] : []),
        ]),
      )
      setFailure(issues.length > 0 || placed ? null : failureText(t, outcome.failure))
      return null
    },
    leave: () => {
      if (!isDirty) return onClose()
      void modal.confirm({
        title: t('unsavedTitle'),
        content: t('unsavedText'),
        okText: t('discard'),
        okButtonProps: { danger: true },
        cancelText: t('keepEditing'),
        onOk: onClose,
      })
    },
  }
}
