import { z } from 'zod'
import { AppToken, type Granted } from './app-token.ts'
import { Endings } from './endings.ts'
import { EasemobFailure } from './failure.ts'
import { Lanes, type Depth, type Lane } from './lanes.ts'
import { LIMITS, type Family, type Limit } from './limits.ts'
import { decide, NO_PAST, type Habits, type Outcome, type Past } from './policy.ts'
import type { Time } from './time.ts'
import { Wire, type Request } from './wire.ts'

export interface EasemobOptions {
  /** Of the data centre, `https://a1.easemob.com`. */
  readonly url: string
  /** `org#app`. */
  readonly appKey: string
  readonly clientId: string
  readonly clientSecret: string
  readonly time: Time
  /** From 0 to 1. */
  readonly random: () => number
  /** Ends everything. */
  readonly signal: AbortSignal
  readonly timeoutMs?: number
  readonly limits?: Readonly<Record<Family, readonly Limit[]>>
}

/** One operation of the REST interface. */
export interface Call<T> {
  readonly method: Request['method']
  /** After the app's name; its parts are encoded. */
  readonly path: string
  readonly json?: unknown
  /** Instead of JSON: the body of a form. */
  readonly form?: Readonly<Record<string, string>>
  readonly family: Family
  /** Messages that it sends. */
  readonly messages?: number
  readonly habits: Habits
  readonly answer: z.ZodType<T>
  /** Answers of 200 that are refusals in truth become what they should have been. */
  readonly refusal?: (body: unknown) => { status: number; error: string; description: string } | null
}

/** On whose behalf it is done. */
export interface How {
  readonly lane: Lane
  readonly signal: AbortSignal
  /** It was tried before, by a process that did not learn what became of it. */
  readonly isRepeated?: boolean
}

export type Done<T> =
  | { readonly kind: 'done'; readonly data: T }
  /** It was so before. */
  | { readonly kind: 'settled' }

/** What operations need. */
export type Caller = Pick<Easemob, 'call' | 'read'>

/** Of the app's token. Half of it is used. */
const TOKEN_SECONDS = 86_400

const grantedSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })

/**
 * Easemob's REST interface: every call waits for its turn, is asked again where that may help, and ends as data or as an
 * `EasemobFailure` (T102, T103, T104). It keeps nothing: what must be done whatever happens is the outbox's.
 */
export class Easemob {
  readonly #o: EasemobOptions
  readonly #base: string
  readonly #wire: Wire
  readonly #lanes: Lanes
  readonly #token: AppToken
  readonly #endings = new Endings()
  #troubleSince: number | null = null

  constructor(options: EasemobOptions) {
    const { url, appKey, time, signal, limits = LIMITS, timeoutMs } = options
    this.#o = options
    this.#base = `${url.replace(/\/+$/, '')}/${appKey.split('#').map(encodeURIComponent).join('/')}`
    this.#wire = new Wire({ time, ...(timeoutMs === undefined ? {} : { timeoutMs }) })
    this.#lanes = new Lanes({ limits, time, signal })
    this.#token = new AppToken({ grant: () => this.#grant(), time })
    this.#endings.on(signal, () => this.#wire.close())
  }

  /** Rejects with an `EasemobFailure`. */
  call<T>(call: Call<T>, how: How): Promise<Done<T>> {
    return this.#attempt(call, how, (signal) => this.#token.get(signal))
  }

  /** A question: it may be asked again, and only an answer of 2xx is one. */
  async read<T>(question: Omit<Call<T>, 'habits'>, how: How): Promise<T> {
    const done = await this.call({ ...question, habits: { isRepeatable: true } }, how)
    if (done.kind === 'settled') throw new Error('A question is not settled before it is answered')
    return done.data
  }

  /** How much waits, for metrics. */
  depths(): Depth[] {
    return this.#lanes.depths()
  }

  /** How long Easemob has done nothing for us, in milliseconds; null while it works. */
  troubleMs(): number | null {
    return this.#troubleSince === null ? null : this.#o.time.now() - this.#troubleSince
  }

