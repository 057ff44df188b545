import { App, Button, Dropdown } from 'antd'
import { useState } from 'react'
import { DeleteDepartmentDocument, type AdminDepartmentPartsFragment } from '../../generated/graphql.ts'
import { Icon } from '../../ui/icon.tsx'
import { EditKeys, useAdmin, useEdit } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { failureText } from '../issues.ts'
import { DepartmentForm } from './department-form.tsx'
import type { Move } from './move-dialog.tsx'

/** What is done to a department. */
export function DepartmentActions({
  department,
  onMove,
  onGone,
}: {
  readonly department: AdminDepartmentPartsFragment
  readonly onMove: (move: Move) => void
  readonly onGone: () => void
}) {
  const { t } = useTexts()
  const { modal, message } = App.useApp()
  const { abilities } = useAdmin()
  const edit = useEdit()
  const [keys] = useState(() => new EditKeys())
  const [form, setForm] = useState<'edit' | 'new' | null>(null)
  const { id, name, revision: ifRevision } = department
  if (!abilities.has('department.write')) return null
  const isAll = abilities.hasAll('department.write')
  const remove = async () => {
    const input = { id, ifRevision, contents: 'REFUSE' as const }
    const outcome = await edit(DeleteDepartmentDocument, {
      input: { ...input, idempotencyKey: keys.of(input) },
    })
    if (outcome.kind === 'done') {
      void message.success(t('deleted', { name }))
      onGone()
    } else void message.error(outcome.kind === 'away' ? t('awaySaving') : failureText(t, outcome.failure))
  }
  return (
    <>
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            { key: 'edit', label: t('editDepartment') },
            ...(isAll
              ? [
                  { key: 'new', label: t('newDepartment') },
                  { key: 'move', label: t('moveDots') },
                  { key: 'delete', label: t('delete'), danger: true },
                ]
              : []),
          ],
          onClick: ({ key }) => {
            if (key === 'edit' || key === 'new') setForm(key)
            else if (key === 'move') onMove({ id, name, fromId: department.parent?.id ?? null })
            else
              void modal.confirm({
                title: t('deleteOne', { name }),
                content: t('deleteDepartmentText'),
                okText: t('delete'),
                okButtonProps: { danger: true },
                cancelText: t('cancel'),
                onOk: remove,
              })
          },
        }}
      >
        <Button icon={<Icon name="more" size={18} />} aria-label={t('departmentActions', { name })} />
      </Dropdown>
      {form && (
        <DepartmentForm
          key={form}
          department={form === 'edit' ? department : null}
          parent={department}
          onClose={() => setForm(null)}
        />
      )}
    </>
  )
}
