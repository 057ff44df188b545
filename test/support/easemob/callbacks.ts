import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Time } from '../../../src/messaging/easemob/time.ts'
import type { StoredMessage } from './world.ts'

export interface PostRule {
  readonly url: string
  readonly secret: string
  /** Whether it is told of what was sent by REST too. */
  readonly withRest?: boolean
}

export interface PreRule {
  readonly url: string
  readonly secret: string
  readonly timeoutMs?: number
}

export interface CallbacksOptions {
  readonly appKey: string
  readonly now: () => number
  readonly time: Time
}

interface Standing {
  readonly rule: PostRule
  /** Times of failures. */
  failures: number[]
  bans: number
  bannedUntil: number
}

const FAILURES = 90
const FAILURES_MS = 30_000
const BANS_MIN = [5, 10, 15, 20, 25]
const PRE_MS = 200
const POST_MS = 10_000
const MOST_ANSWER = 1000

const verdictSchema = z.object({
  valid: z.boolean(),
  code: z.string().optional(),
  payload: z.unknown().optional(),
})

/** `md5hex(callId + secret + timestamp)`. */
export function securityOf(callId: string, secret: string, timestamp: number): string {
  return createHash('md5').update(`${callId}${secret}${timestamp}`).digest('hex')
}

/**
 * What Easemob posts to us (design/easemob.md, 5). Of a failure that counts it is not said whether both attempts do; here
 * they do.
 */
export class Callbacks {
  readonly #o: CallbacksOptions
  #post: Standing | null = null
  #pre: PreRule | null = null
  readonly #busy = new Set<Promise<void>>()
  #held: (() => void)[] = []
  /** `slow`: kept until `release`; `dead`: never sent. */
  mode: 'prompt' | 'slow' | 'dead' = 'prompt'
  /** Bodies that were posted, also those that failed. */
  readonly posted: string[] = []
  /** Callbacks that were given up. */
  dropped = 0

  constructor(options: CallbacksOptions) {
    this.#o = options
  }

  postTo(rule: PostRule | null): void {
    this.#post = rule && { rule, failures: [], bans: 0, bannedUntil: 0 }
  }

  askAt(rule: PreRule | null): void {
    this.#pre = rule
  }

  get isBanned(): boolean {
    return this.#post !== null && this.#o.now() < this.#post.bannedUntil
  }

  release(): void {
    const held = this.#held
    this.#held = []
    for (const go of held) go()
  }

  /** When nothing is on its way. */
  async settled(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy)
  }

  message(message: StoredMessage, by: 'client' | 'rest'): void {
    if (by === 'rest' && this.#post?.rule.withRest !== true) return
    this.tell({
      eventType: 'chat',
      chat_type: message.chat,
      ...(message.chat === 'groupchat' ? { group_id: message.to } : {}),
      from: message.from,
      to: message.to,
      msg_id: message.id,
      payload: { ext: message.ext, bodies: [{ type: message.type, ...message.body }] },
    })
  }

  recall(message: StoredMessage): void {
    this.tell({
      eventType: 'chat',
      chat_type: 'recall',
      from: message.from,
      to: message.to,
      recall_id: message.id,
      msg_id: String(BigInt(message.id) + 1n),
      payload: { ack_message_id: message.id },
    })
  }

  group(id: string, operation: string, user: string): void {
    const { appKey } = this.#o
    this.tell({
      eventType: 'chat',
      chat_type: 'muc',
      from: `${appKey}_${user}`,
      to: id,
      group_id: id,
      msg_id: String(this.#o.now()),
      payload: {
        muc_id: `${appKey}_${id}@conference.easemob.com`,
        operation,
        is_chatroom: false,
        status: { description: '', error_code: 'ok' },
      },
    })
  }

  /** Signs an event and posts it, unless the rule is banned. */
  tell(event: Readonly<Record<string, unknown>>): void {
    const standing = this.#post
    if (!standing || this.mode === 'dead') return
    if (this.isBanned) {
      this.dropped++
      return
    }
    const { appKey, now } = this.#o
    const callId = `${appKey}_${randomUUID()}`
    const timestamp = now()
    const body = JSON.stringify({
      callId,
      timestamp,
      ...event,
      securityVersion: '1.0.0',
      security: securityOf(callId, standing.rule.secret, timestamp),
      appkey: appKey,
      host: 'msync@emulator',
    })
    const go = () => {
      const work: Promise<void> = this.#deliver(standing, body).finally(() => this.#busy.delete(work))
      this.#busy.add(work)
    }
    if (this.mode === 'slow') this.#held.push(go)
    else go()
  }

  /** Null lets it pass; otherwise the text that the sender is shown. The rule lets pass what is not answered in time. */
  async refusal(message: Omit<StoredMessage, 'id' | 'at' | 'isRecalled'>): Promise<string | null> {
    const rule = this.#pre
    if (!rule) return null
    const callId = `${this.#o.appKey}_${randomUUID()}`
    const timestamp = this.#o.now()
    const answer = await this.#send(
      rule.url,
      JSON.stringify({
        callId,
        timestamp,
        chat_type: message.chat,
        ...(message.chat === 'groupchat' ? { group_id: message.to } : {}),
        from: message.from,
        to: message.to,
        msg_id: callId,
        payload: { ext: message.ext, bodies: [{ type: message.type, ...message.body }] },
        securityVersion: '1.0.0',
        security: securityOf(callId, rule.secret, timestamp),
      }),
      rule.timeoutMs ?? PRE_MS,
    )
    const verdict = answer === null ? null : verdictSchema.safeParse(jsonOf(answer))
    if (!verdict?.success || verdict.data.valid) return null
    const { code } = verdict.data
    return code === undefined
      ? 'custom logic denied'
      : code === ''
        ? 'Message blocked by external logic'
        : code
  }

  async #deliver(standing: Standing, body: string): Promise<void> {
    for (let attempt = 0; attempt < 2; attempt++) {
      this.posted.push(body)
      if ((await this.#send(standing.rule.url, body, POST_MS)) !== null) return
      this.#failed(standing)
    }
    this.dropped++
  }

  #failed(standing: Standing): void {
    const now = this.#o.now()
    standing.failures = [...standing.failures.filter((at) => at > now - FAILURES_MS), now]
    if (standing.failures.length < FAILURES || now < standing.bannedUntil) return
    const minutes = BANS_MIN[Math.min(standing.bans, BANS_MIN.length - 1)] ?? 0
    standing.bans++
    standing.bannedUntil = now + minutes * 60_000
    standing.failures = []
  }

  /** The answer where it is one that counts: 200, short, in time. */
  async #send(url: string, body: string, timeoutMs: number): Promise<string | null> {
    const limit = new AbortController()
    const over = new AbortController()
    void this.#o.time.wait(timeoutMs, over.signal).then(() => !over.signal.aborted && limit.abort())
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: limit.signal,
      })
      const text = await response.text()
      return response.status === 200 && text.length <= MOST_ANSWER ? text : null
    } catch {
      return null
    } finally {
      over.abort()
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
