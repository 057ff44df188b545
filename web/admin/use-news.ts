import { useEffect } from 'react'
import type { Directory } from '../app/directory.ts'
import type { Session } from '../app/session.ts'
import { AdministrationChangedDocument } from '../generated/graphql.ts'
import type { News } from './admin.ts'
import { subscribed, waited } from './subscribe.ts'

/** Changes that come one after the other are answered by one question, in milliseconds. */
const PAUSE_MS = 250
/** After a line that broke, in milliseconds. */
const AGAIN_MS = 2000
/** Where the line is broken it is looked at so often, in milliseconds. */
const LOOK_MS = 20_000

/**
 * Tells the console whenever something of what it shows has changed, disabled people and other branches included: the server
 * says so. Besides when the local copy has changed, when somebody comes back to the page, and now and then.
 */
export function useNews(session: Session, directory: Directory, news: News): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null
    let seen = viewOf(directory)
    const stop = new AbortController()
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
    void follow(session, soon, stop.signal)
    return () => {
      stop.abort()
      unsubscribe()
      clearInterval(looking)
      document.removeEventListener('visibilitychange', onVisible)
      if (timer !== null) clearTimeout(timer)
    }
  }, [session, directory, news])
}

/** What is told first, on each line, is that it was not heard before: only the first line of all has missed nothing. */
async function follow(session: Session, tell: () => void, signal: AbortSignal): Promise<void> {
  for (let isFirst = true; !signal.aborted; await waited(AGAIN_MS, signal)) {
    await subscribed({
      session,
      document: AdministrationChangedDocument,
      variables: {},
      onData: () => {
        if (!isFirst) tell()
        isFirst = false
      },
      signal,
    })
  }
}

function viewOf(directory: Directory): object | null {
  const state = directory.state.value
  return state.kind === 'ready' ? state.view : null
}
