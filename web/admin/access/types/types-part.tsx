import { useAdmin } from '../../admin.ts'
import { useTexts } from '../../i18n/texts.ts'
import type { PartProps } from '../access-section.tsx'
import { EntryList } from '../entry-list.tsx'
import { matrixOf, showsType } from '../matrix/matrix.ts'
import { OpenedEntry } from '../opened-entry.tsx'
import { TypeDrawer } from './type-drawer.tsx'

/** Types of staff and of departments. One that no rule shows is hidden from everybody. */
export function TypesPart({ entryId, onOpen }: PartProps) {
  const { t } = useTexts()
  const { catalogue, abilities } = useAdmin()
  const { types, rules, roles } = catalogue
  const mayWrite = abilities.everywhere('type.write')
  const hidden = new Set(matrixOf(catalogue).columns.flatMap(({ id, isHidden }) => (isHidden ? [id] : [])))
  const kinds = [
    ['STAFF', 'typesOfStaff', 'typesOfStaffHint'],
    ['DEPARTMENT', 'typesOfDepartments', 'typesOfDepartmentsHint'],
  ] as const
  return (
    <>
      {kinds.map(([kind, title, hint]) => (
        <EntryList
          key={kind}
          title={t(title)}
          hint={t(hint)}
          newLabel={mayWrite && kind === 'STAFF' ? t('newType') : null}
          onOpen={onOpen}
          entries={types
            .filter(({ appliesTo }) => appliesTo === kind)
            .map((type) => {
              const showing = rules.filter((rule) => showsType(rule, type))
              return {
                id: type.id,
                name: type.name,
                description: type.description,
                // Who is not told of roles and rules cannot know.
                tags: roles.length > 0 && hidden.has(type.id) ? [t('typeHidden')] : [],
                facts:
                  showing.length > 0
                    ? [t('factShownBy', { names: showing.map(({ name }) => name).join(t('comma')) })]
                    : [],
              }
            })}
        />
      ))}
      <OpenedEntry list={types} entryId={entryId} mayWrite={mayWrite} onOpen={onOpen}>
        {(type, leave) => (
          <TypeDrawer
            key={type?.id ?? 'new'}
            type={type}
            mayWrite={mayWrite}
            onLeave={leave}
            onClose={() => onOpen(null)}
          />
        )}
      </OpenedEntry>
    </>
  )
}
