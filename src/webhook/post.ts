import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent'
import { messageOf } from '../errors.ts'
import type { Outcome } from './attempt.ts'

export interface PosterOptions {
  /** Addresses and networks (CIDR) of the company's own that may be sent to, also without TLS. Others must be public. */
  readonly networks: readonly string[]
  /** Longest time of one attempt, from the look-up of the name to the head of the answer, in milliseconds. */
  readonly timeoutMs?: number
  /** How names become addresses; that of the system unless another is given. */
  readonly lookup?: LookupFunction
}

const TIMEOUT_MS = 15_000
/** Of an answer nobody needs the body; of a longer one the connection is not kept. */
const MAX_ANSWER_BYTES = 65_536
const ANYWHERE = ['0.0.0.0/0', '::/0']

/**
 * Sends messages to addresses that others have chosen (T114). Which address a connection goes to is checked when it is made,
 * whatever the name, its form or its DNS say: only public ones, and those that the operator has allowed. Redirects are not
 * followed, and no more of an answer than its head counts.
 */
export class Poster {
  readonly #http: http.Agent
  readonly #https: https.Agent
  readonly #timeoutMs: number

  constructor({ networks, timeoutMs = TIMEOUT_MS, lookup }: PosterOptions) {
    const allowed = {
      keepAlive: true,
      maxSockets: 8,
      timeout: 60_000,
      allowIPAddressList: [...networks],
      ...(lookup ? { lookup } : {}),
    }
    this.#https = new RequestFilteringHttpsAgent(allowed)
    this.#http = new RequestFilteringHttpAgent({ ...allowed, denyIPAddressList: ANYWHERE })
    this.#timeoutMs = timeoutMs
  }

  /** Never rejects: what went wrong is the outcome. */
  async post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const startedAt = performance.now()
    // Held by this call: signals that are made of others (`AbortSignal.any`, `timeout`) may be collected while somebody waits.
    const limit = new AbortController()
    const giveUp = () => limit.abort()
    const timer = setTimeout(giveUp, this.#timeoutMs)
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
    const outcome = (status: number | null, problem: string | null, retryAfterMs: number | null = null) => ({
      status,
      problem,
      durationMs: Math.round(performance.now() - startedAt),
      retryAfterMs,
    })
    try {
      const { status, retryAfter } = await this.#send(url, headers, body, limit.signal)
      const isTaken = status >= 200 && status < 300
      return outcome(
        status,
        isTaken ? null : problemOf(status),
        isTaken ? null : retryAfterOf(retryAfter, Date.now()),
      )
    } catch (error) {
      if (!signal.aborted && limit.signal.aborted)
        return outcome(null, `There was no answer within ${this.#timeoutMs / 1000} s.`)
      return outcome(null, wordsOf(error))
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
    }
  }

  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }

  #send(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal,
  ): Promise<{ status: number; retryAfter: string | undefined }> {
    const isPlain = new URL(url).protocol === 'http:'
    return new Promise((resolve, reject) => {
      const request = (isPlain ? http : https).request(url, {
        method: 'POST',
        agent: isPlain ? this.#http : this.#https,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        signal,
      })
      request.on('error', reject)
      request.on('response', (response) => {
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes > MAX_ANSWER_BYTES) response.destroy()
        })
        response.on('error', () => {})
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] })
      })
      request.end(body)
    })
  }
}

function problemOf(status: number): string {
  const hint = status >= 300 && status < 400 ? ' Redirects are not followed: give the final address.' : ''
  return `The receiver has answered ${status}.${hint}`
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function retryAfterOf(text: string | undefined, now: number): number | null {
  if (text === undefined) return null
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isFinite(ms) && ms > 0 ? ms : null
}

function wordsOf(error: unknown): string {
  const text = messageOf(error)
  return text.includes('is not allowed')
    ? 'The address is not public, or is not to be reached without TLS. The operator can allow networks: WEBHOOK_NETWORKS.'
    : text
}
