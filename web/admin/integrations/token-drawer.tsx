import { Button, Drawer, Form, Modal, Select } from 'antd'
import { useState } from 'react'
import {
  CreateIntegrationTokenDocument,
  RevokeIntegrationTokenDocument,
  RotateIntegrationTokenDocument,
  type IntegrationPartsFragment,
  type IntegrationTokenState,
} from '../../generated/graphql.ts'
import { useEdit } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { SecretOnce } from './secret-once.tsx'
import { StateTag, type Mood } from './state-tag.tsx'
import { useAct, useAsking } from './use-act.ts'

type Token = IntegrationPartsFragment['tokens'][number]

const DAYS = [30, 90, 180, 365]
const OVERLAPS = [0, 1, 24, 168]
const MOODS: Readonly<Record<IntegrationTokenState, Mood>> = {
  ACTIVE: 'ok',
  EXPIRED: 'off',
  REVOKED: 'off',
  ACCOUNT: 'bad',
  OWNER: 'bad',
}

/** The tokens of an integration: made, replaced and revoked here, and shown once. */
export function TokenDrawer({
  integration,
  onClose,
}: {
  readonly integration: IntegrationPartsFragment
  readonly onClose: () => void
}) {
  const { t, time } = useTexts()
  const edit = useEdit()
  const act = useAct()
  const ask = useAsking()
  const [days, setDays] = useState(90)
  const [overlap, setOverlap] = useState(24)
  const [replacing, setReplacing] = useState<Token | null>(null)
  const [secret, setSecret] = useState<string | null>(null)
  const { id: integrationId, name, tokens } = integration
  const make = async () => {
    const answer = await act.run(
      { make: integrationId, days },
      async (idempotencyKey) =>
        await edit(CreateIntegrationTokenDocument, { integrationId, days, idempotencyKey }),
    )
    if (answer?.__typename === 'IntegrationTokenIssued') setSecret(answer.accessToken)
  }
  const rotate = async ({ id }: Token) => {
    const wanted = { id, days, overlapHours: overlap }
    const answer = await act.run(
      wanted,
      async (idempotencyKey) => await edit(RotateIntegrationTokenDocument, { ...wanted, idempotencyKey }),
    )
    if (answer?.__typename !== 'IntegrationTokenIssued') return
    setReplacing(null)
    setSecret(answer.accessToken)
  }
  const revoke = ({ id, prefix }: Token) =>
    ask(t('revokeTokenOf', { prefix }), t('revokeTokenText'), t('revokeToken'), async () => {
      await act.run(
        { revoke: id },
        async (idempotencyKey) => await edit(RevokeIntegrationTokenDocument, { id, idempotencyKey }),
        t('done'),
      )
    })
  const daysChoice = (
    <Select
      aria-label={t('tokenDays')}
      value={days}
      options={DAYS.map((value) => ({ value, label: t('days', { count: value }) }))}
      onChange={setDays}
    />
  )
  return (
    <>
      <Drawer
        open
        size={560}
        title={t('tokensOf', { name })}
        keyboard={secret === null && replacing === null}
        onClose={onClose}
      >
        <div className="bar is-end">
          {daysChoice}
          <Button type="primary" loading={act.isBusy} onClick={() => void make()}>
            {t('newToken')}
          </Button>
        </div>
        {tokens.length === 0 && <p className="empty">{t('noTokens')}</p>}
        {tokens.length > 0 && (
          <ul className="things" aria-label={t('tokens')}>
            {tokens.map((token) => {
              const { prefix, state } = token
              const isOver = state === 'EXPIRED' || state === 'REVOKED'
              return (
                <li key={token.id}>
                  <div className="thing">
                    <p className="thing-name">
                      <code className="name">{prefix}…</code>
                      <StateTag mood={MOODS[state]} text={t(`tokenState_${state}`)} />
                    </p>
                    <p className="hint">
                      {t(isOver ? 'tokenFactsOver' : 'tokenFacts', {
                        owner: token.owner?.name ?? '—',
                        expires: time(new Date(token.expiresAt)),
                        used: token.lastUsedOn ?? t('never'),
                      })}
                    </p>
                  </div>
                  {!isOver && (
                    <>
                      <Button
                        disabled={act.isBusy}
                        aria-label={`${t('rotateToken')} ${prefix}`}
                        onClick={() => setReplacing(token)}
                      >
                        {t('rotateToken')}
                      </Button>
                      <Button
                        danger
                        disabled={act.isBusy}
                        aria-label={`${t('revokeToken')} ${prefix}`}
                        onClick={() => revoke(token)}
                      >
                        {t('revokeToken')}
                      </Button>
                    </>
                  )}
                </li>
              )
            })}
          </ul>
        )}
        {replacing && (
          <Modal
            open
            title={t('rotateTokenOf', { prefix: replacing.prefix })}
            okText={t('rotateToken')}
            cancelText={t('cancel')}
            confirmLoading={act.isBusy}
            onOk={() => void rotate(replacing)}
            onCancel={() => setReplacing(null)}
          >
            <p>{t('rotateTokenText')}</p>
            <Form layout="vertical" component="div">
              <Form.Item label={t('overlap')}>
                <Select
                  aria-label={t('overlap')}
                  value={overlap}
                  options={OVERLAPS.map((value) => ({
                    value,
                    label: value === 0 ? t('overlapNone') : t('overlapHours', { count: value }),
                  }))}
                  onChange={setOverlap}
                />
              </Form.Item>
              <Form.Item label={t('tokenDays')}>{daysChoice}</Form.Item>
            </Form>
          </Modal>
        )}
      </Drawer>
      {secret !== null && (
        <SecretOnce
          title={t('tokenMade')}
          secret={secret}
          use={t('tokenUse')}
          onKept={() => {
            act.renew()
            setSecret(null)
          }}
        />
      )}
    </>
  )
}
