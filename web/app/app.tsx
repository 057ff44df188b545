import { useCallback, useEffect, useMemo, useState } from 'react'
import { FavouritesStore, forgetFavourites } from '../contacts/favourites.ts'
import { I18nContext, i18nOf } from '../i18n/i18n.tsx'
import { Photos, PhotosContext } from '../ui/photos.ts'
import { authorisedFetch } from './authorised-fetch.ts'
import type { Directory } from './directory.ts'
import { RouterContext, useRouter } from './link.tsx'
import { LoginPage } from './login-page.tsx'
import { LookContext, type Looking } from './looking.ts'
import { LookingShell } from './looking-shell.tsx'
import type { Preferences } from './preferences.ts'
import type { Router } from './router.ts'
import type { Account, Session } from './session.ts'
import { Shell } from './shell.tsx'
import { useStore } from './store.ts'
import type { Updates } from './updates.ts'

export interface AppProps {
  readonly session: Session
  readonly router: Router
  readonly preferences: Preferences
  readonly updates: Updates
  /** The directory of whoever is signed in. */
  readonly open: (account: Account) => Directory
}

export function App({ session, router, preferences, updates, open }: AppProps) {
  const { language } = useStore(preferences.values)
  const state = useStore(session.state)
  const i18n = useMemo(() => i18nOf(language), [language])
  useEffect(() => {
    document.title = `${i18n.t('appName')} · Dolores`
  }, [i18n])
  // After the pages of whoever was signed in are gone, which would write them again.
  useEffect(() => {
    if (state.kind !== 'unknown') forgetFavourites(state.kind === 'signedIn' ? state.account.staffId : null)
  }, [state])
  return (
    <I18nContext value={i18n}>
      <RouterContext value={router}>
        {state.kind === 'unknown' && <p className="empty">{i18n.t('opening')}</p>}
        {state.kind === 'signedOut' && (
          <LoginPage session={session} preferences={preferences} hasEnded={state.ended} />
        )}
        {state.kind === 'signedIn' && (
          <SignedIn
            key={state.account.sessionId}
            account={state.account}
            session={session}
            preferences={preferences}
            updates={updates}
            open={open}
          />
        )}
      </RouterContext>
    </I18nContext>
  )
}

function SignedIn({
  account,
  session,
  preferences,
  updates,
  open,
}: Omit<AppProps, 'router'> & { readonly account: Account }) {
  const parts = useMemo(
    () => ({
      photos: new Photos(authorisedFetch(session)),
      directory: open(account),
      favourites: new FavouritesStore(account.staffId),
    }),
    [session, open, account],
  )
  useEffect(() => parts.directory.onHidden((isShown) => parts.photos.keep(isShown)), [parts])
  useEffect(
    () => () => {
      parts.photos.clear()
      // Signed out, by whomever, or somebody else signed in: nothing stays (T118). The same person's copy is opened again.
      const { value } = session.state
      const isStill = value.kind === 'signedIn' && value.account.staffId === account.staffId
      void (isStill ? parts.directory.close() : parts.directory.wipe())
    },
    [parts, session, account],
  )
  const { looking, look, end } = useLooking()
  // In the place of all that is one's own: it comes again when that is ended.
  if (looking) return <LookingShell key={looking.accessToken} looking={looking} onEnd={end} />
  return (
    <LookContext value={look}>
      <PhotosContext value={parts.photos}>
        <Shell
          session={session}
          account={account}
          preferences={preferences}
          updates={updates}
          directory={parts.directory}
          favourites={parts.favourites}
        />
      </PhotosContext>
    </LookContext>
  )
}

/** As whom the directory is looked at, if not as oneself: in memory alone. The back button ends it, and one is where one was. */
function useLooking() {
  const router = useRouter()
  const [looking, look] = useState<Looking | null>(null)
  const end = useCallback(() => look(null), [])
  useEffect(() => {
    if (!looking) return
    router.guard = end
    return () => {
      router.guard = null
    }
  }, [looking, router, end])
  return { looking, look, end }
}
