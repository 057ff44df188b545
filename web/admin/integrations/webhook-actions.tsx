import { App, Button, Dropdown } from 'antd'
import {
  DeleteWebhookDocument,
  RotateWebhookSecretDocument,
  TestWebhookDocument,
  UpdateWebhookDocument,
  type WebhookPartsFragment,
} from '../../generated/graphql.ts'
import { useEdit } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { useAct, useAsking } from './use-act.ts'
import { webhookName } from './webhook-name.ts'

export interface WebhookActionsProps {
  readonly webhook: WebhookPartsFragment
  readonly onEdit: () => void
  readonly onSecret: (secret: string) => void
}

/** What is done to a whole webhook. */
export function WebhookActions({ webhook, onEdit, onSecret }: WebhookActionsProps) {
  const { t } = useTexts()
  const { message } = App.useApp()
  const edit = useEdit()
  const act = useAct()
  const ask = useAsking()
  const { id } = webhook
  const name = webhookName(webhook)
  const isStopped = webhook.paused !== null
  const test = async () => {
    const answer = await act.run(
      { test: id },
      async (idempotencyKey) => await edit(TestWebhookDocument, { id, idempotencyKey }),
    )
    if (answer?.__typename !== 'WebhookTested') return
    act.renew()
    const { isDelivered, status, problem } = answer.delivery
    if (isDelivered) void message.success(t('testTaken', { status: status ?? '' }))
    else void message.error(t('testRefused', { problem: problem ?? String(status) }))
  }
  const pause = async (isPaused: boolean) => {
    const input = { id, isPaused }
    await act.run(
      input,
      async (idempotencyKey) => await edit(UpdateWebhookDocument, { input: { ...input, idempotencyKey } }),
      t('done'),
    )
  }
  const rotate = async () => {
    const answer = await act.run(
      { rotate: id },
      async (idempotencyKey) => await edit(RotateWebhookSecretDocument, { id, idempotencyKey }),
    )
    if (answer?.__typename !== 'WebhookSecret') return
    act.renew()
    onSecret(answer.secret)
  }
  const remove = () =>
    act.run(
      { delete: id },
      async (idempotencyKey) => await edit(DeleteWebhookDocument, { id, idempotencyKey }),
      t('done'),
    )
  const choose = (key: string) => {
    if (key === 'edit') onEdit()
    else if (key === 'test') void test()
    else if (key === 'pause') void pause(!isStopped)
    else if (key === 'rotate')
      ask(t('rotateSecretOf', { name }), t('rotateSecretText'), t('rotateSecret'), rotate)
    else ask(t('deleteWebhook', { name }), t('deleteWebhookText'), t('delete'), remove)
  }
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'edit', label: t('edit') },
          { key: 'test', label: t('testWebhook') },
          { key: 'pause', label: t(isStopped ? 'resume' : 'pause') },
          { key: 'rotate', label: t('rotateSecret') },
          { key: 'delete', label: t('delete'), danger: true },
        ],
        onClick: ({ key }) => choose(key),
      }}
    >
      <Button loading={act.isBusy} aria-label={t('actionsOf', { name })}>
        {t('actions')}
      </Button>
    </Dropdown>
  )
}
