import { createQueries } from '../sdk/queries.ts'
import type { Status } from '../sdk/engine.ts'
import { createTabClient } from '../sdk/tabs.ts'
import { accountToken } from './account-token.ts'
import type { Connection, Directory, DirectoryState, DirectoryView } from './directory.ts'
import type { Account, Session } from './session.ts'
import { Store } from './store.ts'

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

/** The directory of an account, kept in the database of this browser; its tabs share one copy and one socket. */
export function openDirectory(session: Session, account: Account): Directory {
  const name = `dolores.${account.staffId}`
  const client = createTabClient({
    name,
    url: location.origin,
    getToken: (refused) => accountToken(session, account, refused),
    account: account.staffId,
    copyLeaseSeconds: account.copyLeaseSeconds,
  })
  const queries = createQueries(client, { preparesSearch: true })
  const viewOf = (): DirectoryView | null => {
    const { rows, outline } = client
    if (rows) return { queries, fields: rows.fields, isEmpty: rows.departments.size + rows.staff.size === 0 }
    // Without departments it is not known yet whether there is anybody.
    const isTree = outline !== null && outline.departments.size > 0
    return isTree ? { queries, fields: outline.head.fields, isEmpty: false } : null
  }
  let view = viewOf()
  const state = new Store(stateOf(client.status, view))
  const show = () => state.set(stateOf(client.status, view))
  const look = () => {
    view = viewOf()
    show()
  }
  client.onNews(look)
  client.onOutline(look)
  queries.watch((q) => q.isLoading(null), look)
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
    queries.close()
    await client.close()
  }
  return {
    state,
    onHidden: (listener) =>
      client.onNews((news) => {
        const isSomebodyGone =
          news.kind === 'reset' || news.changes.some((c) => c.category === 'STAFF' && c.after === null)
        if (isSomebodyGone) listener((id) => news.rows?.staff.has(id) === true)
      }),
    waitFor: async (version) => void (await client.waitFor(version)),
    close,
    wipe: async () => {
      await close()
      await deleteDatabase(name)
    },
  }
}

function stateOf(status: Status, view: DirectoryView | null): DirectoryState {
  const { kind, isLapsed, loadedRows, heardAt, error } = status
  const connection = kind === 'failed' && error?.code === 'TOO_OLD' ? 'outdated' : CONNECTIONS[kind]
  if (view) return { kind: 'ready', view, connection, reachedAt: heardAt ?? new Date() }
  if (connection === 'outdated') return { kind: 'outdated' }
  if (kind === 'failed') return { kind: 'failed', isFull: error?.code === 'STORE_FAILED' }
  return isLapsed
    ? { kind: 'expired' }
    : { kind: 'loading', received: loadedRows ?? 0, isAway: connection === 'offline' }
}

/** Nothing is left of it on the device. Where another tab has it open yet, it goes with that. */
function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name)
    for (const event of ['success', 'error', 'blocked'] as const)
      request.addEventListener(event, () => resolve())
  })
}
