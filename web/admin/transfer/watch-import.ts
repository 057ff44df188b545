import type { Session } from '../../app/session.ts'
import { ImportProgressDocument, type ImportPartsFragment } from '../../generated/graphql.ts'
import { subscribed, waited } from '../subscribe.ts'

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
    await waited(PAUSE_MS, signal)
  }
}

async function once({
  session,
  id,
  onProgress,
  onLine,
  signal,
}: WatchOptions): Promise<'finished' | 'gone' | 'broken'> {
  let isFinished = false
  const ended = await subscribed({
    session,
    document: ImportProgressDocument,
    variables: { id },
    onData: ({ importProgress: now }) => {
      isFinished = now.finishedAt !== null
      onLine(true)
      onProgress(now)
    },
    signal,
  })
  return isFinished ? 'finished' : ended === 'refused' ? 'gone' : 'broken'
}