  async #attempt<T>(
    call: Call<T>,
    how: How,
    tokenFor: (signal: AbortSignal) => Promise<string | null>,
  ): Promise<Done<T>> {
    const { time, random, signal: ending } = this.#o
    // Held by this call: signals that are made of others may be collected while somebody waits.
    const end = new AbortController()
    const stop = () => end.abort()
    const forget = [how.signal, ending].map((signal) => this.#endings.on(signal, stop))
    let past: Past = { ...NO_PAST, mayBeDone: how.isRepeated === true }
    try {
      for (;;) {
        const token = await tokenFor(end.signal)
        // Without a token it is our credentials that are refused, and will be the next time.
        if (token === null) past = { ...past, isRenewed: true }
        const { outcome, verdict } = await this.#lanes.run(
          { ...call, lane: how.lane },
          end.signal,
          async () => {
            const answered = await this.#ask(call, token, end.signal)
            const next = decide(answered, call.habits, past, random())
            // Before anybody else has its turn.
            if (next.kind === 'again' && next.isCrowded) this.#lanes.hold(call.family, next.waitMs)
            return { outcome: answered, verdict: next }
          },
        )
        this.#note(verdict.kind === 'failed' && verdict.reason !== 'REFUSED', outcome)
        switch (verdict.kind) {
          case 'done':
            return { kind: 'done', data: dataOf(call, outcome) }
          case 'settled':
            return { kind: 'settled' }
          case 'failed':
            throw new EasemobFailure(verdict.reason, detailOf(outcome))
          case 'renew':
            if (token !== null) this.#token.refused(token)
            past = verdict.past
            break
          case 'again':
            past = verdict.past
            await time.wait(verdict.waitMs, end.signal)
            break
        }
      }
    } finally {
      for (const end of forget) end()
    }
  }

  async #ask<T>(call: Call<T>, token: string | null, signal: AbortSignal): Promise<Outcome> {
    const body = bodyOf(call)
    const type = call.form ? 'application/x-www-form-urlencoded' : 'application/json'
    const outcome = await this.#wire.ask(
      {
        method: call.method,
        url: this.#base + call.path,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': type }),
        },
        ...(body === undefined ? {} : { body }),
      },
      signal,
    )
    const refusal = outcome.kind === 'answer' && outcome.status === 200 ? call.refusal?.(outcome.body) : null
    return refusal && outcome.kind === 'answer' ? { ...outcome, ...refusal } : outcome
  }

  /** No caller's signal ends it: others wait for it too. */
  async #grant(): Promise<Granted> {
    const { clientId, clientSecret, signal } = this.#o
    const call: Call<z.output<typeof grantedSchema>> = {
      method: 'POST',
      path: '/token',
      json: {
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        ttl: TOKEN_SECONDS,
      },
      family: 'token',
      habits: { isRepeatable: true },
      answer: grantedSchema,
    }
    const done = await this.#attempt(call, { lane: 'interactive', signal }, () => Promise.resolve(null))
    if (done.kind === 'settled') throw new EasemobFailure('UNREADABLE')
    return { token: done.data.access_token, lifeMs: done.data.expires_in * 1000 }
  }

  #note(isFailure: boolean, outcome: Outcome): void {
    const isServed = outcome.kind === 'answer' && outcome.status < 500 && outcome.status !== 401
    if (isFailure) this.#troubleSince ??= this.#o.time.now()
    else if (isServed) this.#troubleSince = null
  }
}

function bodyOf({ form, json }: Pick<Call<unknown>, 'form' | 'json'>): string | undefined {
  if (form) return new URLSearchParams(form).toString()
  return json === undefined ? undefined : JSON.stringify(json)
}

function dataOf<T>(call: Call<T>, outcome: Outcome): T {
  const parsed = call.answer.safeParse(outcome.kind === 'answer' ? outcome.body : null)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new EasemobFailure('UNREADABLE', {
    ...detailOf(outcome),
    description: `${call.method} ${call.family}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
  })
}

function detailOf(outcome: Outcome) {
  return outcome.kind === 'answer' ? outcome : { description: outcome.problem }
}
