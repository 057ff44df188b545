import { useState, type ChangeEvent, type FormEvent } from 'react'
import { useMutation, useQuery } from 'urql'
import type { Directory } from '../app/directory.ts'
import { useStore } from '../app/store.ts'
import type { Account } from '../app/session.ts'
import { SetStaffPhotoDocument, UpdateProfileDocument, ViewerDocument } from '../generated/graphql.ts'
import { useI18n } from '../i18n/i18n.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { PhotoCrop } from './photo-crop.tsx'

/** Nickname and picture; all else is what HR keeps. */
export function Profile({ account, directory }: { account: Account; directory: Directory }) {
  const { t } = useI18n()
  const state = useStore(directory.state)
  const [{ data, error }, again] = useQuery({ query: ViewerDocument, variables: {} })
  const [, updateProfile] = useMutation(UpdateProfileDocument)
  const [, setPhoto] = useMutation(SetStaffPhotoDocument)
  const [picked, setPicked] = useState<File | null>(null)
  const [said, setSaid] = useState<{ readonly isDone: boolean; readonly text: string } | null>(null)
  const [isBusy, setBusy] = useState(false)
  const staff = data?.viewer?.staff
  // The copy is newer than any answer; somebody whom nobody sees, not even themself, is in the answer alone.
  const shown = (state.kind === 'ready' ? state.view.queries.person(account.staffId) : null) ?? staff
  if (error && !shown) return <p className="problem">{t('serverAway')}</p>
  if (!shown) return <p className="hint">{t('opening')}</p>

  const finish = async (work: Promise<Outcome>) => {
    setBusy(true)
    setSaid(null)
    const outcome = await work
    if (outcome.problem === null && outcome.version !== null) await directory.waitFor(outcome.version)
    again()
    setBusy(false)
    setSaid({ isDone: outcome.problem === null, text: outcome.problem ?? t('saved') })
  }
  const saveNickname = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const value = new FormData(event.currentTarget).get('nickname')
    const nickname = typeof value === 'string' && value.trim() !== '' ? value.trim() : null
    void finish(
      updateProfile({ input: { nickname, idempotencyKey: crypto.randomUUID() } }).then((answer) =>
        outcomeOf(answer.data?.updateProfile, t('serverAway')),
      ),
    )
  }
  const savePhoto = (photo: string | null) => {
    setPicked(null)
    void finish(
      setPhoto({ input: { id: account.staffId, photo, idempotencyKey: crypto.randomUUID() } }).then(
        (answer) => outcomeOf(answer.data?.setStaffPhoto, t('serverAway')),
      ),
    )
  }
  const pick = ({ currentTarget }: ChangeEvent<HTMLInputElement>) => {
    setPicked(currentTarget.files?.[0] ?? null)
    currentTarget.value = ''
  }
  return (
    <>
      <div className="own-picture">
        <Avatar of={shown} size={96} />
        <div>
          <p className="own-name">{shown.name}</p>
          <p className="detail">{staff?.login}</p>
          <div className="actions">
            <label className="button">
              {t('changePhoto')}
              <input
                className="hidden-text"
                type="file"
                accept="image/png,image/jpeg,image/webp,image/gif"
                onChange={pick}
              />
            </label>
            <button className="button plain" disabled={isBusy} onClick={() => savePhoto(null)}>
              {t('removePhoto')}
            </button>
          </div>
        </div>
      </div>
      <form className="narrow" onSubmit={saveNickname}>
        <label className="field">
          {t('nickname')}
          <input name="nickname" key={shown.nickname} defaultValue={shown.nickname ?? ''} maxLength={100} />
        </label>
        <p role="status" className={said?.isDone === false ? 'problem' : 'hint'}>
          {said?.text}
        </p>
        <button className="button primary" disabled={isBusy}>
          {t('save')}
        </button>
      </form>
      {picked && <PhotoCrop file={picked} onCancel={() => setPicked(null)} onDone={savePhoto} />}
    </>
  )
}

interface Outcome {
  readonly problem: string | null
  readonly version: string | null
}

function outcomeOf(
  answer: { readonly message?: string; readonly version?: string | null } | undefined,
  away: string,
): Outcome {
  if (!answer) return { problem: away, version: null }
  return { problem: answer.message ?? null, version: answer.version ?? null }
}
