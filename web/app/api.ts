import { Client, fetchExchange } from 'urql'
import { authorisedFetch } from './authorised-fetch.ts'
import type { Session } from './session.ts'

/** Queries and mutations. Rows of the directory are not asked for here: they are in the copy. */
export function createApi(session: Session): Client {
  return new Client({
    url: '/graphql',
    exchanges: [fetchExchange],
    preferGetMethod: false,
    requestPolicy: 'network-only',
    fetch: authorisedFetch(session),
  })
}
