import { createHmac, hkdfSync } from 'node:crypto'

/**
 * The secret of a webhook in the form of the Standard Webhooks specification, `whsec_` and 32 bytes in base64. It is derived
 * from TOKEN_SECRET, the webhook's id and the number of its secret, so that no secret lies in the database.
 */
export function secretOf(tokenSecret: string, webhookId: string, number: number): string {
  const bytes = hkdfSync('sha256', tokenSecret, '', `dolores webhook ${webhookId} ${number}`, 32)
  return PREFIX + Buffer.from(bytes).toString('base64')
}

/**
 * The headers that a message is sent with (Standard Webhooks 1.0): a signature for each secret, the newest first, over id,
 * time and body. `at` in milliseconds.
 */
export function signedHeaders(
  secrets: readonly string[],
  messageId: string,
  at: number,
  body: string,
): Record<string, string> {
  const seconds = Math.floor(at / 1000)
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${messageId}.${seconds}.${body}`).digest('base64')}`
  })
  return {
    'webhook-id': messageId,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures.join(' '),
  }
}

const PREFIX = 'whsec_'
