import { useState, type FormEvent } from 'react'
import { useMutation } from 'urql'
import { ChangePasswordDocument } from '../generated/graphql.ts'
import { useI18n } from '../i18n/i18n.tsx'

const LEAST = 8

export function PasswordForm() {
  const { t } = useI18n()
  const [{ fetching }, change] = useMutation(ChangePasswordDocument)
  const [said, setSaid] = useState<{ readonly isDone: boolean; readonly text: string } | null>(null)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const typed = (name: string) => {
      const value = new FormData(form).get(name)
      return typeof value === 'string' ? value : ''
    }
    const fail = (text: string) => setSaid({ isDone: false, text })
    if (typed('next') !== typed('again')) return fail(t('passwordsDiffer'))
    const { data, error } = await change({ current: typed('current'), next: typed('next') })
    if (error || !data) return fail(t('serverAway'))
    const { changePassword: outcome } = data
    switch (outcome.__typename) {
      case 'PasswordChanged':
        form.reset()
        return setSaid({ isDone: true, text: t('passwordChanged') })
      case 'InvalidCredentials':
        return fail(t('passwordWrong'))
      case 'TooManyAttempts':
        return fail(t('tooManyAttempts', { seconds: outcome.retryAfterSeconds }))
      case 'PasswordRefused':
        return fail(t(`passwordFault_${outcome.fault}`))
    }
  }
  return (
    <form className="narrow" onSubmit={(event) => void submit(event)}>
      <label className="field">
        {t('currentPassword')}
        <input name="current" type="password" autoComplete="current-password" required />
      </label>
      <label className="field">
        {t('newPassword')}
        <input name="next" type="password" autoComplete="new-password" minLength={LEAST} required />
        <span className="hint">{t('passwordHint')}</span>
      </label>
      <label className="field">
        {t('repeatPassword')}
        <input name="again" type="password" autoComplete="new-password" minLength={LEAST} required />
      </label>
      <p role="alert" className={said?.isDone === false ? 'problem' : 'hint'}>
        {said?.text}
      </p>
      <button className="button primary" disabled={fetching}>
        {t('save')}
      </button>
    </form>
  )
}
