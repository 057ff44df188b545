import { useState } from 'react'
import { useI18n } from '../i18n/i18n.tsx'
import type { DirectoryState } from './directory.ts'
import { Outdated } from './outdated.tsx'
import { useStore } from './store.ts'
import type { Updates } from './updates.ts'

/** Says so when what is shown may be old, or when there is a new version; nothing is to be seen of it otherwise. */
export function StatusBar({ state, updates }: { state: DirectoryState; updates: Updates }) {
  const { t, time } = useI18n()
  const isReady = useStore(updates.isReady)
  const [isLater, setLater] = useState(false)
  if (state.kind === 'ready' && state.connection === 'outdated')
    return (
      <div className="status-bar bar">
        <Outdated updates={updates} />
      </div>
    )
  const hasUpdate = isReady && !isLater
  const text =
    state.kind !== 'ready' || state.connection === 'live'
      ? null
      : state.connection === 'offline'
        ? t('offline', { time: time(state.reachedAt) })
        : t('connecting')
  return (
    <div className={text === null && !hasUpdate ? 'hidden-text' : 'status-bar bar'}>
      <span role="status">{text}</span>
      {hasUpdate && (
        <>
          <span role="status">{t('updateReady')}</span>
          <button className="button" onClick={() => updates.apply()}>
            {t('update')}
          </button>
          <button className="button plain" onClick={() => setLater(true)}>
            {t('later')}
          </button>
        </>
      )}
    </div>
  )
}
