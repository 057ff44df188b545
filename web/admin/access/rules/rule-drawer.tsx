import { Form, Radio } from 'antd'
import {
  CreateRuleDocument,
  DeleteRuleDocument,
  UpdateRuleDocument,
  type AdminRulePartsFragment,
} from '../../../generated/graphql.ts'
import { useAdmin, useEdit } from '../../admin.ts'
import { fieldLabel } from '../../field-label.ts'
import { useTexts } from '../../i18n/texts.ts'
import { changedFields } from '../../merging.ts'
import { DeleteEntry } from '../delete-entry.tsx'
import { EntryDrawer } from '../entry-drawer.tsx'
import { patchOf } from '../entry-form.ts'
import { Choice, NameLines } from '../lines.tsx'
import { useEntryForm } from '../use-entry-form.ts'
import { EMPTY_RULE, openedRule, RULE_FIELDS, SHOWING, type RuleDraft } from './rule-draft.ts'

/** A rule: which types it shows, how far, and with which sensitive fields. `null`: a new one. */
export function RuleDrawer({
  rule,
  mayWrite: mayWriteAny,
  onLeave,
  onClose,
}: {
  readonly rule: AdminRulePartsFragment | null
  readonly mayWrite: boolean
  readonly onLeave: (to: string | null) => void
  readonly onClose: () => void
}) {
  const { t } = useTexts()
  const { catalogue } = useAdmin()
  const edit = useEdit()
  const mayWrite = mayWriteAny && rule?.isWithinOwn !== false
  const users = catalogue.roles.filter((role) => role.rules.some(({ id }) => id === rule?.id))
  const form = useEntryForm<RuleDraft>({
    opened: rule && openedRule(rule),
    empty: EMPTY_RULE,
    fields: RULE_FIELDS,
    read: (entry) => (entry.__typename === 'AdminRule' ? openedRule(entry) : null),
    previewOf: ({ base, draft, opened }) =>
      opened && changedFields(SHOWING, base, draft).length > 0
        ? { updateRule: { ...opened, ...patchOf(RULE_FIELDS, base, draft) } }
        : null,
    isGrave: () => false,
    save: async ({ base, draft, opened }, keyOf) => {
      if (!opened)
        return await edit(CreateRuleDocument, { input: { ...draft, idempotencyKey: keyOf(draft) } })
      const input = { ...opened, ...patchOf(RULE_FIELDS, base, draft) }
      return await edit(UpdateRuleDocument, { input: { ...input, idempotencyKey: keyOf(input) } })
    },
    onCreated: onLeave,
  })
  const { draft, change, problemAt } = form
  const labelOf = (field: keyof RuleDraft) => t(LABELS[field])
  const typesOf = (kind: 'STAFF' | 'DEPARTMENT') =>
    catalogue.types.filter(({ appliesTo }) => appliesTo === kind).map(({ id, name }) => ({ id, label: name }))
  const names = (ids: readonly string[]) =>
    ids.map((id) => catalogue.types.find((type) => type.id === id)?.name ?? id).join(t('comma'))
  // Those that a rule names already are shown even when nothing is sensitive about them any more.
  const sensitive = [
    ...new Set([
      ...catalogue.fields.filter(({ isSensitive }) => isSensitive).map(({ key }) => key),
      ...form.base.sensitiveFields,
    ]),
  ]
  return (
    <EntryDrawer
      title={rule?.name ?? t('newRule')}
      form={form}
      isNew={!rule}
      mayWrite={mayWrite}
      notice={mayWriteAny && !mayWrite ? t('ruleBeyondOwn') : null}
      labelOf={labelOf}
      textOf={(one, field) => {
        if (field === 'departmentTypeIds' || field === 'staffTypeIds') return names(one[field])
        if (field === 'sensitiveFields')
          return one.sensitiveFields.map((key) => fieldLabel(t, catalogue, key)).join(t('comma'))
        return field === 'scope' ? t(`scope_${one.scope}`) : one[field]
      }}
      actions={
        rule &&
        mayWrite && (
          <DeleteEntry
            name={rule.name}
            input={{ id: rule.id, ifRevision: rule.revision }}
            onDelete={async (input, idempotencyKey) =>
              await edit(DeleteRuleDocument, { input: { ...input, idempotencyKey } })
            }
            onGone={() => onLeave(null)}
          />
        )
      }
      onClose={onClose}
    >
      <NameLines draft={draft} problemAt={problemAt} isDisabled={!mayWrite} isNew={!rule} onChange={change} />
      <Form.Item label={labelOf('scope')}>
        <Radio.Group
          aria-label={labelOf('scope')}
          value={draft.scope}
          disabled={!mayWrite}
          options={(['ORGANISATION', 'OWN_SUBTREE'] as const).map((value) => ({
            value,
            label: t(`scope_${value}`),
          }))}
          onChange={({ target }) =>
            change({ scope: target.value === 'ORGANISATION' ? 'ORGANISATION' : 'OWN_SUBTREE' })
          }
        />
      </Form.Item>
      {(['departmentTypeIds', 'staffTypeIds'] as const).map((field) => (
        <Choice
          key={field}
          isNarrow
          legend={labelOf(field)}
          hint={t(`${field}Hint`)}
          options={typesOf(field === 'staffTypeIds' ? 'STAFF' : 'DEPARTMENT')}
          chosen={draft[field]}
          problem={problemAt(field)}
          isDisabled={!mayWrite}
          onChange={(ids) => change({ [field]: ids })}
        />
      ))}
      <Choice
        isNarrow
        legend={labelOf('sensitiveFields')}
        hint={t('sensitiveFieldsHint')}
        options={sensitive.map((key) => ({ id: key, label: fieldLabel(t, catalogue, key) }))}
        chosen={draft.sensitiveFields}
        problem={problemAt('sensitiveFields')}
        isDisabled={!mayWrite}
        onChange={(sensitiveFields) => change({ sensitiveFields })}
      />
      {rule && (
        <p className="hint">
          {users.length > 0
            ? t('heldByRoles', { names: users.map(({ name }) => name).join(t('comma')) })
            : t('heldByNoRole')}
        </p>
      )}
    </EntryDrawer>
  )
}

const LABELS = {
  name: 'entryName',
  description: 'description',
  scope: 'ruleScope',
  departmentTypeIds: 'ruleDepartmentTypes',
  staffTypeIds: 'ruleStaffTypes',
  sensitiveFields: 'ruleSensitiveFields',
} as const
