import { ApiProvider } from '../app/api-provider.tsx'
import { Link } from '../app/link.tsx'
import type { Directory } from '../app/directory.ts'
import type { Preferences } from '../app/preferences.ts'
import { ME_SECTIONS, type MeSection } from '../app/router.ts'
import type { Account, Session } from '../app/session.ts'
import type { FavouritesStore } from '../contacts/favourites.ts'
import { useI18n } from '../i18n/i18n.tsx'
import { PasswordForm } from './password-form.tsx'
import { Profile } from './profile.tsx'
import { SessionList } from './session-list.tsx'
import { Settings } from './settings.tsx'
import { SignOut } from './sign-out.tsx'
import './me.css'

export interface MePageProps {
  readonly section: MeSection
  readonly session: Session
  readonly account: Account
  readonly directory: Directory
  readonly favourites: FavouritesStore
  readonly preferences: Preferences
}

const TITLES = {
  profile: 'profile',
  password: 'changePassword',
  sessions: 'sessions',
  settings: 'settings',
} as const satisfies Record<MeSection, string>

/** What somebody does with their own account. */
export function MePage({ section, session, account, directory, favourites, preferences }: MePageProps) {
  const { t } = useI18n()
  return (
    <ApiProvider session={session}>
      <div className="me">
        <nav aria-label={t('me')}>
          {ME_SECTIONS.map((name) => (
            <Link
              key={name}
              className="row me-link"
              to={{ page: 'me', section: name }}
              aria-current={name === section ? 'page' : undefined}
            >
              {t(TITLES[name])}
            </Link>
          ))}
          <SignOut session={session} favourites={favourites} />
        </nav>
        <section aria-labelledby="me-title">
          <h1 id="me-title">{t(TITLES[section])}</h1>
          {section === 'profile' && <Profile account={account} directory={directory} />}
          {section === 'password' && <PasswordForm />}
          {section === 'sessions' && <SessionList />}
          {section === 'settings' && <Settings preferences={preferences} />}
        </section>
      </div>
    </ApiProvider>
  )
}
