import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql/language/printer.js'
import { createClient, type Client } from 'graphql-ws'
import { ChangesDocument, type ChangesSubscription } from '../generated/graphql.ts'
import { DirectoryError } from './error.ts'
import { PROTOCOL } from './protocol.ts'

export interface TransportOptions {
  /** Where the server is, `https://people.example.com`. */
  readonly url: string
  /** An access token that counts for a while yet; rejects with DirectoryError UNAUTHENTICATED when nobody is signed in. Null: ask as nobody. */
  readonly token: (() => Promise<string>) | null
  /** Those of the platform unless given; Node before 22 has no WebSocket. */
  readonly fetch?: typeof fetch
  readonly webSocket?: unknown
}

/** Hears what a subscription tells. Exactly one of `closed` and `failed` is called, once, and nothing after it. */
export interface Listener {
  readonly told: (message: ChangesSubscription['changes']) => void
  /** By whomever; the code is that of the web socket. */
  readonly closed: (code: number) => void
  readonly failed: (error: DirectoryError) => void
}

/** HTTP for questions, a socket for what is followed. */
export class Transport {
  readonly #o: TransportOptions

  constructor(options: TransportOptions) {
    this.#o = options
  }

  /** Asks once. Rejects with DirectoryError. */
  async ask<R, V extends object>(
    document: TypedDocumentNode<R, V>,
    variables: V,
    signal?: AbortSignal,
  ): Promise<R> {
    const { url, token, fetch: ask = fetch } = this.#o
    const headers = token ? { authorization: `Bearer ${await token()}` } : {}
    const response = await ask(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'dolores-protocol': String(PROTOCOL),
        ...headers,
      },
      body: JSON.stringify({ query: textOf(document), variables }),
      ...(signal ? { signal } : {}),
    }).catch((error: unknown) => {
      throw new DirectoryError('NETWORK', 'The server cannot be reached.', { cause: error })
    })
    const body: unknown = await response.json().catch(() => null)
    const { data, errors } = partsOf<R>(body)
    if (errors) throw DirectoryError.of(errors)
    if (data === null)
      throw new DirectoryError('PROTOCOL', `The answer (${response.status}) is none of this API.`)
    return data
  }

  /** Follows what changes since a cursor; answers how to end that. */
  follow(since: string, compact: boolean, listener: Listener): () => void {
    const { url, token, webSocket } = this.#o
    let isOver = false
    const end = (tell: () => void) => {
      if (isOver) return
      isOver = true
      tell()
      // It rejects when the socket was closed by the server, which has been told already.
      void Promise.resolve(client.dispose()).catch(() => {})
    }
    const client: Client = createClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      lazy: true,
      // Whoever asked owns the loop: a new attempt begins with the cursor as it is then.
      retryAttempts: 0,
      connectionParams: async () => ({
        protocol: PROTOCOL,
        ...(token ? { authorization: `Bearer ${await token()}` } : {}),
      }),
      ...(webSocket === undefined ? {} : { webSocketImpl: webSocket }),
      on: { closed: (event) => end(() => listener.closed(codeOf(event))) },
    })
    client.subscribe<ChangesSubscription>(
      { query: textOf(ChangesDocument), variables: { since, compact } },
      {
        next: ({ data, errors }) => {
          if (isOver) return
          if (errors) end(() => listener.failed(DirectoryError.of(errors)))
          else if (data) listener.told(data.changes)
        },
        error: (error) => end(() => listener.failed(failureOf(error))),
        complete: () => end(() => listener.closed(NORMAL)),
      },
    )
    return () => end(() => {})
  }
}

const NORMAL = 1000
/** The connection broke. */
const ABNORMAL = 1006

const texts = new WeakMap<object, string>()

function textOf(document: TypedDocumentNode<unknown, never>): string {
  let text = texts.get(document)
  if (text === undefined) texts.set(document, (text = print(document)))
  return text
}

type Errors = readonly { readonly message: string; readonly extensions?: unknown }[]

function partsOf<R>(body: unknown): { data: R | null; errors: Errors | null } {
  if (typeof body !== 'object' || body === null) return { data: null, errors: null }
  const [data, errors]: unknown[] = [Reflect.get(body, 'data'), Reflect.get(body, 'errors')]
  return {
    // The answer to a document of the contract has its type.
    data: typeof data === 'object' && data !== null ? (data as R) : null,
    errors: Array.isArray(errors) && errors.length > 0 ? errors : null,
  }
}

function codeOf(event: unknown): number {
  const code: unknown = typeof event === 'object' && event !== null ? Reflect.get(event, 'code') : null
  return typeof code === 'number' ? code : ABNORMAL
}

function failureOf(error: unknown): DirectoryError {
  if (error instanceof DirectoryError) return error
  if (Array.isArray(error)) return DirectoryError.of(error)
  const isClose = codeOf(error) !== ABNORMAL
  return new DirectoryError(
    'NETWORK',
    isClose ? `The socket was closed with ${codeOf(error)}.` : 'The server cannot be reached.',
    { cause: error },
  )
}
