import { indexedDbStore } from '../sdk/indexed-db-store.ts'
import type { CopyStore } from '../sdk/store.ts'

/**
 * The copy of a browser, which several tabs show: the one that holds the lock writes it, for as long as it is open; the others
 * begin with what is there, and keep for themselves what comes. Whoever deletes it deletes it for all.
 */
export function tabStore(name: string): CopyStore {
  const shared = indexedDbStore(name)
  const end = new AbortController()
  let isWriter = false
  return {
    async load() {
      isWriter = await takeLock(`${name}.writer`, end.signal)
      return await shared.load()
    },
    replace: async (copy, note) => {
      if (isWriter) await shared.replace(copy, note)
    },
    write: async (step, note) => {
      if (isWriter) await shared.write(step, note)
    },
    annotate: async (note) => {
      if (isWriter) await shared.annotate(note)
    },
    clear: () => shared.clear(),
    close: async () => {
      end.abort()
      await shared.close()
    },
  }
}

/** Whether the lock is ours, until the signal. */
function takeLock(name: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const held = navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      resolve(lock !== null)
      if (lock) await new Promise((done) => signal.addEventListener('abort', done, { once: true }))
    })
    held.catch(() => resolve(false))
  })
}

/** Nothing is left of it on the device. */
export function deleteCopy(name: string): Promise<void> {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name)
    for (const event of ['success', 'error', 'blocked'] as const)
      request.addEventListener(event, () => resolve())
  })
}
