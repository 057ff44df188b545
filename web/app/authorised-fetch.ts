import type { Session } from './session.ts'

/** Asks as whoever is signed in; once more with a new token when the first is not taken. */
export function authorisedFetch(session: Session): typeof fetch {
  return async (input, init) => {
    const once = async () => {
      const token = await session.token()
      const headers = new Headers(init?.headers)
      headers.set('authorization', `Bearer ${token}`)
      return { token, response: await fetch(input, { ...init, headers }) }
    }
    const { token, response } = await once()
    if (response.status !== 401) return response
    session.refuse(token)
    return (await once()).response
  }
}
