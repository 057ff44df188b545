import { useAdmin } from '../../admin.ts'
import { fieldLabel } from '../../field-label.ts'
import { useTexts } from '../../i18n/texts.ts'
import type { PartProps } from '../access-section.tsx'
import { EntryList } from '../entry-list.tsx'
import { OpenedEntry } from '../opened-entry.tsx'
import { RuleDrawer } from './rule-drawer.tsx'

/** What is shown to whoever holds a role with them. */
export function RulesPart({ entryId, onOpen }: PartProps) {
  const { t } = useTexts()
  const { catalogue, abilities } = useAdmin()
  const { rules, roles, types } = catalogue
  const mayWrite = abilities.everywhere('rule.write')
  const namesOf = (ids: readonly { id: string }[]) =>
    types.flatMap((type) => (ids.some(({ id }) => id === type.id) ? [type.name] : [])).join(t('comma')) ||
    t('nothing')
  return (
    <>
      <EntryList
        title={t('part_rules')}
        hint={t('rulesHint')}
        newLabel={mayWrite ? t('newRule') : null}
        onOpen={onOpen}
        entries={rules.map((rule) => {
          const users = roles.filter((role) => role.rules.some(({ id }) => id === rule.id))
          return {
            id: rule.id,
            name: rule.name,
            description: rule.description,
            tags: [t(`scope_${rule.scope}`), ...(users.length === 0 ? [t('unused')] : [])],
            facts: [
              t('factStaff', { names: namesOf(rule.staffTypes) }),
              t('factDepartments', { names: namesOf(rule.departmentTypes) }),
              ...(rule.sensitiveFields.length > 0
                ? [
                    t('factSensitive', {
                      names: rule.sensitiveFields
                        .map((key) => fieldLabel(t, catalogue, key))
                        .join(t('comma')),
                    }),
                  ]
                : []),
            ],
          }
        })}
      />
      <OpenedEntry list={rules} entryId={entryId} mayWrite={mayWrite} onOpen={onOpen}>
        {(rule, leave) => (
          <RuleDrawer
            key={rule?.id ?? 'new'}
            rule={rule}
            mayWrite={mayWrite}
            onLeave={leave}
            onClose={() => onOpen(null)}
          />
        )}
      </OpenedEntry>
    </>
  )
}
