import { Checkbox, Form, Radio } from 'antd'
import {
  CreateFieldDocument,
  DeleteFieldDocument,
  UpdateFieldDocument,
  type AdminFieldPartsFragment,
} from '../../../generated/graphql.ts'
import { useEdit } from '../../admin.ts'
import { useTexts } from '../../i18n/texts.ts'
import { issueText } from '../../issues.ts'
import { DeleteEntry } from '../delete-entry.tsx'
import { EntryDrawer } from '../entry-drawer.tsx'
import { patchOf } from '../entry-form.ts'
import { TextLine } from '../lines.tsx'
import { useEntryForm } from '../use-entry-form.ts'
import { EMPTY_FIELD, FIELD_FIELDS, openedField, type FieldDraft } from './field-draft.ts'

/** An entry of the field catalogue; `null`: a new one. */
export function FieldDrawer({
  field,
  mayWrite,
  onLeave,
  onClose,
}: {
  readonly field: AdminFieldPartsFragment | null
  readonly mayWrite: boolean
  readonly onLeave: (to: string | null) => void
  readonly onClose: () => void
}) {
  const { t } = useTexts()
  const edit = useEdit()
  const form = useEntryForm<FieldDraft>({
    opened: field && openedField(field),
    empty: EMPTY_FIELD,
    fields: FIELD_FIELDS,
    read: (entry) => (entry.__typename === 'AdminField' ? openedField(entry) : null),
    previewOf: ({ base, draft, opened }) =>
      opened && base.isSensitive !== draft.isSensitive
        ? { updateField: { ...opened, ...patchOf(PATCHED, base, draft) } }
        : null,
    isGrave: () => false,
    save: async ({ base, draft, opened }, keyOf) => {
      if (!opened)
        return await edit(CreateFieldDocument, { input: { ...draft, idempotencyKey: keyOf(draft) } })
      const input = { ...opened, ...patchOf(PATCHED, base, draft) }
      return await edit(UpdateFieldDocument, { input: { ...input, idempotencyKey: keyOf(input) } })
    },
    onCreated: onLeave,
  })
  const { draft, change, problemAt } = form
  const labelOf = (name: keyof FieldDraft) => t(LABELS[name])
  const sensitiveProblem = problemAt('isSensitive')
  return (
    <EntryDrawer
      title={field?.label ?? t('newField')}
      form={form}
      isNew={!field}
      mayWrite={mayWrite}
      labelOf={labelOf}
      textOf={(one, name) => {
        if (name === 'isSensitive') return t(one.isSensitive ? 'sensitive' : 'notSensitive')
        return name === 'appliesTo' ? t(`of_${one.appliesTo}`) : one[name]
      }}
      actions={
        field &&
        mayWrite && (
          <DeleteEntry
            name={field.label}
            input={{ id: field.id, ifRevision: field.revision }}
            onDelete={async (input, idempotencyKey) =>
              await edit(DeleteFieldDocument, { input: { ...input, idempotencyKey } })
            }
            onGone={() => onLeave(null)}
          />
        )
      }
      onClose={onClose}
    >
      <TextLine
        id="field-label"
        label={labelOf('label')}
        isRequired
        value={draft.label}
        problem={problemAt('label')}
        isDisabled={!mayWrite}
        autoFocus={!field}
        onChange={(label) => change({ label })}
      />
      <TextLine
        id="field-key"
        label={labelOf('key')}
        hint={t('fieldKeyHint')}
        isRequired
        value={draft.key}
        problem={problemAt('key')}
        isDisabled={!mayWrite || field !== null}
        onChange={(key) => change({ key })}
      />
      <Form.Item label={labelOf('appliesTo')}>
        <Radio.Group
          aria-label={labelOf('appliesTo')}
          value={draft.appliesTo}
          disabled={!mayWrite || field !== null}
          options={(['STAFF', 'DEPARTMENT'] as const).map((value) => ({ value, label: t(`of_${value}`) }))}
          onChange={({ target }) => change({ appliesTo: target.value === 'STAFF' ? 'STAFF' : 'DEPARTMENT' })}
        />
      </Form.Item>
      <Form.Item
        extra={t('sensitiveHint')}
        {...(sensitiveProblem === null
          ? {}
          : { validateStatus: 'error' as const, help: issueText(t, sensitiveProblem) })}
      >
        <Checkbox
          checked={draft.isSensitive}
          disabled={!mayWrite}
          onChange={({ target }) => change({ isSensitive: target.checked })}
        >
          {labelOf('isSensitive')}
        </Checkbox>
      </Form.Item>
      <TextLine
        id="field-sort"
        label={labelOf('sortKey')}
        hint={t('sortKeyHint')}
        value={draft.sortKey}
        problem={problemAt('sortKey')}
        isDisabled={!mayWrite}
        onChange={(sortKey) => change({ sortKey })}
      />
    </EntryDrawer>
  )
}

/** Key and what it applies to stay. */
const PATCHED = ['label', 'isSensitive', 'sortKey'] as const

const LABELS = {
  key: 'fieldKey',
  label: 'entryName',
  appliesTo: 'appliesTo',
  isSensitive: 'sensitive',
  sortKey: 'sortKey',
} as const
