import { createDirectoryClient, type DirectoryClient } from '../sdk/client.ts'
import type { Status } from '../sdk/engine.ts'
import type { News, RowChange } from '../sdk/keeper.ts'
import { Outline } from '../sdk/outline.ts'
import type { Connection, Directory, DirectoryState, DirectoryView } from './directory.ts'
import { SignedOut, type Account, type Session } from './session.ts'
import { Store } from './store.ts'
import { deleteCopy, tabStore } from './tab-store.ts'

const CONNECTIONS: Readonly<Record<Status['kind'], Connection>> = {
  opening: 'connecting',
  loading: 'connecting',
  catchingUp: 'connecting',
  subscribing: 'connecting',
  live: 'live',
  renewing: 'connecting',
  waiting: 'offline',
  ended: 'offline',
  failed: 'offline',
  closed: 'offline',
}

/** The directory of an account, kept in the database of this browser. */
export function openDirectory(session: Session, account: Account): Directory {
  const name = `dolores.${account.staffId}`
  const client = createDirectoryClient({
    url: location.origin,
    getToken: (refused) => tokenOf(session, refused),
    store: tabStore(name),
    account: account.staffId,
    copyLeaseSeconds: account.copyLeaseSeconds,
  })
  let view: DirectoryView | null = null
  const state = new Store(stateOf(client, view))
  const show = () => state.set(stateOf(client, view))
  client.onNews((news) => {
    view = viewAfter(view, news)
    show()
  })
  client.onStatus(({ kind }) => {
    show()
    // Whoever is signed in is asked of the session, which everything else goes by.
    if (kind === 'ended') void session.recheck()
  })
  const end = new AbortController()
  const wake = () => {
    if (document.visibilityState === 'visible') client.wake()
  }
  window.addEventListener('online', wake, { signal: end.signal })
  window.addEventListener('offline', () => client.lose(), { signal: end.signal })
  document.addEventListener('visibilitychange', wake, { signal: end.signal })
  const close = async () => {
    end.abort()
    await client.close()
  }
  return {
    state,
    waitFor: async (version) => void (await client.waitFor(version)),
    close,
    wipe: async () => {
      await close()
      await deleteCopy(name)
    },
  }
}

/** The outline follows step by step; the view around it is another object after each. */
function viewAfter(view: DirectoryView | null, news: News): DirectoryView | null {
  if (news.rows === null) return null
  const { fields } = news.rows
  if (news.kind === 'reset' || !view) return { outline: new Outline(news.rows), fields }
  const of = <C extends RowChange['category']>(category: C) =>
    news.changes.filter(
      (change): change is Extract<RowChange, { category: C }> => change.category === category,
    )
  view.outline.apply({
    departments: new Map(of('DEPARTMENT').map(({ id, after }) => [id, after])),
    staff: new Map(of('STAFF').map(({ id, after }) => [id, after])),
  })
  return { outline: view.outline, fields }
}

function stateOf({ status }: DirectoryClient, view: DirectoryView | null): DirectoryState {
  const { kind, isLapsed, loadedRows, heardAt } = status
  if (view) return { kind: 'ready', view, connection: CONNECTIONS[kind], reachedAt: heardAt ?? new Date() }
  return isLapsed ? { kind: 'expired' } : { kind: 'loading', received: loadedRows ?? 0 }
}

async function tokenOf(session: Session, refused: string | null): Promise<string | null> {
  if (refused !== null) session.refuse(refused)
  try {
    return await session.token()
  } catch (error) {
    if (error instanceof SignedOut) return null
    throw error
  }
}
