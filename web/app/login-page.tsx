import { useId, useRef, useState, type FormEvent } from 'react'
import { useI18n } from '../i18n/i18n.tsx'
import { LANGUAGES } from '../i18n/language.ts'
import type { TextKey } from '../i18n/zh-cn.ts'
import type { Preferences } from './preferences.ts'
import type { LoginResult, Session } from './session.ts'
import './login-page.css'

/** Shown by a demo alone, whose directory is made up. */
const DEMO: readonly (readonly [login: string, what: TextKey])[] = [
  ['hr', 'demoHr'],
  ['staff', 'demoStaff'],
  ['guest', 'demoGuest'],
]
const DEMO_PASSWORD = 'dolores'

export interface LoginPageProps {
  readonly session: Session
  readonly preferences: Preferences
  /** Somebody was signed in and is not any more. */
  readonly hasEnded: boolean
}

export function LoginPage({ session, preferences, hasEnded }: LoginPageProps) {
  const { t, language } = useI18n()
  const id = useId()
  const form = useRef<HTMLFormElement>(null)
  const [isBusy, setBusy] = useState(false)
  const [result, setResult] = useState<LoginResult | null>(null)
  const isDemo = document.documentElement.dataset['mode'] === 'demo'
  const other = language === 'zh-CN' ? 'en' : 'zh-CN'

  const signIn = async (login: string, password: string) => {
    setBusy(true)
    setResult(null)
    const outcome = await session.login(login, password)
    if (outcome.kind === 'signedIn') return
    setResult(outcome)
    setBusy(false)
    form.current?.querySelector<HTMLInputElement>('[name=password]')?.select()
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const typed = (name: string) => {
      const value = data.get(name)
      return typeof value === 'string' ? value : ''
    }
    void signIn(typed('login').trim(), typed('password'))
  }
  const problem = problemOf(result)
  return (
    <div className="login">
      <main>
        <form ref={form} onSubmit={submit} aria-describedby={problem ? `${id}-problem` : undefined}>
          <h1>
            <img src="/icon.svg" alt="" />
            {t('signInTitle')}
          </h1>
          {hasEnded && !problem && <p className="problem">{t('sessionEnded')}</p>}
          <label className="field">
            {t('login')}
            <input
              name="login"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              autoFocus
            />
          </label>
          <label className="field">
            {t('password')}
            <input name="password" type="password" autoComplete="current-password" required />
          </label>
          <p className="problem" id={`${id}-problem`} role="alert" hidden={!problem}>
            {problem && t(problem.key, problem.values)}
          </p>
          <button className="button primary" disabled={isBusy}>
            {isBusy ? t('signingIn') : t('signIn')}
          </button>
        </form>
        {isDemo && (
          <section className="demo">
            <h2>{t('demoTitle')}</h2>
            <ul>
              {DEMO.map(([login, what]) => (
                <li key={login}>
                  <button
                    className="button"
                    disabled={isBusy}
                    onClick={() => void signIn(login, DEMO_PASSWORD)}
                  >
                    {login}
                  </button>
                  {t(what)}
                </li>
              ))}
            </ul>
          </section>
        )}
        <footer>
          <button className="button plain" lang={other} onClick={() => preferences.setLanguage(other)}>
            {LANGUAGES[other]}
          </button>
        </footer>
      </main>
    </div>
  )
}

function problemOf(result: LoginResult | null): { key: TextKey; values?: Record<string, number> } | null {
  switch (result?.kind) {
    case 'refused':
      return { key: 'signInFailed' }
    case 'wait':
      return { key: 'tooManyAttempts', values: { seconds: result.seconds } }
    case 'away':
      return { key: 'serverAway' }
    case 'signedIn':
    case undefined:
      return null
  }
}
