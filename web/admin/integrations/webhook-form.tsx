import { Alert, Form, Input, Modal } from 'antd'
import {
  CreateWebhookDocument,
  UpdateWebhookDocument,
  type WebhookPartsFragment,
} from '../../generated/graphql.ts'
import { useEdit } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import type { Ref } from '../staff/draft.ts'
import { AccountField } from './account-field.tsx'
import { useForm } from './use-form.ts'

export interface WebhookFormProps {
  /** Null: a new one. */
  readonly webhook: WebhookPartsFragment | null
  readonly onClose: () => void
  readonly onSecret: (secret: string) => void
}

interface Draft {
  readonly url: string
  readonly description: string
  readonly staffId: Ref | null
}

/** Where a webhook sends to, what it is called, and whose view it has. */
export function WebhookForm({ webhook, onClose, onSecret }: WebhookFormProps) {
  const { t } = useTexts()
  const edit = useEdit()
  const initial: Draft = {
    url: webhook?.url ?? '',
    description: webhook?.description ?? '',
    staffId: webhook?.staff ?? null,
  }
  const form = useForm({
    initial,
    check: ({ url, staffId }) => ({
      ...(url.trim() === '' ? { url: t('issue_empty') } : {}),
      ...(staffId || webhook ? {} : { staffId: t('accountMissing') }),
    }),
    place: ({ code, __typename }) =>
      code === 'NOT_PERMITTED' || (__typename === 'NotFound' && !webhook)
        ? ['staffId', t('accountRefused')]
        : null,
    onClose,
  })
  const { draft, change } = form
  const url = draft.url.trim()
  const save = () => (webhook ? update(webhook.id) : create(draft.staffId?.id ?? ''))
  const create = async (staffId: string) => {
    const input = { url, description: draft.description, staffId }
    const answer = await form.save(
      input,
      async (idempotencyKey) => await edit(CreateWebhookDocument, { input: { ...input, idempotencyKey } }),
    )
    if (answer?.__typename !== 'WebhookSecret') return
    onClose()
    onSecret(answer.secret)
  }
  const update = async (id: string) => {
    const input = { id, url, description: draft.description }
    const answer = await form.save(
      input,
      async (idempotencyKey) => await edit(UpdateWebhookDocument, { input: { ...input, idempotencyKey } }),
    )
    if (answer) onClose()
  }
  return (
    <Modal
      open
      title={t(webhook ? 'editWebhook' : 'newWebhook')}
      okText={t(webhook ? 'save' : 'create')}
      cancelText={t('cancel')}
      confirmLoading={form.isBusy}
      onOk={() => void save()}
      onCancel={form.leave}
    >
      <Form layout="vertical" component="div">
        {form.failure !== null && (
          <Alert className="form-failure" type="error" showIcon role="alert" title={form.failure} />
        )}
        <Form.Item
          label={t('webhookUrl')}
          htmlFor="webhook-url"
          required
          extra={form.state('url').help === undefined && t('webhookUrlHint')}
          {...form.state('url')}
        >
          <Input
            id="webhook-url"
            inputMode="url"
            autoFocus
            placeholder="https://"
            value={draft.url}
            onChange={(event) => change({ url: event.target.value })}
            onPressEnter={() => void save()}
          />
        </Form.Item>
        <Form.Item label={t('webhookName')} htmlFor="webhook-name" {...form.state('description')}>
          <Input
            id="webhook-name"
            value={draft.description}
            onChange={(event) => change({ description: event.target.value })}
            onPressEnter={() => void save()}
          />
        </Form.Item>
        <AccountField
          value={draft.staffId}
          state={form.state('staffId')}
          {...(webhook ? {} : { onChange: (staffId: Ref | null) => change({ staffId }) })}
        />
      </Form>
    </Modal>
  )
}
