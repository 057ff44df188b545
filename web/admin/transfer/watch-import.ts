import { createClient } from 'graphql-ws'
import type { Session } from '../../app/session.ts'
import {
  ImportProgressDocument,
  type ImportPartsFragment,
  type ImportProgressSubscription,
} from '../../generated/graphql.ts'
import { PROTOCOL } from '../../sdk/protocol.ts'
import { textOf } from '../../sdk/transport.ts'

export interface WatchOptions {
  readonly session: Session
  readonly id: string
  readonly onProgress: (now: ImportPartsFragment) => void
  /** Whether the server can be heard. */
  readonly onLine: (isThere: boolean) => void
  /** There is no such import, or it may not be seen any more. */
  readonly onGone: () => void
  readonly signal: AbortSignal
}

/** After a line that broke, in milliseconds. */
const PAUSE_MS = 2000

/** Tells how far an import is until it is finished, over as many connections as that takes. */
export async function watchImport(o: WatchOptions): Promise<void> {
  const { signal, onLine, onGone } = o
  while (!signal.aborted) {
    const end = await once(o)
    if (end === 'finished' || signal.aborted) return
    if (end === 'gone') return onGone()
    onLine(false)
    await pause(PAUSE_MS, signal)
  }
}

async function once({
  session,
  id,
  onProgress,
  onLine,
  signal,
}: WatchOptions): Promise<'finished' | 'gone' | 'broken'> {
  let token: string
  try {
    token = await session.token()
  } catch {
    return 'broken'
  }
  return await new Promise((resolve) => {
    const client = createClient({
      url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
      connectionParams: { authorization: `Bearer ${token}`, protocol: PROTOCOL },
      retryAttempts: 0,
    })
    let isFinished = false
    let isGone = false
    const end = () => {
      signal.removeEventListener('abort', end)
      void client.dispose()
      resolve(isFinished ? 'finished' : isGone ? 'gone' : 'broken')
    }
    signal.addEventListener('abort', end)
    client.subscribe<ImportProgressSubscription>(
      { query: textOf(ImportProgressDocument), variables: { id } },
      {
        next: ({ data }) => {
          if (!data || signal.aborted) return
          const now = data.importProgress
          isFinished = now.finishedAt !== null
          onLine(true)
          onProgress(now)
        },
        error: (reason) => {
          // Errors of the operation are an answer; anything else is the line.
          isGone = Array.isArray(reason)
          end()
        },
        complete: end,
      },
    )
  })
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
