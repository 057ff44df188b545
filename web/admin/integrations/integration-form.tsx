import { Alert, Form, Input, Modal, Radio } from 'antd'
import { useState } from 'react'
import {
  CreateIntegrationDocument,
  UpdateIntegrationDocument,
  type IntegrationPartsFragment,
  type IntegrationScope,
} from '../../generated/graphql.ts'
import { useEdit } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import type { Ref } from '../staff/draft.ts'
import { AccountField } from './account-field.tsx'
import { useForm } from './use-form.ts'

const SCOPES: readonly IntegrationScope[] = ['DIRECTORY_READ', 'DIRECTORY_ADMIN']

export interface IntegrationFormProps {
  /** Null: a new one. */
  readonly integration: IntegrationPartsFragment | null
  readonly onClose: () => void
  readonly onMade: (integration: IntegrationPartsFragment) => void
}

interface Draft {
  readonly name: string
  readonly description: string
  readonly scope: IntegrationScope
  readonly staffId: Ref | null
}

/** What an integration is called, what for, and as whom it acts. */
export function IntegrationForm({ integration, onClose, onMade }: IntegrationFormProps) {
  const { t } = useTexts()
  const edit = useEdit()
  // What the edit began with: what somebody else changes meanwhile is a conflict.
  const [opened] = useState(integration)
  const initial: Draft = {
    name: opened?.name ?? '',
    description: opened?.description ?? '',
    scope: opened?.scopes.includes('DIRECTORY_ADMIN') ? 'DIRECTORY_ADMIN' : 'DIRECTORY_READ',
    staffId: opened?.staff ?? null,
  }
  const form = useForm({
    initial,
    check: ({ name, staffId }) => ({
      ...(name.trim() === '' ? { name: t('issue_empty') } : {}),
      ...(staffId || opened ? {} : { staffId: t('accountMissing') }),
    }),
    place: ({ code, __typename }) => {
      if (code === 'NOT_PERMITTED') return [opened ? 'scope' : 'staffId', t('accountRefused')]
      return __typename === 'NotFound' && !opened ? ['staffId', t('accountRefused')] : null
    },
    onClose,
  })
  const { draft, change } = form
  const content = { name: draft.name, description: draft.description, scopes: [draft.scope] }
  const save = () => (opened ? update(opened) : create(draft.staffId?.id ?? ''))
  const create = async (staffId: string) => {
    const input = { ...content, staffId }
    const answer = await form.save(
      input,
      async (idempotencyKey) =>
        await edit(CreateIntegrationDocument, { input: { ...input, idempotencyKey } }),
    )
    if (answer?.__typename !== 'IntegrationSaved') return
    onClose()
    onMade(answer.integration)
  }
  const update = async ({ id, revision }: IntegrationPartsFragment) => {
    const input = { ...content, id, ifRevision: revision }
    const answer = await form.save(
      input,
      async (idempotencyKey) =>
        await edit(UpdateIntegrationDocument, { input: { ...input, idempotencyKey } }),
    )
    if (answer) onClose()
  }
  return (
    <Modal
      open
      title={t(opened ? 'editIntegration' : 'newIntegration')}
      okText={t(opened ? 'save' : 'create')}
      cancelText={t('cancel')}
      confirmLoading={form.isBusy}
      onOk={() => void save()}
      onCancel={form.leave}
    >
      <Form layout="vertical" component="div">
        {form.failure !== null && (
          <Alert className="form-failure" type="error" showIcon role="alert" title={form.failure} />
        )}
        <Form.Item label={t('integrationName')} htmlFor="integration-name" required {...form.state('name')}>
          <Input
            id="integration-name"
            autoFocus
            value={draft.name}
            onChange={(event) => change({ name: event.target.value })}
            onPressEnter={() => void save()}
          />
        </Form.Item>
        <Form.Item
          label={t('integrationPurpose')}
          htmlFor="integration-purpose"
          {...form.state('description')}
        >
          <Input
            id="integration-purpose"
            value={draft.description}
            onChange={(event) => change({ description: event.target.value })}
            onPressEnter={() => void save()}
          />
        </Form.Item>
        <AccountField
          value={draft.staffId}
          state={form.state('staffId')}
          {...(opened ? {} : { onChange: (staffId: Ref | null) => change({ staffId }) })}
        />
        <Form.Item label={t('scopes')} {...form.state('scope')}>
          <Radio.Group
            aria-label={t('scopes')}
            className="scopes"
            value={draft.scope}
            options={SCOPES.map((value) => ({
              value,
              label: (
                <>
                  {t(`scope_${value}`)} <span className="hint">{t(`scope_${value}_hint`)}</span>
                </>
              ),
            }))}
            onChange={(event) => {
              const scope = SCOPES.find((one) => one === event.target.value)
              if (scope) change({ scope })
            }}
          />
        </Form.Item>
      </Form>
    </Modal>
  )
}
