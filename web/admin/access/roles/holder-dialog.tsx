import { Alert, App, Modal } from 'antd'
import { useEffect, useState } from 'react'
import { useClient } from 'urql'
import {
  AdminStaffMemberDocument,
  SetStaffRolesDocument,
  type AdminRolePartsFragment,
} from '../../../generated/graphql.ts'
import { EditKeys, useAdmin, useEdit } from '../../admin.ts'
import { Effect, effectOf, type Effected } from '../../effect.tsx'
import { useTexts } from '../../i18n/texts.ts'
import { failureText } from '../../issues.ts'
import type { Ref } from '../../staff/draft.ts'
import { abilityText } from './ability-text.ts'
import { openedRole } from './role-draft.ts'

export interface HolderChange {
  readonly person: Ref
  /** Otherwise the role is taken from them. */
  readonly isGiven: boolean
}

interface Input {
  readonly id: string
  readonly roleIds: string[]
  readonly ifRevision: string
}

/** A role is given to somebody, or taken from them: first it says what that would mean. */
export function HolderDialog({
  role,
  change: { person, isGiven },
  onClose,
}: {
  readonly role: AdminRolePartsFragment
  readonly change: HolderChange
  readonly onClose: () => void
}) {
  const { t, language } = useTexts()
  const client = useClient()
  const { message } = App.useApp()
  const { catalogue, news } = useAdmin()
  const edit = useEdit()
  const [keys] = useState(() => new EditKeys())
  const [input, setInput] = useState<Input | null>(null)
  const [effected, setEffected] = useState<Effected | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const { id } = person
  const waitFor = news.version
  useEffect(() => {
    let isOver = false
    const ask = async () => {
      const { data } = await client.query(AdminStaffMemberDocument, { id, waitFor }).toPromise()
      const staff = data?.admin?.staff
      if (isOver) return
      if (!staff) return setFailure(t(data ? 'goneStaff' : 'away'))
      const others = staff.roles.map((one) => one.id).filter((one) => one !== role.id)
      const roleIds = (isGiven ? [...others, role.id] : others).toSorted()
      const wanted = { id, roleIds, ifRevision: staff.revision }
      const answer = await effectOf(client, { setStaffRoles: wanted }, t)
      if (isOver) return
      setInput(wanted)
      setEffected(answer)
    }
    void ask()
    return () => {
      isOver = true
    }
    // It is asked once: what changes meanwhile is a conflict, which the edit answers.
  }, [client, t, id, waitFor, role.id, isGiven])
  const save = async () => {
    if (!input || isBusy) return
    setBusy(true)
    const outcome = await edit(SetStaffRolesDocument, { input: { ...input, idempotencyKey: keys.of(input) } })
    setBusy(false)
    if (outcome.kind === 'away') return setFailure(t('awaySaving'))
    if (outcome.kind === 'refused') return setFailure(failureText(t, outcome.failure))
    keys.done()
    void message.success(t('saved'))
    onClose()
  }
  const { abilities } = openedRole(role).draft
  const names = { name: person.name, role: role.name }
  return (
    <Modal
      open
      title={t(isGiven ? 'giveRoleTo' : 'takeRole', names)}
      okText={t(isGiven ? 'giveRole' : 'remove')}
      cancelText={t('cancel')}
      okButtonProps={{ disabled: effected?.kind !== 'effect', danger: !isGiven }}
      confirmLoading={isBusy}
      onOk={() => void save()}
      onCancel={onClose}
    >
      {failure !== null && <Alert type="error" showIcon role="alert" title={failure} />}
      {!effected && failure === null && <p className="hint">{t('previewing')}</p>}
      {effected && <Effect effected={effected} />}
      {effected?.kind === 'effect' && abilities.length > 0 && (
        <section className="effect" aria-label={t('abilityChanges')}>
          <ul>
            {abilities.map((ability, i) => (
              <li key={i} className={isGiven ? 'gains' : 'loses'}>
                {t(isGiven ? 'abilityGiven' : 'abilityTaken', {
                  text: abilityText({ t, language, catalogue }, ability),
                })}
              </li>
            ))}
          </ul>
        </section>
      )}
    </Modal>
  )
}
