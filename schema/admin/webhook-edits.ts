import type { EditFailure } from '../../src/edit/failures.ts'
import type { Asking, Revealed } from '../../src/webhook/webhooks.ts'
import type { Delivery, Webhook } from '../../src/webhook/store.ts'
import { builder } from '../builder.ts'
import { fromOf, type SignedInContext } from '../context.ts'
import { answered, FAILURES } from './failures.ts'
import { keySchema, TEXT } from './input.ts'
import { DeliveryRef, WebhookRef } from './webhook.ts'

const SecretRef = builder.objectRef<Revealed>('WebhookSecret').implement({
  description: 'A webhook and its secret, which is shown here and never again.',
  fields: (t) => ({
    webhook: t.expose('webhook', { type: WebhookRef, description: 'As it is now.' }),
    secret: t.exposeString('secret', {
      description: 'With it the receiver checks signatures: `whsec_…`, as Standard Webhooks write it.',
    }),
  }),
})
const SavedRef = builder.objectRef<{ readonly webhook: Webhook }>('WebhookSaved').implement({
  description: 'A webhook was changed.',
  fields: (t) => ({ webhook: t.expose('webhook', { type: WebhookRef, description: 'As it is now.' }) }),
})
const TestedRef = builder.objectRef<{ readonly delivery: Delivery }>('WebhookTested').implement({
  description: 'A test message was sent.',
  fields: (t) => ({
    delivery: t.expose('delivery', { type: DeliveryRef, description: 'What has become of it.' }),
  }),
})
const DeletedRef = builder.objectRef<{ readonly id: string }>('WebhookDeleted').implement({
  description: 'A webhook is gone, and its delivery log with it.',
  fields: (t) => ({ id: t.exposeID('id', { description: 'Its id.' }) }),
})

const SecretResult = builder.errorUnion('WebhookSecretResult', {
  description: 'A webhook with its secret, or why there is none.',
  types: [SecretRef, ...FAILURES],
  resolveType: () => SecretRef,
})
const SavedResult = builder.errorUnion('WebhookResult', {
  description: 'The webhook, or why it was not changed.',
  types: [SavedRef, ...FAILURES],
  resolveType: () => SavedRef,
})
const TestedResult = builder.errorUnion('WebhookTestResult', {
  description: 'What has become of the test, or why there was none.',
  types: [TestedRef, ...FAILURES],
  resolveType: () => TestedRef,
})
const DeletedResult = builder.errorUnion('WebhookDeleteResult', {
  description: 'That it is gone, or why it is not.',
  types: [DeletedRef, ...FAILURES],
  resolveType: () => DeletedRef,
})

const CreateInput = builder.inputType('CreateWebhookInput', {
  description: 'A new webhook. It is told what changes from now on.',
  fields: (t) => ({
    url: t.string({
      required: true,
      description:
        'Where to send: https to a public address; http too for networks that the operator has allowed.',
    }),
    description: t.string({ description: 'What people call it, up to 200 characters.' }),
    staffId: t.id({
      required: true,
      description:
        'The account whose view it has: one of its own, not of a person; with it the receiver reads snapshots as well.',
    }),
    idempotencyKey: t.string({ description: TEXT.key, validate: keySchema }),
  }),
})

const UpdateInput = builder.inputType('UpdateWebhookInput', {
  description: 'What is to change of a webhook; what is absent stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which one.' }),
    url: t.string({ description: 'Where to send from now on.' }),
    description: t.string({ description: 'What people call it.' }),
    isPaused: t.boolean({
      description: 'Whether nothing is sent; false lets one go on, where it stood, that was paused.',
    }),
    idempotencyKey: t.string({ description: TEXT.key, validate: keySchema }),
  }),
})

const id = { required: true, description: 'Which webhook.' } as const
const idempotencyKey = { description: TEXT.key, validate: keySchema } as const

builder.mutationFields((t) => ({
  createWebhook: t.withAuth({ person: true }).field({
    type: SecretResult,
    description:
      "Has the changes of an account's view sent somewhere. Needs `webhook.write` for the whole organisation, and that the caller may look at the directory as that account (`viewAs`).",
    args: { input: t.arg({ type: CreateInput, required: true, description: 'Where and what.' }) },
    resolve: (_, { input: { url, description, staffId, idempotencyKey } }, context) =>
      answered(
        context.webhooks.create(askingOf(context, idempotencyKey), {
          url,
          description: description ?? '',
          staffId,
        }),
      ),
  }),
  updateWebhook: t.withAuth({ person: true }).field({
    type: SavedResult,
    description: 'Changes a webhook, pauses it, or lets it go on.',
    args: { input: t.arg({ type: UpdateInput, required: true, description: 'What is to change.' }) },
    resolve: (_, { input: { id, url, description, isPaused, idempotencyKey } }, context) =>
      saved(
        context.webhooks.update(askingOf(context, idempotencyKey), id, {
          ...(url == null ? {} : { url }),
          ...(description == null ? {} : { description }),
          ...(isPaused == null ? {} : { isPaused }),
        }),
      ),
  }),
  rotateWebhookSecret: t.withAuth({ person: true }).field({
    type: SecretResult,
    description: 'Makes a new secret. For a day messages are signed with the one before as well.',
    args: {
      id: t.arg.id(id),
      idempotencyKey: t.arg.string({
        description:
          'The key of the newest secret gives that secret again, and makes none. Up to 200 characters.',
        validate: keySchema,
      }),
    },
    resolve: (_, { id, idempotencyKey }, context) =>
      answered(context.webhooks.rotateSecret(askingOf(context, idempotencyKey), id)),
  }),
  redeliverWebhook: t.withAuth({ person: true }).field({
    type: SavedResult,
    description:
      'Turns a webhook back to before a message, and lets it go on from there: everything that differs since is sent again, as it is now.',
    args: {
      id: t.arg.id(id),
      deliveryId: t.arg.id({ required: true, description: 'The `id` of an attempt of its delivery log.' }),
      idempotencyKey: t.arg.string(idempotencyKey),
    },
    resolve: (_, { id, deliveryId, idempotencyKey }, context) =>
      saved(context.webhooks.redeliver(askingOf(context, idempotencyKey), id, deliveryId)),
  }),
  testWebhook: t.withAuth({ person: true }).field({
    type: TestedResult,
    description: 'Sends a signed message that tells nothing, at once and once.',
    args: { id: t.arg.id(id), idempotencyKey: t.arg.string(idempotencyKey) },
    resolve: (_, { id, idempotencyKey }, context) =>
      answered(
        context.webhooks.test(askingOf(context, idempotencyKey), id).then((delivery) => ({ delivery })),
      ),
  }),
  deleteWebhook: t.withAuth({ person: true }).field({
    type: DeletedResult,
    description: 'Ends a webhook.',
    args: { id: t.arg.id(id), idempotencyKey: t.arg.string(idempotencyKey) },
    resolve: (_, { id, idempotencyKey }, context) =>
      answered(context.webhooks.delete(askingOf(context, idempotencyKey), id).then(() => ({ id }))),
  }),
}))

function askingOf(context: SignedInContext, key: string | null | undefined): Asking {
  return { authority: context.caller.administration.authority, from: fromOf(context), key: key ?? null }
}

function saved(work: Promise<Webhook>): Promise<{ webhook: Webhook } | EditFailure> {
  return answered(work.then((webhook) => ({ webhook })))
}
