import { Tabs } from 'antd'
import type { ReactNode } from 'react'
import {
  AdminStaffListDocument,
  CreateRoleDocument,
  DeleteRoleDocument,
  UpdateRoleDocument,
  type AdminRolePartsFragment,
} from '../../../generated/graphql.ts'
import { useAdmin, useAsked, useEdit } from '../../admin.ts'
import { History } from '../../audit/history.tsx'
import { useTexts } from '../../i18n/texts.ts'
import { changedFields } from '../../merging.ts'
import { DeleteEntry } from '../delete-entry.tsx'
import { EntryDrawer } from '../entry-drawer.tsx'
import { Choice, NameLines } from '../lines.tsx'
import { useEntryForm } from '../use-entry-form.ts'
import { AbilityLines } from './ability-lines.tsx'
import { abilityText } from './ability-text.ts'
import { Holders } from './holders.tsx'
import {
  abilityInput,
  EMPTY_ROLE,
  openedRole,
  ROLE_FIELDS,
  rolePatch,
  type AbilityDraft,
  type RoleDraft,
} from './role-draft.ts'

/** A role: what its holders see and do, and who they are. `null`: a new one. */
export function RoleDrawer({
  role,
  mayWrite,
  onLeave,
  onClose,
}: {
  readonly role: AdminRolePartsFragment | null
  readonly mayWrite: boolean
  readonly onLeave: (to: string | null) => void
  readonly onClose: () => void
}) {
  const { t, language } = useTexts()
  const { catalogue, abilities: own } = useAdmin()
  const edit = useEdit()
  const form = useEntryForm<RoleDraft>({
    opened: role && openedRole(role),
    empty: EMPTY_ROLE,
    fields: ROLE_FIELDS,
    read: (entry) => (entry.__typename === 'AdminRole' ? openedRole(entry) : null),
    previewOf: ({ base, draft, opened }) =>
      opened && changedFields(['ruleIds', 'abilities'], base, draft).length > 0
        ? { updateRole: { ...opened, ...rolePatch(base, draft) } }
        : null,
    isGrave: ({ base, draft }) => changedFields(['abilities'], base, draft).length > 0,
    save: async ({ base, draft, opened }, keyOf) => {
      if (!opened) {
        const input = { ...draft, abilities: draft.abilities.map(abilityInput) }
        return await edit(CreateRoleDocument, { input: { ...input, idempotencyKey: keyOf(input) } })
      }
      const input = { ...opened, ...rolePatch(base, draft) }
      return await edit(UpdateRoleDocument, { input: { ...input, idempotencyKey: keyOf(input) } })
    },
    onCreated: onLeave,
  })
  const { draft, base, change, problemAt } = form
  const words = { t, language, catalogue }
  const rules = new Map(catalogue.rules.map((rule) => [rule.id, rule]))
  const tab = (key: 'basics' | 'rules' | 'abilities', fields: readonly string[], children: ReactNode) => ({
    key,
    label: (
      <>
        {t(`roleTab_${key}`)}
        {fields.some((field) => problemAt(field) !== null) && <span className="tab-bad">!</span>}
      </>
    ),
    children,
  })
  return (
    <EntryDrawer
      title={role?.name ?? t('newRole')}
      form={form}
      isNew={!role}
      mayWrite={mayWrite}
      labelOf={(field) => t(LABELS[field])}
      textOf={(one, field) => {
        if (field === 'ruleIds') return one.ruleIds.map((id) => rules.get(id)?.name ?? id).join(t('comma'))
        if (field === 'abilities') return one.abilities.map((a) => abilityText(words, a)).join('; ')
        return one[field]
      }}
      actions={
        role &&
        mayWrite && (
          <DeleteEntry
            name={role.name}
            input={{ id: role.id, ifRevision: role.revision }}
            onDelete={async (input, idempotencyKey) =>
              await edit(DeleteRoleDocument, { input: { ...input, idempotencyKey } })
            }
            onGone={() => onLeave(null)}
          />
        )
      }
      consequences={
        role && (
          <AbilityChanges
            roleId={role.id}
            before={base.abilities.map((ability) => abilityText(words, ability))}
            after={draft.abilities.map((ability) => abilityText(words, ability))}
          />
        )
      }
      onClose={onClose}
    >
      <Tabs
        items={[
          tab(
            'basics',
            ['name', 'description'],
            <NameLines
              draft={draft}
              problemAt={problemAt}
              isDisabled={!mayWrite}
              isNew={!role}
              onChange={change}
            />,
          ),
          tab(
            'rules',
            ['ruleIds'],
            <Choice
              legend={t('roleRules')}
              hint={t('roleRulesHint')}
              options={catalogue.rules.map((rule) => ({
                id: rule.id,
                label: rule.name,
                hint: rule.isWithinOwn ? (rule.description ?? '') : t('ruleNotYours'),
                isDisabled: !rule.isWithinOwn,
              }))}
              chosen={draft.ruleIds}
              problem={problemAt('ruleIds')}
              isDisabled={!mayWrite}
              onChange={(ruleIds) => change({ ruleIds })}
            />,
          ),
          tab(
            'abilities',
            ['abilities'],
            <AbilityLines
              abilities={draft.abilities}
              problemAt={problemAt}
              isDisabled={!mayWrite}
              onChange={(abilities: readonly AbilityDraft[]) => change({ abilities })}
            />,
          ),
          ...(role
            ? [{ key: 'holders', label: t('roleTab_holders'), children: <Holders role={role} /> }]
            : []),
          ...(role && own.has('audit.read')
            ? [{ key: 'history', label: t('tab_history'), children: <History subjectId={role.id} /> }]
            : []),
        ]}
      />
    </EntryDrawer>
  )
}

/** What the holders of a role may do from then on, and what no more. */
function AbilityChanges({
  roleId,
  before,
  after,
}: {
  readonly roleId: string
  readonly before: readonly string[]
  readonly after: readonly string[]
}) {
  const { t } = useTexts()
  const { news } = useAdmin()
  const { data } = useAsked(AdminStaffListDocument, { roleId, first: 0 }, news)
  const given = after.filter((text) => !before.includes(text))
  const taken = before.filter((text) => !after.includes(text))
  if (given.length + taken.length === 0) return null
  return (
    <section className="effect" aria-label={t('abilityChanges')}>
      <p className="effect-sum">
        {t('abilityChangesFor', { count: data?.admin?.staffList.totalCount ?? '…' })}
      </p>
      <ul>
        {given.map((text) => (
          <li key={text} className="gains">
            {t('abilityGiven', { text })}
          </li>
        ))}
        {taken.map((text) => (
          <li key={text} className="loses">
            {t('abilityTaken', { text })}
          </li>
        ))}
      </ul>
    </section>
  )
}

const LABELS = {
  name: 'entryName',
  description: 'description',
  ruleIds: 'roleRules',
  abilities: 'roleTab_abilities',
} as const
