import { App, Button } from 'antd'
import { useState } from 'react'
import {
  AdminTrashDocument,
  RestoreDepartmentDocument,
  RestoreStaffDocument,
} from '../../generated/graphql.ts'
import { EditKeys, useAdmin, useAsked, useEdit } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { failureText } from '../issues.ts'
import { Icon } from '../../ui/icon.tsx'

/** What was deleted, and can be brought back. */
export function TrashSection() {
  const { t } = useTexts()
  const { news, abilities } = useAdmin()
  const { message } = App.useApp()
  const edit = useEdit()
  const [keys] = useState(() => new EditKeys())
  const [busyId, setBusyId] = useState<string | null>(null)
  const { data, isAway } = useAsked(AdminTrashDocument, {}, news)
  const trash = data?.admin?.trash
  const restore = async (entry: NonNullable<typeof trash>[number]) => {
    setBusyId(entry.id)
    const input = { id: entry.id }
    const variables = { input: { ...input, idempotencyKey: keys.of(input) } }
    const outcome =
      entry.__typename === 'AdminStaff'
        ? await edit(RestoreStaffDocument, variables)
        : await edit(RestoreDepartmentDocument, variables)
    setBusyId(null)
    if (outcome.kind === 'done') {
      keys.done()
      void message.success(t('restored', { name: entry.name }))
    } else void message.error(outcome.kind === 'away' ? t('awaySaving') : failureText(t, outcome.failure))
  }
  if (!trash) return <p className="empty">{t(isAway ? 'away' : 'opening')}</p>
  if (trash.length === 0) return <p className="empty">{t('trashEmpty')}</p>
  const mayRestore = { AdminStaff: 'staff.write', AdminDepartment: 'department.write' } as const
  return (
    <div className="admin-section">
      <ul className="trash" aria-label={t('section_trash')}>
        {trash.map((entry) => (
          <li key={entry.id}>
            <Icon name={entry.__typename === 'AdminStaff' ? 'me' : 'department'} />
            <span className="name">{entry.name}</span>
            {entry.__typename === 'AdminStaff' && <span className="hint">{entry.login}</span>}
            {abilities.hasAll(mayRestore[entry.__typename]) && (
              <Button
                loading={busyId === entry.id}
                aria-label={t('restoreOne', { name: entry.name })}
                onClick={() => void restore(entry)}
              >
                {t('restore')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </div>
  )
}
