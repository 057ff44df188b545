import { Alert, Button, Drawer, Form, Tabs, Tag } from 'antd'
import type { ReactNode } from 'react'
import { useRouter } from '../../app/link.tsx'
import { AdminStaffMemberDocument } from '../../generated/graphql.ts'
import { useAdmin, useAsked } from '../admin.ts'
import { History } from '../audit/history.tsx'
import { useTexts } from '../i18n/texts.ts'
import { StaffConflict } from './conflict.tsx'
import { Memberships } from './memberships.tsx'
import { RolesTab } from './roles-tab.tsx'
import { SessionsTab } from './sessions-tab.tsx'
import { StaffActions } from './staff-actions.tsx'
import { BasicFields, CustomFields } from './staff-fields.tsx'
import { useStaffForm, type Opened } from './use-staff-form.ts'
import './staff.css'

/** One person, to be read and edited; `null`: somebody new. */
export function StaffDrawer({
  staffId,
  departmentId,
  onClose,
  onOpen,
}: {
  readonly staffId: string | null
  /** Where somebody new belongs. */
  readonly departmentId: string | null
  readonly onClose: () => void
  readonly onOpen: (id: string) => void
}): ReactNode {
  const { t } = useTexts()
  const { news } = useAdmin()
  const { data, isAway } = useAsked(AdminStaffMemberDocument, { id: staffId ?? '' }, news, {
    pause: staffId === null,
  })
  const staff = staffId === null ? null : data?.admin?.staff
  if (staff !== undefined && (staffId === null || staff?.id === staffId))
    return (
      <StaffForm
        key={staffId ?? 'new'}
        opened={staff}
        departmentId={departmentId}
        onClose={onClose}
        onOpen={onOpen}
      />
    )
  return (
    <Drawer open title={t('details')} size={680} onClose={onClose}>
      <p className="hint">{t(data === undefined ? (isAway ? 'away' : 'opening') : 'goneStaff')}</p>
    </Drawer>
  )
}

function StaffForm({
  opened,
  departmentId,
  onClose,
  onOpen,
}: {
  readonly opened: Opened | null
  readonly departmentId: string | null
  readonly onClose: () => void
  readonly onOpen: (id: string) => void
}) {
  const { t } = useTexts()
  const { abilities } = useAdmin()
  const router = useRouter()
  const form = useStaffForm({
    opened,
    departmentId,
    onCreated: (id) => {
      router.guard = null
      onOpen(id)
    },
  })
  const leave = () => {
    const close = () => {
      router.guard = null
      onClose()
    }
    if (router.guard) router.guard(close)
    else close()
  }
  const { draft, problems, change } = form
  const fields = { draft, problems, onChange: change }
  const mark = (names: readonly string[]) =>
    [...problems.keys()].some((field) => names.includes(field)) ? <span className="tab-bad">!</span> : null
  const tabs = [
    {
      key: 'basics',
      label: (
        <>
          {t('tab_basics')}
          {mark(BASICS)}
        </>
      ),
      children: <BasicFields {...fields} />,
    },
    {
      key: 'memberships',
      label: (
        <>
          {t('tab_memberships')}
          {mark(['memberships'])}
        </>
      ),
      children: <Memberships {...fields} />,
    },
    { key: 'fields', label: t('tab_fields'), children: <CustomFields {...fields} /> },
    ...(opened && abilities.has('role.assign')
      ? [{ key: 'roles', label: t('tab_roles'), children: <RolesTab staff={opened} /> }]
      : []),
    ...(opened && abilities.has('staff.account')
      ? [{ key: 'sessions', label: t('tab_sessions'), children: <SessionsTab id={opened.id} /> }]
      : []),
    ...(opened && abilities.has('audit.read')
      ? [{ key: 'history', label: t('tab_history'), children: <History subjectId={opened.id} /> }]
      : []),
  ]
  return (
    <Drawer
      open
      size={680}
      title={
        <span className="drawer-title">
          {opened ? opened.name : t('newStaff')}
          {opened && opened.status !== 'ACTIVE' && (
            <Tag className="admin-tag">{t(`status_${opened.status}`)}</Tag>
          )}
        </span>
      }
      extra={opened && <StaffActions staff={opened} onGone={onClose} />}
      onClose={leave}
      footer={
        abilities.has('staff.write') && (
          <div className="drawer-foot">
            <span role="status" className="hint">
              {form.isDirty ? t('unsaved') : form.isSaved ? t('saved') : ''}
            </span>
            <Button disabled={!form.isDirty || form.isBusy} onClick={form.reset}>
              {t('discard')}
            </Button>
            <Button
              type="primary"
              disabled={!form.isDirty}
              loading={form.isBusy}
              onClick={() => void form.save()}
            >
              {t(opened ? 'save' : 'create')}
            </Button>
          </div>
        )
      }
    >
      {form.failure !== null && <Alert type="error" showIcon role="alert" title={form.failure} />}
      {form.conflict && <StaffConflict {...form.conflict} onDecide={form.decide} />}
      <Form layout="vertical" component="div">
        <Tabs items={tabs} />
      </Form>
    </Drawer>
  )
}

const BASICS = [
  'name',
  'login',
  'typeId',
  'title',
  'nickname',
  'pinyin',
  'mobile',
  'leaveDate',
  'email',
  'manager',
]
