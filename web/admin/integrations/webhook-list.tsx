import { Button } from 'antd'
import { useState } from 'react'
import { WebhooksDocument, type WebhookPartsFragment } from '../../generated/graphql.ts'
import { useAdmin, useAsked } from '../admin.ts'
import { useTexts, type T } from '../i18n/texts.ts'
import { DeliveryLog } from './delivery-log.tsx'
import { SecretOnce } from './secret-once.tsx'
import { StateTag, type Mood } from './state-tag.tsx'
import { WebhookActions } from './webhook-actions.tsx'
import { WebhookForm } from './webhook-form.tsx'
import { webhookName } from './webhook-name.ts'

type Open = { readonly kind: 'form' | 'log'; readonly webhook: WebhookPartsFragment | null }

/** All webhooks, each with whether it delivers, and why not. */
export function WebhookList() {
  const { t, time } = useTexts()
  const { news } = useAdmin()
  const { data, isAway } = useAsked(WebhooksDocument, {}, news)
  const [open, setOpen] = useState<Open | null>(null)
  const [secret, setSecret] = useState<string | null>(null)
  const webhooks = data?.admin?.webhooks
  if (!webhooks) return <p className="empty">{t(isAway ? 'away' : 'opening')}</p>
  return (
    <>
      <div className="bar is-end">
        <Button type="primary" onClick={() => setOpen({ kind: 'form', webhook: null })}>
          {t('newWebhook')}
        </Button>
      </div>
      {webhooks.length === 0 ? (
        <p className="empty">{t('noWebhooks')}</p>
      ) : (
        <ul className="things" aria-label={t('webhooks')}>
          {webhooks.map((webhook) => {
            const { mood, text } = stateOf(t, time, webhook)
            return (
              <li key={webhook.id}>
                <div className="thing">
                  <p className="thing-name">
                    <span className="name">{webhookName(webhook)}</span>
                    <StateTag mood={mood} text={text} />
                  </p>
                  <p className="hint url">{webhook.url}</p>
                  <p className="hint">
                    {t('webhookFacts', {
                      account: webhook.staff?.name ?? '—',
                      time:
                        webhook.deliveredAt === null
                          ? t('webhookNever')
                          : time(new Date(webhook.deliveredAt)),
                    })}
                  </p>
                </div>
                <Button onClick={() => setOpen({ kind: 'log', webhook })}>{t('deliveries')}</Button>
                <WebhookActions
                  webhook={webhook}
                  onEdit={() => setOpen({ kind: 'form', webhook })}
                  onSecret={setSecret}
                />
              </li>
            )
          })}
        </ul>
      )}
      {open?.kind === 'form' && (
        <WebhookForm webhook={open.webhook} onClose={() => setOpen(null)} onSecret={setSecret} />
      )}
      {open?.kind === 'log' && open.webhook && (
        <DeliveryLog webhook={open.webhook} onClose={() => setOpen(null)} />
      )}
      {secret !== null && (
        <SecretOnce
          title={t('webhookSecret')}
          secret={secret}
          use={t('webhookSecretUse')}
          onKept={() => setSecret(null)}
        />
      )}
    </>
  )
}

function stateOf(
  t: T,
  time: (at: Date) => string,
  { paused, failures, nextAttemptAt }: WebhookPartsFragment,
): { readonly mood: Mood; readonly text: string } {
  switch (paused) {
    case 'BY_HAND':
      return { mood: 'off', text: t('webhookPaused_BY_HAND') }
    case 'ACCOUNT':
      return { mood: 'bad', text: t('webhookPaused_ACCOUNT') }
    case 'FAILING':
      return { mood: 'bad', text: t('webhookPaused_FAILING') }
    case 'GONE':
      return { mood: 'bad', text: t('webhookPaused_GONE') }
    case null:
      return nextAttemptAt === null
        ? { mood: 'ok', text: t('webhookOk') }
        : {
            mood: 'warn',
            text: t('webhookFailing', { count: failures, time: time(new Date(nextAttemptAt)) }),
          }
  }
}
