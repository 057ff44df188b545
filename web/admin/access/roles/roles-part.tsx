import { useAdmin } from '../../admin.ts'
import { useTexts } from '../../i18n/texts.ts'
import type { PartProps } from '../access-section.tsx'
import { EntryList } from '../entry-list.tsx'
import { OpenedEntry } from '../opened-entry.tsx'
import { abilitiesByPlace } from './ability-text.ts'
import { ALL, openedRole } from './role-draft.ts'
import { RoleDrawer } from './role-drawer.tsx'

/** Bundles of rules and abilities that people hold. */
export function RolesPart({ entryId, onOpen }: PartProps) {
  const { t, language } = useTexts()
  const { catalogue, abilities: own } = useAdmin()
  const { roles, rules } = catalogue
  const mayWrite = own.everywhere('role.write')
  return (
    <>
      <EntryList
        title={t('part_roles')}
        hint={t('rolesHint')}
        newLabel={mayWrite ? t('newRole') : null}
        onOpen={onOpen}
        entries={roles.map((role) => {
          const { abilities } = openedRole(role).draft
          const held = rules.filter(({ id }) => role.rules.some((rule) => rule.id === id))
          return {
            id: role.id,
            name: role.name,
            description: role.description,
            tags: abilities.some(({ name }) => name === ALL)
              ? [t('administratesAll')]
              : abilities.length > 0
                ? [t('administrates')]
                : [],
            facts: [
              t('factRules', { names: held.map(({ name }) => name).join(t('comma')) || t('nothing') }),
              ...abilitiesByPlace({ t, language, catalogue }, abilities),
            ],
          }
        })}
      />
      <OpenedEntry list={roles} entryId={entryId} mayWrite={mayWrite} onOpen={onOpen}>
        {(role, leave) => (
          <RoleDrawer
            key={role?.id ?? 'new'}
            role={role}
            mayWrite={mayWrite}
            onLeave={leave}
            onClose={() => onOpen(null)}
          />
        )}
      </OpenedEntry>
    </>
  )
}
