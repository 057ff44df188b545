import { useState } from 'react'
import { useI18n } from '../i18n/i18n.tsx'
import type { Updates } from './updates.ts'

/** The server speaks with this version of the app no more (W1): says so, and gets the new one. */
export function Outdated({ updates }: { updates: Updates }) {
  const { t } = useI18n()
  const [doing, setDoing] = useState<'nothing' | 'updating' | 'failed'>('nothing')
  const update = async () => {
    setDoing('updating')
    if (!(await updates.replace())) setDoing('failed')
  }
  return (
    <>
      <p role="alert">{doing === 'failed' ? t('serverAway') : t('outdated')}</p>
      <button className="button primary" disabled={doing === 'updating'} onClick={() => void update()}>
        {t('update')}
      </button>
    </>
  )
}
