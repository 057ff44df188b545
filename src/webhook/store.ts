import type { Database } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import type { Webhook as Row, WebhookDelivery } from '../generated/prisma/client.ts'
import { isPause, type Next, type Outcome, type Pause } from './attempt.ts'
import type { Message } from './message.ts'

/** A webhook as it is kept. */
export interface Webhook {
  readonly id: string
  readonly url: string
  readonly description: string
  /** The account whose view it has. */
  readonly staffId: string
  readonly createdBy: string
  readonly secretNumber: number
  readonly previousSecretUntil: Date | null
  /** Who has made the newest secret, and under which key; null: under none. */
  readonly rotatedBy: string | null
  /** Everything up to this version was taken. */
  readonly position: string
  /** Null: it is active. */
  readonly paused: Pause | null
  /** Attempts without success since the last one that had any. */
  readonly failures: number
  readonly nextAttemptAt: Date
  readonly deliveredAt: Date | null
  readonly createdAt: Date
}

/** One attempt, as the delivery log keeps it. */
export type Delivery = WebhookDelivery

export interface NewWebhook extends Pick<
  Webhook,
  'id' | 'url' | 'description' | 'staffId' | 'createdBy' | 'position'
> {
  readonly key: string | null
  readonly inputHash: string
}

/** What may be changed about a webhook. */
export type Edit = Partial<
  Pick<
    Webhook,
    | 'url'
    | 'description'
    | 'paused'
    | 'position'
    | 'failures'
    | 'nextAttemptAt'
    | 'secretNumber'
    | 'previousSecretUntil'
    | 'rotatedBy'
  >
>

/** Attempts of one webhook that are kept. */
export const KEPT_DELIVERIES = 1000

/**
 * Webhooks and what has been tried. Moves of a webhook happen only while it stands where whoever moves it has found it, so
 * that two who send at once, or somebody who turns it back meanwhile, lose nothing.
 */
