import { Button, Modal, Select } from 'antd'
import { useState } from 'react'
import type { BulkEditInput } from '../../generated/graphql.ts'
import { useAdmin } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import type { AdminKey } from '../i18n/zh-cn.ts'
import { DepartmentPicker } from '../pickers.tsx'
import type { Ref } from '../staff/draft.ts'
import { BulkProgress } from './bulk-progress.tsx'
import type { BulkRun } from './bulk-run.ts'
import type { Line } from './people-source.ts'
import { useBulk } from './use-bulk.ts'
import { useRoleEdits } from './role-edits.ts'

const ACTIONS = ['move', 'retype', 'giveRole', 'disable', 'enable', 'delete'] as const
type Action = (typeof ACTIONS)[number]

const NEEDED: Readonly<Record<Action, string>> = {
  move: 'staff.write',
  retype: 'staff.write',
  giveRole: 'role.assign',
  disable: 'staff.write',
  enable: 'staff.write',
  delete: 'staff.write',
}

/** What is done to all who are chosen, each by itself: what is refused keeps none of the others from being made. */
export function BulkBar({
  chosen,
  isMost,
  onDone,
}: {
  readonly chosen: ReadonlyMap<string, Line>
  readonly isMost: boolean
  readonly onDone: () => void
}) {
  const { t } = useTexts()
  const { abilities, catalogue } = useAdmin()
  const roleEdits = useRoleEdits()
  const begin = useBulk()
  const [action, setAction] = useState<Action | null>(null)
  const [place, setPlace] = useState<Ref | null>(null)
  const [choice, setChoice] = useState<string | null>(null)
  const [run, setRun] = useState<BulkRun<Line> | null>(null)
  const isReady =
    action === 'move' ? place !== null : action === 'retype' || action === 'giveRole' ? choice !== null : true

  const start = () => {
    if (action === null || run) return
    setAction(null)
    setRun(
      begin([...chosen.values()], async (people) =>
        action === 'giveRole'
          ? await roleEdits(people, choice ?? '')
          : editsOf(action, people, place, choice),
      ),
    )
  }
  const options =
    action === 'retype' ? catalogue.types.filter((type) => type.appliesTo === 'STAFF') : catalogue.roles
  return (
    <div className="bulk-bar" role="toolbar" aria-label={t('bulk')}>
      <strong>{t('chosenCount', { count: chosen.size })}</strong>
      {isMost && <span className="hint">{t('chosenMost', { count: chosen.size })}</span>}
      {ACTIONS.filter((name) =>
        name === 'giveRole' ? abilities.has(NEEDED[name]) : abilities.hasAll(NEEDED[name]),
      ).map((name) => (
        <Button key={name} danger={name === 'delete'} onClick={() => setAction(name)}>
          {t(`bulk_${name}`)}
        </Button>
      ))}
      <Button type="text" onClick={onDone}>
        {t('chooseNone')}
      </Button>
      <Modal
        open={action !== null}
        title={action && t(`bulk_${action}`)}
        okText={t('go')}
        cancelText={t('cancel')}
        okButtonProps={{ disabled: !isReady, danger: action === 'delete' || action === 'disable' }}
        onOk={start}
        onCancel={() => setAction(null)}
        destroyOnHidden
      >
        <p>{action && t(TEXTS[action], { count: chosen.size })}</p>
        {action === 'move' && (
          <DepartmentPicker label={t('pickDepartment')} value={place} onChange={setPlace} />
        )}
        {(action === 'retype' || action === 'giveRole') && (
          <Select
            aria-label={t(action === 'retype' ? 'pickType' : 'role')}
            placeholder={t(action === 'retype' ? 'pickType' : 'role')}
            value={choice}
            options={options.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(id) => setChoice(id)}
          />
        )}
      </Modal>
      {run && (
        <BulkProgress
          run={run}
          onClose={() => {
            setRun(null)
            onDone()
          }}
        />
      )}
    </div>
  )
}

const TEXTS: Readonly<Record<Action, AdminKey>> = {
  move: 'bulkText_move',
  retype: 'bulkText_retype',
  giveRole: 'bulkText_giveRole',
  disable: 'bulkText_disable',
  enable: 'bulkText_enable',
  delete: 'bulkText_delete',
}

function editsOf(
  action: Exclude<Action, 'giveRole'>,
  people: readonly Line[],
  place: Ref | null,
  typeId: string | null,
): BulkEditInput[] {
  return people.map(({ id, revision: ifRevision }): BulkEditInput => {
    switch (action) {
      case 'move': {
        const memberships = [{ departmentId: place?.id ?? '', isMain: true }]
        return { updateStaff: { id, ifRevision, memberships } }
      }
      case 'retype':
        return { updateStaff: { id, ifRevision, typeId } }
      case 'disable':
        return { updateStaff: { id, ifRevision, isDisabled: true } }
      case 'enable':
        return { updateStaff: { id, ifRevision, isDisabled: false } }
      case 'delete':
        return { deleteStaff: { id, ifRevision } }
    }
  })
}
