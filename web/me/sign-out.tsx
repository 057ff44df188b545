import { useRef } from 'react'
import type { Session } from '../app/session.ts'
import { useStore } from '../app/store.ts'
import type { FavouritesStore } from '../contacts/favourites.ts'
import { useI18n } from '../i18n/i18n.tsx'

/** Signs out; asks before where something would be lost that is on this device alone. */
export function SignOut({ session, favourites }: { session: Session; favourites: FavouritesStore }) {
  const { t } = useI18n()
  const dialog = useRef<HTMLDialogElement>(null)
  const { starred } = useStore(favourites.value)
  const leave = () => void session.logout()
  return (
    <>
      <button
        className="row me-link"
        onClick={() => (starred.length === 0 ? leave() : dialog.current?.showModal())}
      >
        {t('signOut')}
      </button>
      <dialog ref={dialog} className="modal" aria-labelledby="sign-out-title">
        <h2 id="sign-out-title">{t('signOut')}</h2>
        <p>{t('signOutLoses', { count: starred.length })}</p>
        <div className="actions">
          <button className="button" onClick={() => dialog.current?.close()}>
            {t('cancel')}
          </button>
          <button className="button primary" onClick={leave}>
            {t('signOutAnyway')}
          </button>
        </div>
      </dialog>
    </>
  )
}
