import type { WebhookPartsFragment } from '../../generated/graphql.ts'

/** What people call it; its host when nobody has said. */
export function webhookName({ description, url }: Pick<WebhookPartsFragment, 'description' | 'url'>): string {
  return description || (URL.canParse(url) ? new URL(url).host : url)
}
