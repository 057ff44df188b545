import type { NewRecord } from '../audit/record.ts'
import type { Webhook } from './store.ts'

/** What the audit log calls a webhook: of its address the host alone, since receivers put secrets into the rest. */
export function aboutWebhook(
  actorId: string | null,
  { id, description, url }: Pick<Webhook, 'id' | 'description' | 'url'>,
): Pick<NewRecord, 'actorId' | 'subject'> {
  const label = description === '' ? new URL(url).host : description
  return { actorId, subject: { kind: 'webhook', id, label } }
}
