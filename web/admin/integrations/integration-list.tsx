import { Button, Dropdown } from 'antd'
import { useState } from 'react'
import {
  DeleteIntegrationDocument,
  IntegrationsDocument,
  type IntegrationPartsFragment,
} from '../../generated/graphql.ts'
import { useAdmin, useAsked, useEdit } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { IntegrationForm } from './integration-form.tsx'
import { TokenDrawer } from './token-drawer.tsx'
import { useAct, useAsking } from './use-act.ts'

type Open =
  | { readonly kind: 'form'; readonly integration: IntegrationPartsFragment | null }
  | { readonly kind: 'tokens'; readonly id: string }

/** All integrations, each with whom it acts as, and its tokens. */
export function IntegrationList() {
  const { t } = useTexts()
  const { news } = useAdmin()
  const edit = useEdit()
  const act = useAct()
  const ask = useAsking()
  const { data, isAway } = useAsked(IntegrationsDocument, {}, news)
  const [open, setOpen] = useState<Open | null>(null)
  const integrations = data?.admin?.integrations
  if (!integrations) return <p className="empty">{t(isAway ? 'away' : 'opening')}</p>
  const remove = (id: string) =>
    act.run(
      { delete: id },
      async (idempotencyKey) => await edit(DeleteIntegrationDocument, { id, idempotencyKey }),
      t('done'),
    )
  const shown = open?.kind === 'tokens' ? integrations.find(({ id }) => id === open.id) : undefined
  return (
    <>
      <div className="bar is-end">
        <Button type="primary" onClick={() => setOpen({ kind: 'form', integration: null })}>
          {t('newIntegration')}
        </Button>
      </div>
      {integrations.length === 0 ? (
        <p className="empty">{t('noIntegrations')}</p>
      ) : (
        <ul className="things" aria-label={t('integrations')}>
          {integrations.map((integration) => {
            const { id, name, description, staff, scopes, tokens } = integration
            const scope = scopes.includes('DIRECTORY_ADMIN') ? 'DIRECTORY_ADMIN' : 'DIRECTORY_READ'
            const count = tokens.filter(({ state }) => state === 'ACTIVE').length
            return (
              <li key={id}>
                <div className="thing">
                  <p className="thing-name">
                    <span className="name">{name}</span>
                    <span className="hint">{t('tokensCount', { count })}</span>
                  </p>
                  {description !== '' && <p className="hint">{description}</p>}
                  <p className="hint">
                    {t('account')}: {staff?.name ?? '—'} · {t(`scope_${scope}`)}
                  </p>
                </div>
                <Button onClick={() => setOpen({ kind: 'tokens', id })}>{t('tokens')}</Button>
                <Dropdown
                  trigger={['click']}
                  menu={{
                    items: [
                      { key: 'edit', label: t('edit') },
                      { key: 'delete', label: t('delete'), danger: true },
                    ],
                    onClick: ({ key }) => {
                      if (key === 'edit') setOpen({ kind: 'form', integration })
                      else
                        ask(
                          t('deleteIntegration', { name }),
                          t('deleteIntegrationText'),
                          t('delete'),
                          async () => await remove(id),
                        )
                    },
                  }}
                >
                  <Button aria-label={t('actionsOf', { name })}>{t('actions')}</Button>
                </Dropdown>
              </li>
            )
          })}
        </ul>
      )}
      {open?.kind === 'form' && (
        <IntegrationForm
          integration={open.integration}
          onClose={() => setOpen(null)}
          onMade={({ id }) => setOpen({ kind: 'tokens', id })}
        />
      )}
      {shown && <TokenDrawer integration={shown} onClose={() => setOpen(null)} />}
    </>
  )
}
