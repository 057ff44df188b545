import { useCallback, useEffect, useMemo, useState } from 'react'
import { AbilitiesDocument } from '../generated/graphql.ts'
import { createTransport } from '../sdk/transport.ts'
import { isRefused, readSight, type Looking, type Sight } from './looking.ts'
import { lifeOf } from './session.ts'

/** How often is asked whether one may still look, in milliseconds. */
const LOOK_MS = 15_000

/** What somebody else sees, until the time is up or the right to look is gone: then nothing of it is left. */
export function useSight({ accessToken }: Looking): { readonly sight: Sight; readonly refresh: () => void } {
  const { request } = useMemo(
    () => createTransport({ url: location.origin, token: accessToken }),
    [accessToken],
  )
  const [sight, setSight] = useState<Sight>({ kind: 'loading', received: 0 })
  const [round, setRound] = useState(0)
  useEffect(() => {
    const end = new AbortController()
    const onRows = (received: number) =>
      setSight((now) => (now.kind === 'loading' ? { kind: 'loading', received } : now))
    void readSight(request, end.signal, onRows).then(setSight, () => {})
    return () => end.abort()
  }, [request, round])
  const isOver = sight.kind === 'over'
  useEffect(() => {
    if (isOver) return
    const end = new AbortController()
    const over = () => setSight({ kind: 'over' })
    const timer = setTimeout(over, lifeOf(accessToken))
    const asking = setInterval(() => {
      void request(AbilitiesDocument, {}, { signal: end.signal }).catch((error: unknown) => {
        if (isRefused(error) && !end.signal.aborted) over()
      })
    }, LOOK_MS)
    return () => {
      end.abort()
      clearTimeout(timer)
      clearInterval(asking)
    }
  }, [request, accessToken, isOver])
  const refresh = useCallback(() => {
    setSight({ kind: 'loading', received: 0 })
    setRound((n) => n + 1)
  }, [])
  return { sight, refresh }
}
