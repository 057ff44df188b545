import { useSyncExternalStore } from 'react'
import type { Theme } from '../../app/preferences.ts'

/** Whether the app is shown dark. */
export function useDark(chosen: Theme): boolean {
  const system = useSyncExternalStore(subscribe, () => QUERY.matches)
  return chosen === 'system' ? system : chosen === 'dark'
}

const QUERY = matchMedia('(prefers-color-scheme: dark)')

function subscribe(listener: () => void): () => void {
  QUERY.addEventListener('change', listener)
  return () => QUERY.removeEventListener('change', listener)
}
