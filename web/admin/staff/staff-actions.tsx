import { App, Button, Dropdown } from 'antd'
import { useState } from 'react'
import {
  DeleteStaffDocument,
  UpdateStaffDocument,
  type AdminStaffPartsFragment,
} from '../../generated/graphql.ts'
import { useViewAs } from '../access/use-view-as.ts'
import { EditKeys, useAdmin, useEdit, type Outcome } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { failureText } from '../issues.ts'

/** What is done to a whole person. */
export function StaffActions({ staff, onGone }: { staff: AdminStaffPartsFragment; onGone: () => void }) {
  const { t } = useTexts()
  const { modal, message } = App.useApp()
  const { abilities } = useAdmin()
  const edit = useEdit()
  const [keys] = useState(() => new EditKeys())
  const { viewAs } = useViewAs()
  const mayWrite = abilities.hasAll('staff.write')
  const mayLook = abilities.has('access.explain') && staff.status === 'ACTIVE'
  if (staff.status === 'TRASHED' || (!mayWrite && !mayLook)) return null
  const { id, revision: ifRevision, name } = staff
  const say = (outcome: Outcome<unknown>, done: string) => {
    if (outcome.kind === 'done') void message.success(done)
    else void message.error(outcome.kind === 'away' ? t('awaySaving') : failureText(t, outcome.failure))
    return outcome.kind === 'done'
  }
  const disable = async (isDisabled: boolean) => {
    const input = { id, ifRevision, isDisabled }
    say(
      await edit(UpdateStaffDocument, { input: { ...input, idempotencyKey: keys.of(input) } }),
      t(isDisabled ? 'disabled' : 'enabled', { name }),
    )
  }
  const remove = async () => {
    const input = { id, ifRevision }
    const isGone = say(
      await edit(DeleteStaffDocument, { input: { ...input, idempotencyKey: keys.of(input) } }),
      t('deleted', { name }),
    )
    if (isGone) onGone()
  }
  const ask = (title: string, content: string, okText: string, onOk: () => Promise<void>) =>
    void modal.confirm({
      title,
      content,
      okText,
      okButtonProps: { danger: true },
      cancelText: t('cancel'),
      onOk,
    })
  const isDisabled = staff.status === 'DISABLED'
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          ...(mayLook ? [{ key: 'viewAs', label: t('viewAs') }] : []),
          ...(mayWrite
            ? [
                { key: 'disable', label: t(isDisabled ? 'enable' : 'disable') },
                { key: 'delete', label: t('delete'), danger: true },
              ]
            : []),
        ],
        onClick: ({ key }) => {
          if (key === 'viewAs') viewAs({ id, name })
          else if (key === 'delete') ask(t('deleteOne', { name }), t('deleteText'), t('delete'), remove)
          else if (isDisabled) void disable(false)
          else ask(t('disableOne', { name }), t('disableText'), t('disable'), async () => await disable(true))
        },
      }}
    >
      <Button>{t('actions')}</Button>
    </Dropdown>
  )
}
