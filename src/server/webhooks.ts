import { randomUUID } from 'node:crypto'
import type { GraphQLSchema } from 'graphql'
import type { AuditLog } from '../audit/audit-log.ts'
import type { Refusals } from '../audit/refusals.ts'
import type { Database } from '../changelog/database.ts'
import type { Replica } from '../changelog/replica.ts'
import { systemClock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Once } from '../edit/once.ts'
import type { Logger } from '../log.ts'
import type { Sync } from '../sync/sync.ts'
import { Courier, type CourierTiming } from '../webhook/courier.ts'
import { Messages } from '../webhook/message.ts'
import { Poster } from '../webhook/post.ts'
import { Sender } from '../webhook/sender.ts'
import { WebhookStore } from '../webhook/store.ts'
import { Webhooks } from '../webhook/webhooks.ts'

export interface WebhooksParts {
  readonly config: Pick<Config, 'TOKEN_SECRET' | 'WEBHOOK_NETWORKS'>
  readonly schema: GraphQLSchema
  readonly db: Database
  readonly replica: Replica
  readonly sync: Sync
  readonly audit: AuditLog
  readonly refusals: Refusals
  readonly once: Once
  readonly log: Logger
  readonly timing?: Partial<CourierTiming>
}

/** Wires webhooks: what administrators ask of them, and the work of sending. */
export function createWebhooks(o: WebhooksParts): {
  webhooks: Webhooks
  run(signal: AbortSignal): Promise<void>
  close(): void
} {
  const { config, db, replica, sync, audit, log } = o
  const poster = new Poster({ networks: config.WEBHOOK_NETWORKS })
  const shared = {
    store: new WebhookStore(db),
    messages: new Messages(o.schema),
    sender: new Sender({ poster, tokenSecret: config.TOKEN_SECRET, clock: systemClock }),
    sync,
    audit,
    clock: systemClock,
  }
  const webhooks = new Webhooks({
    ...shared,
    refusals: o.refusals,
    once: o.once,
    isPlainAllowed: config.WEBHOOK_NETWORKS.length > 0,
    newId: randomUUID,
    onChanged: () => courier.ring(),
  })
  const courier = new Courier({
    ...shared,
    db,
    state: () => replica.state,
    onAdvance: (wake) => replica.onAdvance(wake),
    holder: randomUUID(),
    random: Math.random,
    log,
    ...(o.timing ? { timing: o.timing } : {}),
  })
  return { webhooks, run: (signal) => courier.run(signal), close: () => poster.close() }
}
