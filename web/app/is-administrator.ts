import { useEffect, useMemo, useState } from 'react'
import { AbilitiesDocument } from '../generated/graphql.ts'
import { createTransport } from '../sdk/transport.ts'
import { authorisedFetch } from './authorised-fetch.ts'
import type { Session } from './session.ts'

/** Whether the administration is offered: asked whenever the server is there again. The server decides by itself what is shown. */
export function useIsAdministrator(session: Session, isLive: boolean): boolean {
  const { request } = useMemo(
    () => createTransport({ url: location.origin, fetch: authorisedFetch(session) }),
    [session],
  )
  const [is, setIs] = useState(false)
  useEffect(() => {
    if (!isLive) return
    const end = new AbortController()
    void request(AbilitiesDocument, {}, { signal: end.signal }).then(
      ({ viewer }) => setIs((viewer?.abilities.length ?? 0) > 0),
      // Gone again, or signed out: it stays as it was said last.
      () => {},
    )
    return () => end.abort()
  }, [request, isLive])
  return is
}
