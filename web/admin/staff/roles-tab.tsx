import { Alert, Button, Checkbox } from 'antd'
import { useState } from 'react'
import { SetStaffRolesDocument, type AdminStaffPartsFragment } from '../../generated/graphql.ts'
import { useClient } from 'urql'
import { EditKeys, useAdmin, useEdit } from '../admin.ts'
import { Effect, effectOf, type Effected } from '../effect.tsx'
import { useTexts } from '../i18n/texts.ts'
import { failureText } from '../issues.ts'
import { useUnsaved } from '../unsaved.ts'

/** Roles of a person; what that would mean is shown before it is saved. */
export function RolesTab({ staff }: { staff: AdminStaffPartsFragment }) {
  const { t } = useTexts()
  const client = useClient()
  const { catalogue } = useAdmin()
  const edit = useEdit()
  const [keys] = useState(() => new EditKeys())
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null)
  const [effect, setEffect] = useState<Effected | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const held = new Set(staff.roles.map(({ id }) => id))
  const now = chosen ?? held
  const isDirty = chosen !== null && (chosen.size !== held.size || [...chosen].some((id) => !held.has(id)))
  useUnsaved(isDirty)
  const input = { id: staff.id, roleIds: [...now].sort(), ifRevision: staff.revision }
  const toggle = (id: string, isOn: boolean) => {
    const next = new Set(now)
    if (isOn) next.add(id)
    else next.delete(id)
    setChosen(next)
    setEffect(null)
    setFailure(null)
  }
  const preview = async () => {
    setBusy(true)
    setEffect(await effectOf(client, { setStaffRoles: input }, t))
    setBusy(false)
  }
  const save = async () => {
    setBusy(true)
    const outcome = await edit(SetStaffRolesDocument, { input: { ...input, idempotencyKey: keys.of(input) } })
    setBusy(false)
    if (outcome.kind === 'away') return setFailure(t('awaySaving'))
    if (outcome.kind === 'refused') return setFailure(failureText(t, outcome.failure))
    keys.done()
    setChosen(null)
    setEffect(null)
  }
  return (
    <div className="roles-tab">
      {failure !== null && <Alert type="error" showIcon role="alert" title={failure} />}
      <ul>
        {catalogue.roles.map(({ id, name, description }) => (
          <li key={id}>
            <Checkbox checked={now.has(id)} onChange={(event) => toggle(id, event.target.checked)}>
              {name}
              {description !== null && <span className="hint"> {description}</span>}
            </Checkbox>
          </li>
        ))}
      </ul>
      {effect && <Effect effected={effect} />}
      <div className="tab-foot">
        <Button disabled={!isDirty || isBusy} onClick={() => void preview()}>
          {t('preview')}
        </Button>
        <Button type="primary" disabled={!isDirty} loading={isBusy} onClick={() => void save()}>
          {t('saveRoles')}
        </Button>
      </div>
    </div>
  )
}
