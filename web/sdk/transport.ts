import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print, type DocumentNode } from 'graphql'
import { DirectoryError, serverError } from './errors.ts'
import { PROTOCOL } from './protocol.ts'
import { Tokens, fixedToken, type GetToken } from './tokens.ts'

/** How to reach a server, and as whom. */
export interface TransportOptions {
  /** Where the server stands, for example `https://directory.example.com`, with or without `/graphql`. */
  readonly url: string
  /** A token that is not renewed. */
  readonly token?: string
  /** Gives tokens as they are needed. Without either nobody is signed in. */
  readonly getToken?: GetToken
  /** `fetch` unless another one is given. */
  readonly fetch?: typeof fetch
}

export interface RequestOptions {
  readonly signal?: AbortSignal
}

type VariablesArgument<V> =
  Record<string, never> extends V
    ? [variables?: V, options?: RequestOptions]
    : [variables: V, options?: RequestOptions]

/**
 * Asks with a typed document; answers its data, whole. Throws DirectoryError: one of the request codes when the server
 * refuses, UNREACHABLE without an answer, CLOSED when the signal aborts. A token that has run out is renewed once.
 */
export type Request = <R, V>(document: TypedDocumentNode<R, V>, ...rest: VariablesArgument<V>) => Promise<R>

export interface Transport {
  /** Of GraphQL over HTTP. */
  readonly endpoint: string
  readonly tokens: Tokens
  readonly request: Request
}

/** A client of the API without a copy: requests and their answers. */
export function createTransport(o: TransportOptions): Transport {
  const endpoint = endpointOf(o.url)
  const tokens = new Tokens(o.getToken ?? (o.token === undefined ? () => null : fixedToken(o.token)))
  const ask = o.fetch ?? fetch
  const request: Request = async (document, ...[variables, options]) => {
    const body = JSON.stringify({ query: textOf(document), variables })
    const send = (accessToken: string | null) =>
      post(ask, endpoint, { accessToken, body, signal: options?.signal ?? null })
    const token = (await tokens.get())?.accessToken ?? null
    try {
      return dataOf(await send(token))
    } catch (error) {
      if (token === null || !(error instanceof DirectoryError) || error.code !== 'UNAUTHENTICATED')
        throw error
      const next = await tokens.renew(token)
      if (!next) throw error
      return dataOf(await send(next.accessToken))
    }
  }
  return { endpoint, tokens, request }
}

/** Where GraphQL is answered. */
export function endpointOf(url: string): string {
  const base = url.replace(/\/+$/, '')
  return base.endsWith('/graphql') ? base : `${base}/graphql`
}

const texts = new WeakMap<DocumentNode, string>()

/** The text of a document, made once. */
export function textOf(document: DocumentNode): string {
  const text = texts.get(document) ?? print(document)
  texts.set(document, text)
  return text
}

interface Post {
  readonly accessToken: string | null
  readonly body: string
  readonly signal: AbortSignal | null
}

async function post(
  ask: typeof fetch,
  endpoint: string,
  { accessToken, body, signal }: Post,
): Promise<unknown> {
  const authorization: Record<string, string> =
    accessToken === null ? {} : { authorization: `Bearer ${accessToken}` }
  let response: Response
  let text: string
  try {
    response = await ask(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'dolores-protocol': String(PROTOCOL),
        ...authorization,
      },
      body,
      signal,
    })
    text = await response.text()
  } catch (cause) {
    if (signal?.aborted) throw new DirectoryError('CLOSED', 'The request was given up.', { cause })
    throw new DirectoryError('UNREACHABLE', 'The server does not answer.', { cause })
  }
  const answer = parsed(text)
  if (answer !== undefined) return answer
  const { status } = response
  // What stands between answers for a server that is away or busy.
  if (status >= 500 || status === 429)
    throw new DirectoryError('UNREACHABLE', `The server is not there: status ${status}.`)
  throw new DirectoryError('UNEXPECTED_ANSWER', `This is no answer of a directory: status ${status}.`)
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) && ('data' in value || 'errors' in value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The data of an answer. Its shape is what the document says: the server holds the contract, which tests see to. */
function dataOf<R>(answer: unknown): R
function dataOf(answer: unknown): unknown {
  if (!isRecord(answer)) throw new DirectoryError('UNEXPECTED_ANSWER', 'This is no answer of a directory.')
  const { data, errors } = answer
  if (Array.isArray(errors) && errors.length > 0) throw errorOf(errors[0])
  if (!isRecord(data)) throw new DirectoryError('UNEXPECTED_ANSWER', 'The answer has no data.')
  return data
}

/** The error of the contract that a GraphQL error stands for. */
export function errorOf(error: unknown): DirectoryError {
  const { message, extensions } = isRecord(error) ? error : {}
  const { code, requestId } = isRecord(extensions) ? extensions : {}
  const details = { requestId: typeof requestId === 'string' ? requestId : null }
  return serverError(
    typeof code === 'string' ? code : 'UNKNOWN',
    typeof message === 'string' ? message : 'The server gave no reason.',
    details,
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
