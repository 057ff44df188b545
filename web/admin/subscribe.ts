import { createClient } from 'graphql-ws'
import type { TypedDocumentNode } from 'urql'
import type { Session } from '../app/session.ts'
import { PROTOCOL } from '../sdk/protocol.ts'
import { textOf } from '../sdk/transport.ts'

export interface Subscribing<D, V> {
  readonly session: Session
  readonly document: TypedDocumentNode<D, V>
  readonly variables: V
  readonly onData: (data: D) => void
  readonly signal: AbortSignal
}

/** `refused`: an answer of the operation; `ended`: it is complete, the signal has come, or the line broke. */
export type Ended = 'ended' | 'refused'

/** One subscription on a line of its own, until it ends; it is not begun again. */
export async function subscribed<D, V extends Record<string, unknown>>({
  session,
  document,
  variables,
  onData,
  signal,
}: Subscribing<D, V>): Promise<Ended> {
  let token: string
  try {
    token = await session.token()
  } catch {
    return 'ended'
  }
  if (signal.aborted) return 'ended'
  return await new Promise((resolve) => {
    const client = createClient({
      url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
      connectionParams: { authorization: `Bearer ${token}`, protocol: PROTOCOL },
      retryAttempts: 0,
    })
    const end = (how: Ended) => {
      signal.removeEventListener('abort', abort)
      void client.dispose()
      resolve(how)
    }
    const abort = () => end('ended')
    signal.addEventListener('abort', abort)
    client.subscribe<D>(
      { query: textOf(document), variables },
      {
        next: ({ data }) => {
          if (data && !signal.aborted) onData(data)
        },
        // Errors of the operation are an answer; anything else is the line.
        error: (reason) => end(Array.isArray(reason) ? 'refused' : 'ended'),
        complete: abort,
      },
    )
  })
}

/** Settles after a while, or with the signal. */
export function waited(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    const abort = () => {
      clearTimeout(timer)
      resolve()
    }
    signal.addEventListener('abort', abort, { once: true })
  })
}
