import { DirectoryClient, type ClientStatus } from '../sdk/client.ts'
import { DirectoryError } from '../sdk/error.ts'
import { IndexedDbStore } from '../sdk/indexed-db-store.ts'
import { Transport } from '../sdk/transport.ts'
import type { Connection, Directory, DirectoryState } from './directory.ts'
import { SignedOut, type Account, type Session } from './session.ts'
import { Store } from './store.ts'

const CONNECTIONS: Readonly<Record<ClientStatus['state'], Connection>> = {
  opening: 'connecting',
  downloading: 'connecting',
  following: 'connecting',
  live: 'live',
  paused: 'offline',
  emptied: 'offline',
  ended: 'offline',
}

/** The directory of an account, kept in the database of this browser. */
export function openDirectory(session: Session, account: Account): Directory {
  const client = new DirectoryClient({
    transport: new Transport({ url: location.origin, token: () => tokenOf(session) }),
    store: new IndexedDbStore(`dolores.${account.staffId}`),
    copyLeaseSeconds: account.copyLeaseSeconds,
  })
  const state = new Store(stateOf(client.status))
  let isClosing = false
  client.subscribe(() => {
    const { status } = client
    const hasEnded = status.state === 'ended' && !isClosing
    state.set(stateOf(status))
    if (!hasEnded) return
    isClosing = true
    void session.recheck()
  })
  const wake = () => {
    if (document.visibilityState === 'visible') client.wake()
  }
  const sleep = () => client.sleep()
  window.addEventListener('online', wake)
  window.addEventListener('offline', sleep)
  document.addEventListener('visibilitychange', wake)
  const end = () => {
    isClosing = true
    window.removeEventListener('online', wake)
    window.removeEventListener('offline', sleep)
    document.removeEventListener('visibilitychange', wake)
  }
  return {
    state,
    waitFor: (version) => client.waitFor(version),
    close: async () => {
      end()
      await client.close()
    },
    wipe: async () => {
      end()
      await client.wipe()
    },
  }
}

function stateOf({ state, copy, received, reachedAt, hasExpired }: ClientStatus): DirectoryState {
  if (copy)
    return {
      kind: 'ready',
      view: copy,
      connection: CONNECTIONS[state],
      reachedAt: reachedAt ?? new Date(0),
    }
  return hasExpired && state === 'emptied' ? { kind: 'expired' } : { kind: 'loading', received }
}

async function tokenOf(session: Session): Promise<string> {
  try {
    return await session.token()
  } catch (error) {
    if (error instanceof SignedOut) throw new DirectoryError('UNAUTHENTICATED', 'Nobody is signed in.')
    throw new DirectoryError('NETWORK', 'The server cannot be reached.', { cause: error })
  }
}
