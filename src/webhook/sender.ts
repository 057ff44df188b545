import type { Clock } from '../clock.ts'
import type { Outcome } from './attempt.ts'
import type { Message } from './message.ts'
import type { Poster } from './post.ts'
import { secretOf, signedHeaders } from './signature.ts'
import type { Webhook } from './store.ts'

export interface SenderOptions {
  readonly poster: Pick<Poster, 'post'>
  /** Secrets are derived from it. */
  readonly tokenSecret: string
  readonly clock: Clock
}

/** Signs messages and posts them. */
export class Sender {
  readonly #o: SenderOptions

  constructor(options: SenderOptions) {
    this.#o = options
  }

  /** What the receiver of a webhook checks signatures with. */
  secretOf({ id, secretNumber }: Webhook): string {
    return secretOf(this.#o.tokenSecret, id, secretNumber)
  }

  /** Never rejects. Where a secret was replaced lately, both sign. */
  send(webhook: Webhook, message: Message, signal: AbortSignal): Promise<Outcome> {
    const { poster, clock } = this.#o
    const now = clock.now()
    const { previousSecretUntil, secretNumber } = webhook
    const secrets = [this.secretOf(webhook)]
    if (previousSecretUntil !== null && previousSecretUntil.getTime() > now)
      secrets.push(this.secretOf({ ...webhook, secretNumber: secretNumber - 1 }))
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'dolores',
      ...signedHeaders(secrets, message.id, now, message.body),
    }
    return poster.post(webhook.url, headers, message.body, signal)
  }
}
