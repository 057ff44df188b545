import { useI18n } from '../i18n/i18n.tsx'
import type { DirectoryState } from './directory.ts'

/** Says so when what is shown may be old; nothing is to be seen of it otherwise. */
export function StatusBar({ state }: { state: DirectoryState }) {
  const { t, time } = useI18n()
  const text =
    state.kind !== 'ready' || state.connection === 'live'
      ? null
      : state.connection === 'offline'
        ? t('offline', { time: time(state.reachedAt) })
        : t('connecting')
  return (
    <div role="status" className={text === null ? 'hidden-text' : 'status-bar bar'}>
      {text}
    </div>
  )
}
