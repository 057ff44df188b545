import { App, Button, Modal, Select } from 'antd'
import { useState } from 'react'
import { BulkEditDocument, type BulkEditInput } from '../../generated/graphql.ts'
import { EditKeys, useAdmin, useEdit } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import type { AdminKey } from '../i18n/zh-cn.ts'
import { failureText } from '../issues.ts'
import { DepartmentPicker } from '../pickers.tsx'
import type { Ref } from '../staff/draft.ts'
import { useRoleEdits } from './role-edits.ts'
import type { Line } from './people-source.ts'

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

/** What has become of many edits. */
interface Report {
  readonly made: number
  readonly refused: readonly { readonly name: string; readonly text: string }[]
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
  const { message } = App.useApp()
  const { abilities, catalogue } = useAdmin()
  const edit = useEdit()
  const roleEdits = useRoleEdits()
  const [keys] = useState(() => new EditKeys())
  const [action, setAction] = useState<Action | null>(null)
  const [place, setPlace] = useState<Ref | null>(null)
  const [choice, setChoice] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const [report, setReport] = useState<Report | null>(null)
  const people = [...chosen.values()]
  const isReady =
    action === 'move' ? place !== null : action === 'retype' || action === 'giveRole' ? choice !== null : true

  const run = async () => {
    if (action === null) return
    setBusy(true)
    const edits =
      action === 'giveRole' ? await roleEdits(people, choice ?? '') : editsOf(action, people, place, choice)
    const outcome =
      edits && (await edit(BulkEditDocument, { input: { edits, idempotencyKey: keys.of(edits) } }))
    setBusy(false)
    if (!outcome || outcome.kind === 'away') return void message.error(t('awaySaving'))
    if (outcome.kind === 'refused') return void message.error(failureText(t, outcome.failure))
    keys.done()
    const { answer } = outcome
    if (answer.__typename !== 'BulkEdited') return
    const refused = answer.items.flatMap((item, i) =>
      item.__typename === 'BulkItemEdited'
        ? []
        : [{ name: people[i]?.name ?? '', text: failureText(t, item) }],
    )
    setAction(null)
    setPlace(null)
    setChoice(null)
    if (refused.length > 0) return setReport({ made: answer.madeCount, refused })
    void message.success(t('bulkDone', { count: answer.madeCount }))
    onDone()
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
        confirmLoading={isBusy}
        onOk={() => void run()}
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
      <Modal
        open={report !== null}
        title={t('bulkPartly', { made: report?.made ?? 0, refused: report?.refused.length ?? 0 })}
        footer={null}
        onCancel={() => {
          setReport(null)
          onDone()
        }}
      >
        <ul className="refusals">
          {report?.refused.map(({ name, text }, i) => (
            <li key={i}>
              <strong>{name}</strong> {text}
            </li>
          ))}
        </ul>
      </Modal>
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
