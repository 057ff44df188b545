import type { Action } from '../audit/actions.ts'
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Authority } from '../access/authority.ts'
import { mayViewAs } from '../access/view-as.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { Whence } from '../audit/record.ts'
import type { Refusals } from '../audit/refusals.ts'
import type { Clock } from '../clock.ts'
import { EditConflict, EditRefused, InvalidInput, NotFound, NotPermitted } from '../edit/failures.ts'
import type { Once } from '../edit/once.ts'
import { isId } from '../edit/scene.ts'
import { canonicalJson } from '../model/canonical.ts'
import type { Sync } from '../sync/sync.ts'
import { parseDescription, parseNumber, parseUrl } from './input.ts'
import type { Messages } from './message.ts'
import type { Sender } from './sender.ts'
import type { Delivery, Edit, Webhook, WebhookStore } from './store.ts'
import { aboutWebhook } from './subject.ts'

export interface WebhooksOptions {
  readonly store: WebhookStore
  readonly sync: Pick<Sync, 'cursorOf'>
  readonly messages: Messages
  readonly sender: Sender
  readonly audit: Pick<AuditLog, 'write'>
  readonly refusals: Pick<Refusals, 'note'>
  readonly once: Once
  /** Whether there are networks that are sent to without TLS. */
  readonly isPlainAllowed: boolean
  readonly newId: () => string
  readonly clock: Clock
  /** Something may be sent now. */
  readonly onChanged: () => void
}

/** Whoever asks, and from where. */
export interface Asking {
  readonly authority: Authority
  readonly from: Whence
  /** Their idempotency key; null: none. */
  readonly key: string | null
}

export interface WebhookInput {
  readonly url: string
  readonly description: string
  /** The account whose view it has. */
  readonly staffId: string
}

/** What is to change; what is absent stays. */
export interface WebhookUpdate {
  readonly url?: string
  readonly description?: string
  readonly isPaused?: boolean
}

/** A webhook with the secret that its receiver checks signatures with; it is not shown again. */
export interface Revealed {
  readonly webhook: Webhook
  readonly secret: string
}

const MAX_WEBHOOKS = 100
/** Both secrets sign for so long after a new one was made. */
const OVERLAP_MS = 24 * 3_600_000

/**
 * Webhooks as they are administered: by whoever has `webhook.write` for the whole organisation, each with the view of an
 * account of which the caller may see everything, so that nobody has sent to them what they may not see (T36). Methods that
 * change something throw EditFailure; the same key gives their answer again, and does nothing twice.
 */
export class Webhooks {
  readonly #o: WebhooksOptions

  constructor(options: WebhooksOptions) {
    this.#o = options
  }

  /** All; none for callers without the ability. */
  async all(authority: Authority): Promise<Webhook[]> {
    return authority.everywhere('webhook.write') ? await this.#o.store.all() : []
  }

  async byId(authority: Authority, id: string): Promise<Webhook | null> {
    return authority.everywhere('webhook.write') && isId(id) ? await this.#o.store.byId(id) : null
  }

  /** What was sent lately, newest first. */
  async deliveries(
    authority: Authority,
    id: string,
    before: string | null,
    limit: number,
  ): Promise<Delivery[]> {
    if (!authority.everywhere('webhook.write')) return []
    return await this.#o.store.deliveries(id, before === null ? null : (parseNumber(before) ?? 0n), limit)
  }

