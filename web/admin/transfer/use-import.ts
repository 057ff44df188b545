import { useEffect, useState } from 'react'
import type { Session } from '../../app/session.ts'
import type { ImportPartsFragment } from '../../generated/graphql.ts'
import { useAdmin } from '../admin.ts'
import { watchImport } from './watch-import.ts'

/** An import as it is now, followed for as long as it moves; `again` follows it anew, after an undo or a stop. */
export function useImport(
  session: Session,
  id: string,
): {
  readonly now: ImportPartsFragment | null
  readonly isLineBroken: boolean
  readonly isGone: boolean
  readonly again: () => void
} {
  const { news } = useAdmin()
  const [now, setNow] = useState<ImportPartsFragment | null>(null)
  const [isThere, setThere] = useState(true)
  const [isGone, setGone] = useState(false)
  const [round, setRound] = useState(0)
  useEffect(() => {
    const end = new AbortController()
    void watchImport({
      session,
      id,
      signal: end.signal,
      onLine: setThere,
      onGone: () => setGone(true),
      onProgress: (next) => {
        setNow(next)
        // Its rows, and the directory, are as it has left them.
        if (next.finishedAt !== null) news.tell()
      },
    })
    return () => end.abort()
  }, [session, id, news, round])
  return { now, isLineBroken: !isThere, isGone, again: () => setRound((n) => n + 1) }
}
