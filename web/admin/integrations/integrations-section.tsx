import { Tabs } from 'antd'
import { useAdmin } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { IntegrationList } from './integration-list.tsx'
import { WebhookList } from './webhook-list.tsx'
import './integrations.css'

/** Other software: programs that use the API, and addresses that are told what changes. */
export function IntegrationsSection() {
  const { t } = useTexts()
  const { abilities } = useAdmin()
  const items = [
    { key: 'tokens', label: t('integrations'), ability: 'integration.write', children: <IntegrationList /> },
    { key: 'webhooks', label: t('webhooks'), ability: 'webhook.write', children: <WebhookList /> },
  ]
  return (
    <div className="admin-section integrations">
      <Tabs
        items={items
          .filter(({ ability }) => abilities.has(ability))
          .map(({ key, label, children }) => ({ key, label, children }))}
      />
    </div>
  )
}
