import { useMemo, type ReactNode } from 'react'
import { Client, fetchExchange, Provider } from 'urql'
import { authorisedFetch } from './authorised-fetch.ts'
import type { Session } from './session.ts'

/**
 * Queries and mutations for the pages within. Rows of the directory are not asked for here: they are in the copy. For pages
 * that are loaded when they are opened: contacts do without urql.
 */
export function ApiProvider({
  session,
  children,
}: {
  readonly session: Session
  readonly children: ReactNode
}) {
  const api = useMemo(
    () =>
      new Client({
        url: '/graphql',
        exchanges: [fetchExchange],
        preferGetMethod: false,
        requestPolicy: 'network-only',
        fetch: authorisedFetch(session),
      }),
    [session],
  )
  return <Provider value={api}>{children}</Provider>
}