export class WebhookStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** The webhook, or the one that was made with the same key before; null when that was for other input. */
  async create({ inputHash, ...webhook }: NewWebhook): Promise<Webhook | null> {
    return await reaching(async () => {
      const { createdBy, key } = webhook
      await this.#db.prisma.webhook.createMany({ data: { ...webhook, inputHash }, skipDuplicates: true })
      const found = await this.#db.prisma.webhook.findFirst({
        where: key === null ? { id: webhook.id } : { createdBy, key },
      })
      return found && found.inputHash === inputHash ? webhookOf(found) : null
    })
  }

  /** Whether somebody has made one with this key. */
  async hasKey(createdBy: string, key: string): Promise<boolean> {
    return (await reaching(() => this.#db.prisma.webhook.count({ where: { createdBy, key } }))) > 0
  }

  async byId(id: string): Promise<Webhook | null> {
    const row = await reaching(() => this.#db.prisma.webhook.findUnique({ where: { id } }))
    return row && webhookOf(row)
  }

  /** All, oldest first. */
  async all(): Promise<Webhook[]> {
    const rows = await reaching(() =>
      this.#db.prisma.webhook.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }),
    )
    return rows.map(webhookOf)
  }

  /** Those to which something may be sent at this time, or may be again when their account is enabled. */
  async due(now: Date): Promise<Webhook[]> {
    const where = { OR: [{ paused: null, nextAttemptAt: { lte: now } }, { paused: 'ACCOUNT' }] }
    return (await reaching(() => this.#db.prisma.webhook.findMany({ where }))).map(webhookOf)
  }

  /** Null when it is gone. */
  async edit(id: string, edit: Edit): Promise<Webhook | null> {
    return await reaching(async () => {
      await this.#db.prisma.webhook.updateMany({ where: { id }, data: edit })
      return await this.byId(id)
    })
  }

  async delete(id: string): Promise<boolean> {
    return (await reaching(() => this.#db.prisma.webhook.deleteMany({ where: { id } }))).count > 0
  }

  /** Passes over what the webhook need not be told; false when it does not stand at `from` any more. */
  async skip({ id, position }: Webhook, to: string): Promise<boolean> {
    const where = { id, position, paused: null }
    return (
      (await reaching(() => this.#db.prisma.webhook.updateMany({ where, data: { position: to } }))).count > 0
    )
  }

  /** Stops it; false when somebody else has done so, or moved it, before. */
  async pause({ id, position }: Webhook, paused: Pause): Promise<boolean> {
    const where = { id, position, paused: null }
    return (await reaching(() => this.#db.prisma.webhook.updateMany({ where, data: { paused } }))).count > 0
  }

  /** Lets one go on that was paused with its account; false when somebody else has done so, or has paused it otherwise. */
  async resume({ id, position }: Webhook, now: Date): Promise<boolean> {
    const where = { id, position, paused: 'ACCOUNT' }
    const data = { paused: null, failures: 0, nextAttemptAt: now }
    return (await reaching(() => this.#db.prisma.webhook.updateMany({ where, data }))).count > 0
  }

  /** Writes an attempt down, with what follows from it; false when the webhook does not stand at `from` any more. */
  async tried(webhook: Webhook, message: Message, outcome: Outcome, next: Next, now: Date): Promise<boolean> {
    const { id, failures, position } = webhook
    return await reaching(async () => {
      const [, { count }] = await this.#db.prisma.$transaction([
        this.#db.prisma.webhookDelivery.createMany({ data: deliveryOf(webhook, message, outcome) }),
        this.#db.prisma.webhook.updateMany({
          where: { id, position, paused: null },
          data: editAfter(message, failures, next, now),
        }),
        this.#trim(id),
      ])
      return count > 0
    })
  }

  /** Writes down an attempt that moves nothing. */
  async note(webhook: Webhook, message: Message, outcome: Outcome): Promise<Delivery> {
    return await reaching(async () => {
      const [delivery] = await this.#db.prisma.$transaction([
        this.#db.prisma.webhookDelivery.create({ data: deliveryOf(webhook, message, outcome) }),
        this.#trim(webhook.id),
      ])
      return delivery
    })
  }

  /** Newest first, from before a number on. */
  async deliveries(webhookId: string, before: bigint | null, limit: number): Promise<Delivery[]> {
    return await reaching(() =>
      this.#db.prisma.webhookDelivery.findMany({
        where: { webhookId, ...(before === null ? {} : { number: { lt: before } }) },
        orderBy: { number: 'desc' },
        take: limit,
      }),
    )
  }

  async delivery(webhookId: string, number: bigint): Promise<Delivery | null> {
    return await reaching(() => this.#db.prisma.webhookDelivery.findFirst({ where: { webhookId, number } }))
  }

  #trim(webhookId: string) {
    return this.#db.prisma.$executeRaw`
      DELETE FROM webhook_delivery WHERE webhook_id = ${webhookId}::uuid AND number <= (
        SELECT number FROM webhook_delivery WHERE webhook_id = ${webhookId}::uuid
        ORDER BY number DESC OFFSET ${KEPT_DELIVERIES} LIMIT 1)`
  }
}

function deliveryOf(
  { id, failures }: Webhook,
  { id: messageId, event, from, to, changes }: Message,
  { status, problem, durationMs }: Outcome,
) {
  return {
    webhookId: id,
    messageId,
    event,
    from,
    to,
    changes,
    attempt: failures + 1,
    status,
    problem,
    durationMs,
  }
}

function editAfter(message: Message, failures: number, next: Next, now: Date) {
  switch (next.kind) {
    case 'taken':
      return { position: message.to, failures: 0, nextAttemptAt: now, deliveredAt: now }
    case 'again':
      return { failures: failures + 1, nextAttemptAt: new Date(now.getTime() + next.delayMs) }
    case 'paused':
      return { failures: failures + 1, paused: next.why }
  }
}

function webhookOf({ paused, ...row }: Row): Webhook {
  return { ...row, paused: paused !== null && isPause(paused) ? paused : paused === null ? null : 'BY_HAND' }
}
