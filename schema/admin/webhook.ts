import { PAUSES, type Pause } from '../../src/webhook/attempt.ts'
import type { Delivery, Webhook } from '../../src/webhook/store.ts'
import { countSchema, listCost } from '../arguments.ts'
import { builder } from '../builder.ts'
import { Administration } from './administration.ts'
import { AdminStaff } from './refs.ts'

const DEFAULT_DELIVERIES = 20

const PauseEnum = builder.enumType('WebhookPause', {
  description: 'Why nothing is sent to a webhook.',
  values: {
    BY_HAND: { description: PAUSES.BY_HAND },
    FAILING: { description: PAUSES.FAILING },
    GONE: { description: PAUSES.GONE },
    ACCOUNT: { description: PAUSES.ACCOUNT },
  } satisfies Record<Pause, object>,
})

export const DeliveryRef = builder.objectRef<Delivery>('WebhookDelivery').implement({
  description: 'One attempt to send a message to a webhook.',
  fields: (t) => ({
    id: t.id({ description: 'For `redeliverWebhook`.', resolve: ({ number }) => String(number) }),
    messageId: t.exposeString('messageId', {
      description: 'The `webhook-id` of the message; the same one whenever the same is sent again.',
    }),
    event: t.exposeString('event', {
      description: 'What it told: `directory.changed`, `directory.resync` or `webhook.test`.',
    }),
    changes: t.exposeInt('changes', { description: 'Of how many rows.' }),
    attempt: t.exposeInt('attempt', {
      description: 'The how many-th since the receiver has last taken something.',
    }),
    isDelivered: t.boolean({
      description: 'Whether the receiver has taken it.',
      resolve: ({ problem }) => problem === null,
    }),
    status: t.exposeInt('status', {
      nullable: true,
      description: 'What it answered (HTTP); null when it did not.',
    }),
    problem: t.exposeString('problem', { nullable: true, description: 'Why it does not count as taken.' }),
    durationMs: t.exposeInt('durationMs', { description: 'How long that took, in milliseconds.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it had ended.' }),
  }),
})

export const WebhookRef = builder.objectRef<Webhook>('Webhook').implement({
  description:
    "Where the changes of one account's view are sent. Its receiver checks signatures as Standard Webhooks say.",
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id.' }),
    url: t.exposeString('url', { description: 'Where to.' }),
    description: t.exposeString('description', { description: 'What people call it.' }),
    staffId: t.exposeID('staffId', { description: 'The account whose view it has.' }),
    staff: t.field({
      type: AdminStaff,
      nullable: true,
      description: 'That account.',
      resolve: ({ staffId }, _, { caller }) => caller.administration.staff(staffId),
    }),
    paused: t.expose('paused', {
      type: PauseEnum,
      nullable: true,
      description: 'Why nothing is sent; null: it is active.',
    }),
    failures: t.exposeInt('failures', {
      description: 'Attempts without success since the last one that had any.',
    }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried again, if the last attempt had no success.',
      resolve: ({ paused, failures, nextAttemptAt }) =>
        paused === null && failures > 0 ? nextAttemptAt : null,
    }),
    deliveredAt: t.expose('deliveredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it has last taken something.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    deliveries: t.field({
      type: [DeliveryRef],
      description: 'What was sent lately, the newest first; the last thousand attempts are kept.',
      complexity: ({ first }) => listCost(first ?? DEFAULT_DELIVERIES),
      args: {
        first: t.arg.int({
          defaultValue: DEFAULT_DELIVERIES,
          description: 'How many: 0 to 100.',
          validate: countSchema.nullish(),
        }),
        before: t.arg.id({ description: 'Older than this one.' }),
      },
      resolve: async ({ id }, { first, before }, { caller, webhooks }) =>
        await webhooks.deliveries(
          caller.administration.authority,
          id,
          before ?? null,
          first ?? DEFAULT_DELIVERIES,
        ),
    }),
  }),
})

builder.objectFields(Administration, (t) => ({
  webhook: t.field({
    type: WebhookRef,
    nullable: true,
    description: 'One webhook; null for callers without the ability `webhook.write`.',
    args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
    resolve: async ({ authority }, { id }, { webhooks }) => await webhooks.byId(authority, id),
  }),
  webhooks: t.field({
    type: [WebhookRef],
    complexity: { field: 1, multiplier: 20 },
    description: 'All webhooks, oldest first; none for callers without the ability `webhook.write`.',
    resolve: async ({ authority }, _, { webhooks }) => await webhooks.all(authority),
  }),
}))
