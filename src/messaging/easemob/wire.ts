import http from 'node:http'
import https from 'node:https'
import { z } from 'zod'
import { EasemobFailure } from './failure.ts'
import type { Outcome } from './policy.ts'
import type { Time } from './time.ts'

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface WireOptions {
  readonly time: Time
  /** Longest time of one request, from the look-up of the name to the end of the answer, in milliseconds. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 10_000
/** 10,000 members of each of a few groups; nothing that we ask for comes near. */
const MAX_ANSWER_BYTES = 8_000_000
/** Failures before anything was sent. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

const errorSchema = z.object({ error: z.string().catch(''), error_description: z.string().catch('') })

/** One request, one outcome; what to do about it is decided elsewhere. */
export class Wire {
  readonly #http = new http.Agent({ keepAlive: true })
  readonly #https = new https.Agent({ keepAlive: true })
  readonly #time: Time
  readonly #timeoutMs: number

  constructor({ time, timeoutMs = TIMEOUT_MS }: WireOptions) {
    this.#time = time
    this.#timeoutMs = timeoutMs
  }

  /** Rejects with ENDED when the signal aborts, and never otherwise. Redirects are not followed. */
  async ask(request: Request, signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted) throw new EasemobFailure('ENDED')
    const limit = new AbortController()
    const over = new AbortController()
    const giveUp = () => limit.abort()
    signal.addEventListener('abort', giveUp, { once: true })
    void this.#time.wait(this.#timeoutMs, over.signal).then(() => !over.signal.aborted && giveUp())
    try {
      const { status, text } = await this.#send(request, limit.signal)
      const body = jsonOf(text)
      const { error, error_description: description } = errorSchema.catch(NO_ERROR).parse(body)
      return { kind: 'answer', status, error, description, body }
    } catch (problem) {
      if (signal.aborted) throw new EasemobFailure('ENDED')
      if (limit.signal.aborted)
        return { kind: 'silence', wasSent: true, problem: `no answer within ${this.#timeoutMs / 1000} s` }
      const code = codeOf(problem)
      return { kind: 'silence', wasSent: !UNSENT.has(code), problem: code }
    } finally {
      over.abort()
      signal.removeEventListener('abort', giveUp)
    }
  }

  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }

  #send(
    { method, url, headers, body }: Request,
    signal: AbortSignal,
  ): Promise<{ status: number; text: string }> {
    const isPlain = new URL(url).protocol === 'http:'
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    return new Promise((resolve, reject) => {
      const request = (isPlain ? http : https).request(url, {
        method,
        agent: isPlain ? this.#http : this.#https,
        headers: { accept: 'application/json', ...headers, ...length },
        signal,
      })
      request.on('error', reject)
      request.on('response', (response) => {
        const chunks: Buffer[] = []
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          bytes += chunk.length
          if (bytes > MAX_ANSWER_BYTES) response.destroy(new Error('The answer is too long'))
        })
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        )
      })
      request.end(body)
    })
  }
}

const NO_ERROR = { error: '', error_description: '' }

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function codeOf(problem: unknown): string {
  if (!(problem instanceof Error)) return String(problem)
  return 'code' in problem && typeof problem.code === 'string' ? problem.code : problem.name
}
