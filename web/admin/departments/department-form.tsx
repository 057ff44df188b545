import { Alert, Form, Input, Modal, Select } from 'antd'
import { useState } from 'react'
import {
  CreateDepartmentDocument,
  UpdateDepartmentDocument,
  type AdminDepartmentPartsFragment,
} from '../../generated/graphql.ts'
import { EditKeys, useAdmin, useEdit } from '../admin.ts'
import { useRouter } from '../../app/link.tsx'
import { useTexts } from '../i18n/texts.ts'
import { failureText, issueText } from '../issues.ts'
import { useUnsaved } from '../unsaved.ts'
import { useCheck } from '../use-check.ts'

interface Values {
  readonly name: string
  readonly typeId: string
  readonly description: string | null
}

/** Name, kind and description of a department; null: a new one below `parent`. */
export function DepartmentForm({
  department,
  parent,
  onClose,
}: {
  readonly department: AdminDepartmentPartsFragment | null
  readonly parent: AdminDepartmentPartsFragment
  readonly onClose: () => void
}) {
  const { t } = useTexts()
  const { catalogue } = useAdmin()
  const edit = useEdit()
  const [keys] = useState(() => new EditKeys())
  // What the edit began with: what somebody else changes meanwhile is a conflict.
  const [opened] = useState(department)
  const [begun] = useState({
    name: department?.name ?? '',
    typeId: (department ?? parent).type?.id ?? '',
    description: department?.description ?? '',
  })
  const [draft, setDraft] = useState(begun)
  const router = useRouter()
  const isDirty =
    draft.name !== begun.name || draft.typeId !== begun.typeId || draft.description !== begun.description
  useUnsaved(isDirty)
  const leave = () => (router.guard ? router.guard(onClose) : onClose())
  const [problems, setProblems] = useState<ReadonlyMap<string, string>>(new Map())
  const [failure, setFailure] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  // What nobody has touched yet is not complained of before it is saved.
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set())
  const change = (some: Partial<typeof draft>) => {
    setDraft({ ...draft, ...some })
    setTouched(new Set([...touched, ...Object.keys(some)]))
    setProblems(new Map([...problems].filter(([field]) => !(field in some))))
    setFailure(null)
  }
  const typed = { ...draft, description: draft.description.trim() || null }
  const checked = opened
    ? { updateDepartment: { ...typed, id: opened.id } }
    : { createDepartment: { ...typed, name: draft.name.trim() || '?', parentId: parent.id } }
  useCheck(touched.size > 0 && !isBusy ? checked : null, (issues) =>
    setProblems((now) => {
      const kept = [...now].filter(([field]) => !touched.has(field))
      const found = issues
        .filter(({ path }) => touched.has(path))
        .map(({ path, message }) => [path, message] as const)
      return new Map([...kept, ...found])
    }),
  )
  const save = async () => {
    setBusy(true)
    const values = { ...draft, description: draft.description.trim() || null }
    const outcome = await (opened
      ? update({ ...values, id: opened.id, ifRevision: opened.revision })
      : create({ ...values, parentId: parent.id }))
    setBusy(false)
    if (outcome.kind === 'done') return onClose()
    if (outcome.kind === 'away') return setFailure(t('awaySaving'))
    const issues = (outcome.failure.issues ?? []).filter(({ path }) => path in draft)
    setProblems(new Map(issues.map(({ path, message }) => [path, message])))
    setFailure(issues.length > 0 ? null : failureText(t, outcome.failure))
  }
  const update = async (input: Values & { id: string; ifRevision: string }) =>
    await edit(UpdateDepartmentDocument, { input: { ...input, idempotencyKey: keys.of(input) } })
  const create = async (input: Values & { parentId: string }) =>
    await edit(CreateDepartmentDocument, { input: { ...input, idempotencyKey: keys.of(input) } })
  const state = (field: string) => {
    const problem = problems.get(field)
    return problem === undefined ? {} : { validateStatus: 'error' as const, help: issueText(t, problem) }
  }
  return (
    <Modal
      open
      title={opened ? t('editDepartment') : t('newDepartmentBelow', { name: parent.name })}
      okText={t(opened ? 'save' : 'create')}
      cancelText={t('cancel')}
      confirmLoading={isBusy}
      onOk={() => void save()}
      onCancel={leave}
    >
      <Form layout="vertical" component="div">
        {failure !== null && <Alert type="error" showIcon role="alert" title={failure} />}
        <Form.Item label={t('column_name')} htmlFor="department-name" required {...state('name')}>
          <Input
            id="department-name"
            value={draft.name}
            autoFocus
            onChange={(event) => change({ name: event.target.value })}
            onPressEnter={() => void save()}
          />
        </Form.Item>
        <Form.Item label={t('kind')} htmlFor="department-type" required {...state('typeId')}>
          <Select
            id="department-type"
            aria-label={t('kind')}
            value={draft.typeId || null}
            options={catalogue.types
              .filter(({ appliesTo }) => appliesTo === 'DEPARTMENT')
              .map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(typeId) => change({ typeId: typeId ?? '' })}
          />
        </Form.Item>
        <Form.Item label={t('description')} htmlFor="department-description" {...state('description')}>
          <Input.TextArea
            id="department-description"
            value={draft.description}
            onChange={(event) => change({ description: event.target.value })}
          />
        </Form.Item>
      </Form>
    </Modal>
  )
}
