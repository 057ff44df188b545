import { vi } from 'vitest'
import type { Copy } from '../../web/sdk/copy.ts'
import { startEditWorld, type EditWorld } from '../edit/world.ts'
import { applyPages } from '../support/apply.ts'
import type { Device } from '../support/device.ts'
import type { TestServerOptions } from '../support/server.ts'
import type { Received, Receiver } from './receiver.ts'

export const PATIENCE = { timeout: 20_000, interval: 20 }
const FAILURES = '__typename ... on Error { code message } ... on InvalidInput { issues { path message } }'
export const SHOWN = `id url description staffId paused failures nextAttemptAt deliveredAt
  deliveries(first: 100) { id messageId event changes attempt isDelivered status problem }`
const ANSWERS = {
  create: `... on WebhookSecret { secret webhook { ${SHOWN} } }`,
  update: `... on WebhookSaved { webhook { ${SHOWN} } }`,
}

export interface ShownWebhook {
  readonly id: string
  readonly url: string
  readonly staffId: string
  readonly paused: string | null
  readonly failures: number
  readonly nextAttemptAt: string | null
  readonly deliveries: readonly {
    readonly id: string
    readonly messageId: string
    readonly event: string
    readonly changes: number
    readonly attempt: number
    readonly isDelivered: boolean
    readonly status: number | null
    readonly problem: string | null
  }[]
}

export interface WebhookAnswer {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly secret?: string
  readonly webhook?: ShownWebhook
}

/** Short waits, so that a receiver that was away is tried again soon. */
export const TIMING = { pollMs: 50, gatherMs: 0, retryMs: [50, 50, 50, 50, 50, 100, 100, 100, 100, 200] }

export function startWebhookWorld(o: TestServerOptions = {}): Promise<EditWorld> {
  return startEditWorld({ settings: { WEBHOOK_NETWORKS: '127.0.0.1' }, webhookTiming: TIMING, ...o })
}

/** Webhooks as an administrator handles them. */
export class Hooks {
  readonly world: EditWorld
  readonly client: EditWorld['hr']['client']

  constructor(world: EditWorld, client = world.hr.client) {
    this.world = world
    this.client = client
  }

  person(login: string) {
    const found = [...this.world.state.all('staff')].find((s) => s.login === login)
    if (!found) throw new Error(`There is no ${login}`)
    return found
  }

  async create(input: { url: string; staffId: string; description?: string; idempotencyKey?: string }) {
    const query = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ${FAILURES} ${ANSWERS.create} } }`
    const { createWebhook } = await this.client.query(query, { input })
    return createWebhook as WebhookAnswer
  }

  /** A webhook that must come to be. */
  async hook(receiver: Receiver, login: string): Promise<{ id: string; secret: string }> {
    const answer = await this.create({ url: `${receiver.url}/hook`, staffId: this.person(login).id })
    if (!answer.webhook || answer.secret === undefined) throw new Error(JSON.stringify(answer))
    return { id: answer.webhook.id, secret: answer.secret }
  }

  async update(input: {
    id: string
    url?: string
    isPaused?: boolean
    idempotencyKey?: string
  }): Promise<WebhookAnswer> {
    const query = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { ${FAILURES} ${ANSWERS.update} } }`
    return (await this.client.query(query, { input }))['updateWebhook'] as WebhookAnswer
  }

  /** One of the mutations that take ids, or a key. */
  async call(name: string, ids: Record<string, string>): Promise<WebhookAnswer & { delivery?: object }> {
    const selection: Record<string, string> = {
      rotateWebhookSecret: ANSWERS.create,
      redeliverWebhook: ANSWERS.update,
      testWebhook: '... on WebhookTested { delivery { event isDelivered status problem } }',
      deleteWebhook: '... on WebhookDeleted { id }',
    }
    const declared = Object.keys(ids).map((key) => `$${key}: ${key === 'idempotencyKey' ? 'String' : 'ID!'}`)
    const given = Object.keys(ids).map((key) => `${key}: $${key}`)
    const query = `mutation (${declared.join(', ')}) { ${name}(${given.join(', ')}) { ${FAILURES} ${selection[name] ?? ''} } }`
    return (await this.client.query(query, ids))[name] as WebhookAnswer
  }

  async shown(id: string): Promise<ShownWebhook> {
    const { admin } = await this.client.query(
      `query ($id: ID!) { admin { webhook(id: $id) { ${SHOWN} } } }`,
      { id },
    )
    return (admin as { webhook: ShownWebhook }).webhook
  }

  /** What the administration shows of it, once something holds. */
  async until(id: string, holds: (webhook: ShownWebhook) => boolean): Promise<ShownWebhook> {
    return await vi.waitFor(async () => {
      const webhook = await this.shown(id)
      if (!holds(webhook)) throw new Error(JSON.stringify(webhook))
      return webhook
    }, PATIENCE)
  }
}

/** What an integrator makes of messages: the copy of the account, kept with the code that ships. */
export class Mirror {
  readonly #device: Device
  readonly #receiver: Receiver
  #taken = 0
  #pages: Received['body'][] = []

  constructor(device: Device, receiver: Receiver) {
    this.#device = device
    this.#receiver = receiver
  }

  get copy(): Copy {
    return this.#device.copy
  }

  /** Applies what has come. A message that came before, or that was merged into a newer one, is known by its versions. */
  async apply(): Promise<void> {
    for (; this.#taken < this.#receiver.all.length; this.#taken++) {
      const { body } = this.#receiver.all[this.#taken] ?? {}
      if (!body?.data) continue
      if (body.data.__typename === 'Resync') {
        this.#pages = []
        await this.#device.load()
        continue
      }
      if (body.data.from === this.copy.cursor) this.#pages = []
      else if (this.#pages.at(-1)?.version !== body.data.from) continue
      this.#pages.push(body)
      if (body.data.hasMore) continue
      applyPages(
        this.copy,
        this.#pages.flatMap(({ data }) => (data?.__typename === 'Delta' ? data : [])),
      )
      this.#pages = []
    }
  }
}