  /** It is told what happens from now on. */
  async create(asking: Asking, input: WebhookInput): Promise<Revealed> {
    const { store, sync, newId } = this.#o
    const { key } = asking
    const action = 'webhook.create'
    this.#requireAbility(asking, action)
    const { staffId } = input
    const [url, description] = [
      parseUrl(input.url, this.#o.isPlainAllowed),
      parseDescription(input.description),
    ]
    this.#requireAccount(asking, staffId, action)
    const inputHash = createHash('sha256')
      .update(canonicalJson([url, description, staffId]))
      .digest('hex')
    const asked = { url, description, staffId }
    const made = await this.#once(asking, action, asked, z.string(), async () => {
      // Also by one whom a crash kept from saying so: it is there under its key.
      const isAgain = key !== null && (await store.hasKey(asking.authority.staffId, key))
      if (!isAgain && (await store.all()).length >= MAX_WEBHOOKS)
        throw InvalidInput.at('', `There are ${MAX_WEBHOOKS} webhooks already: delete some first.`)
      const id = newId()
      const createdBy = asking.authority.staffId
      const position = await sync.cursorOf(staffId)
      const webhook = await store.create({ id, ...asked, key, inputHash, createdBy, position })
      if (!webhook) throw new EditRefused('KEY_REUSED')
      if (webhook.id === id) await this.#record(asking, webhook, action, { staffId })
      return webhook.id
    })
    return this.#revealed(await this.#find(asking, made, action))
  }

  /** Sets what is given. To let one go on whose receiver was away also forgets how often it has failed. */
  async update(asking: Asking, id: string, input: WebhookUpdate): Promise<Webhook> {
    const action = 'webhook.update'
    await this.#once(asking, action, { ...input, id }, z.null(), async () => {
      const webhook = await this.#find(asking, id, action)
      // To stop it must be possible for whoever may no more see what is sent.
      if (input.url !== undefined || input.isPaused === false)
        this.#requireAccount(asking, webhook.staffId, action)
      const fields = Object.keys(input).join(', ')
      await this.#edit(asking, webhook, this.#editOf(input), action, { fields })
      return null
    })
    return await this.#find(asking, id, action)
  }

  /**
   * Makes a new secret; the one before signs for another day as well. The key of the newest one gives that again: made twice,
   * it would leave receivers with a secret that signs no more. That of an older one is a conflict.
   */
  async rotateSecret(asking: Asking, id: string): Promise<Revealed> {
    const { key } = asking
    const action = 'webhook.rotateSecret'
    const find = async () => {
      const webhook = await this.#find(asking, id, action)
      this.#requireAccount(asking, webhook.staffId, action)
      return webhook
    }
    await find()
    const number = await this.#once(asking, action, id, z.int(), async () => {
      const webhook = await find()
      const rotatedBy = key === null ? null : `${asking.authority.staffId} ${key}`
      // By one whom a crash kept from saying so.
      if (rotatedBy !== null && rotatedBy === webhook.rotatedBy) return webhook.secretNumber
      const edit = {
        rotatedBy,
        secretNumber: webhook.secretNumber + 1,
        previousSecretUntil: new Date(this.#o.clock.now() + OVERLAP_MS),
      }
      return (await this.#edit(asking, webhook, edit, action)).secretNumber
    })
    const webhook = await find()
    if (webhook.secretNumber !== number)
      throw new EditConflict(null, 'A newer secret was made since: that one is to be used.')
    return this.#revealed(webhook)
  }

  /**
   * Turns it back to where it stood before a message, and lets it go on from there: what has changed since is sent again, as
   * it is now.
   */
  async redeliver(asking: Asking, id: string, number: string): Promise<Webhook> {
    const { store, clock } = this.#o
    const action = 'webhook.redeliver'
    await this.#once(asking, action, [id, number], z.null(), async () => {
      const webhook = await this.#find(asking, id, action)
      this.#requireAccount(asking, webhook.staffId, action)
      const delivery = await store.delivery(id, parseNumber(number) ?? 0n)
      if (!delivery || delivery.event === 'webhook.test') throw new NotFound('deliveryId')
      const edit: Edit = {
        position: delivery.from,
        paused: null,
        failures: 0,
        nextAttemptAt: new Date(clock.now()),
      }
      await this.#edit(asking, webhook, edit, action, { deliveryId: number })
      return null
    })
    return await this.#find(asking, id, action)
  }

  /** Sends a message that tells nothing, at once and once; paused ones too. */
  async test(asking: Asking, id: string): Promise<Delivery> {
    const { store, messages, sender, newId, clock } = this.#o
    const action = 'webhook.test'
    const number = await this.#once(asking, action, id, z.string(), async () => {
      const webhook = await this.#find(asking, id, action)
      const message = messages.test(id, webhook.position, newId(), new Date(clock.now()))
      const outcome = await sender.send(webhook, message, new AbortController().signal)
      await this.#record(asking, webhook, action, { status: String(outcome.status ?? outcome.problem) })
      return String((await store.note({ ...webhook, failures: 0 }, message, outcome)).number)
    })
    const delivery = await store.delivery(id, BigInt(number))
    if (!delivery) throw new NotFound('id')
    return delivery
  }

  async delete(asking: Asking, id: string): Promise<void> {
    const action = 'webhook.delete'
    await this.#once(asking, action, id, z.null(), async () => {
      const webhook = await this.#find(asking, id, action)
      if (await this.#o.store.delete(id)) await this.#record(asking, webhook, action)
      return null
    })
  }

  /** Whoever asks again must have the ability still. */
  async #once<A>(
    asking: Asking,
    action: Action,
    input: unknown,
    answer: z.ZodType<A>,
    work: () => Promise<A>,
  ): Promise<A> {
    this.#requireAbility(asking, action)
    const { authority, key } = asking
    return await this.#o.once.run({ actorId: authority.staffId, key, name: action, input }, answer, work)
  }

  #editOf({ url, description, isPaused }: WebhookUpdate): Edit {
    const now = new Date(this.#o.clock.now())
    return {
      ...(url === undefined ? {} : { url: parseUrl(url, this.#o.isPlainAllowed) }),
      ...(description === undefined ? {} : { description: parseDescription(description) }),
      ...(isPaused === true ? { paused: 'BY_HAND' } : {}),
      ...(isPaused === false || url !== undefined ? { failures: 0, nextAttemptAt: now } : {}),
      ...(isPaused === false ? { paused: null } : {}),
    }
  }

  #revealed(webhook: Webhook): Revealed {
    return { webhook, secret: this.#o.sender.secretOf(webhook) }
  }

  async #edit(
    asking: Asking,
    webhook: Webhook,
    edit: Edit,
    action: Action,
    detail: Readonly<Record<string, string>> = {},
  ): Promise<Webhook> {
    const edited = await this.#o.store.edit(webhook.id, edit)
    if (!edited) throw new NotFound('id')
    await this.#record(asking, edited, action, detail)
    this.#o.onChanged()
    return edited
  }

  async #find(asking: Asking, id: string, action: Action): Promise<Webhook> {
    this.#requireAbility(asking, action)
    const webhook = isId(id) ? await this.#o.store.byId(id) : null
    if (!webhook) throw new NotFound('id')
    return webhook
  }

  #requireAbility(asking: Asking, action: Action): void {
    if (asking.authority.everywhere('webhook.write')) return
    this.#refuse(asking, action, null, 'Your administration does not cover webhooks.')
  }

  /** T36: whoever decides where something is sent may see all of it. */
  #requireAccount(asking: Asking, staffId: string, action: Action): void {
    const { authority } = asking
    const account = authority.state.get('staff', staffId)
    if (!account || !authority.showsStaff(account)) throw new NotFound('staffId')
    if (mayViewAs(authority, account)) return
    const message =
      'A webhook has the view of an account other than your own that signs in, and of which you may see everything.'
    this.#refuse(asking, action, staffId, message)
  }

  #refuse({ authority, from }: Asking, action: Action, staffId: string | null, message: string): never {
    const subject = staffId === null ? null : { kind: 'staff', id: staffId, label: null }
    const reason = `NOT_PERMITTED: ${message}`
    this.#o.refusals.note({ actorId: authority.staffId, action, reason, from, subject })
    throw new NotPermitted(message)
  }

  async #record(
    { authority, from }: Asking,
    webhook: Webhook,
    action: Action,
    detail: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await this.#o.audit.write({ ...aboutWebhook(authority.staffId, webhook), action, from, detail })
  }
}
