import { useEffect } from 'react'
import type { Directory } from '../app/directory.ts'
import type { News } from './admin.ts'

/** Changes that come one after the other are answered by one question, in milliseconds. */
const PAUSE_MS = 250
/** What the own copy does not show (disabled people, other branches) is looked at so often, in milliseconds. */
const LOOK_MS = 20_000

/** Tells the console whenever the local copy has changed, when somebody comes back to the page, and now and then. */
export function useNews(directory: Directory, news: News): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null
    let seen = viewOf(directory)
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = null
        news.tell()
      }, PAUSE_MS)
    }
    const unsubscribe = directory.state.subscribe(() => {
      const view = viewOf(directory)
      if (view === seen) return
      seen = view
      soon()
    })
    const onVisible = () => {
      if (document.visibilityState === 'visible') soon()
    }
    const looking = setInterval(onVisible, LOOK_MS)
    document.addEventListener('visibilitychange', onVisible)
    return () => {
      unsubscribe()
      clearInterval(looking)
      document.removeEventListener('visibilitychange', onVisible)
      if (timer !== null) clearTimeout(timer)
    }
  }, [directory, news])
}

function viewOf(directory: Directory): object | null {
  const state = directory.state.value
  return state.kind === 'ready' ? state.view : null
}
