import { Button, Drawer } from 'antd'
import { useState } from 'react'
import {
  RedeliverWebhookDocument,
  WebhookDeliveriesDocument,
  type WebhookDeliveryPartsFragment,
  type WebhookPartsFragment,
} from '../../generated/graphql.ts'
import { useAdmin, useAsked, useEdit } from '../admin.ts'
import { useTexts, type T } from '../i18n/texts.ts'
import { StateTag } from './state-tag.tsx'
import { useAct, useAsking } from './use-act.ts'
import { webhookName } from './webhook-name.ts'

const PAGE = 20

/** What was sent to a webhook and what it answered, newest first. */
export function DeliveryLog({ webhook, onClose }: { webhook: WebhookPartsFragment; onClose: () => void }) {
  const { t, time } = useTexts()
  const { news } = useAdmin()
  const edit = useEdit()
  const act = useAct()
  const ask = useAsking()
  /** Ids of the last attempts of the pages before this one. */
  const [behind, setBehind] = useState<readonly string[]>([])
  const { id } = webhook
  const asked = { id, first: PAGE, before: behind.at(-1) ?? null }
  const { data, isAway } = useAsked(WebhookDeliveriesDocument, asked, news)
  const deliveries = data?.admin?.webhook?.deliveries
  const redeliver = (deliveryId: string) =>
    act.run(
      { redeliver: deliveryId },
      async (idempotencyKey) => await edit(RedeliverWebhookDocument, { id, deliveryId, idempotencyKey }),
      t('redelivering'),
    )
  const again = (deliveryId: string) =>
    ask(t('redeliverTitle'), t('redeliverText'), t('redeliver'), async () => await redeliver(deliveryId))
  return (
    <Drawer open size={560} title={t('deliveriesOf', { name: webhookName(webhook) })} onClose={onClose}>
      {!deliveries && <p className="empty">{t(isAway ? 'away' : 'opening')}</p>}
      {deliveries?.length === 0 && <p className="empty">{t('noDeliveries')}</p>}
      {deliveries && deliveries.length > 0 && (
        <ul className="things" aria-label={t('deliveries')}>
          {deliveries.map((delivery) => (
            <li key={delivery.id}>
              <div className="thing">
                <p className="thing-name">
                  <span className="name">{eventText(t, delivery)}</span>
                  <StateTag
                    mood={delivery.isDelivered ? 'ok' : 'bad'}
                    text={`${t(delivery.isDelivered ? 'delivered' : 'notDelivered')} · ${delivery.status ?? t('noAnswer')}`}
                  />
                </p>
                <p className="hint">
                  {t('deliveryFacts', {
                    attempt: delivery.attempt,
                    duration: delivery.durationMs,
                    time: time(new Date(delivery.at)),
                  })}
                </p>
                {delivery.problem !== null && <p className="hint">{delivery.problem}</p>}
                <code className="hint">{delivery.messageId}</code>
              </div>
              {delivery.event !== 'webhook.test' && (
                <Button disabled={act.isBusy} onClick={() => again(delivery.id)}>
                  {t('redeliver')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <div className="pager">
        <Button disabled={behind.length === 0} onClick={() => setBehind(behind.slice(0, -1))}>
          {t('newer')}
        </Button>
        <Button
          disabled={(deliveries?.length ?? 0) < PAGE}
          onClick={() => {
            const last = deliveries?.at(-1)
            if (last) setBehind([...behind, last.id])
          }}
        >
          {t('older')}
        </Button>
      </div>
    </Drawer>
  )
}

function eventText(t: T, { event, changes }: WebhookDeliveryPartsFragment): string {
  if (event === 'directory.changed') return t('event_changed', { count: changes })
  if (event === 'directory.resync') return t('event_resync')
  return event === 'webhook.test' ? t('event_test') : event
}
