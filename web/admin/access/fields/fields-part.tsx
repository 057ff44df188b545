import { useAdmin } from '../../admin.ts'
import { fieldLabel } from '../../field-label.ts'
import { useTexts } from '../../i18n/texts.ts'
import type { PartProps } from '../access-section.tsx'
import { EntryList } from '../entry-list.tsx'
import { OpenedEntry } from '../opened-entry.tsx'
import { FieldDrawer } from './field-drawer.tsx'

/** Custom fields of people and departments, and built-in ones that are marked sensitive. */
export function FieldsPart({ entryId, onOpen }: PartProps) {
  const { t } = useTexts()
  const { catalogue, abilities } = useAdmin()
  const { fields, rules } = catalogue
  const mayWrite = abilities.everywhere('field.write')
  return (
    <>
      <EntryList
        title={t('part_fields')}
        hint={t('fieldsHint')}
        newLabel={mayWrite ? t('newField') : null}
        onOpen={onOpen}
        entries={fields.map(({ id, key, label, appliesTo, isSensitive }) => {
          const showing = rules.filter(({ sensitiveFields }) => sensitiveFields.includes(key))
          return {
            id,
            name: label === '' ? fieldLabel(t, catalogue, key) : label,
            description: null,
            tags: [t(`of_${appliesTo}`), ...(isSensitive ? [t('sensitive')] : [])],
            facts: [
              key,
              ...(isSensitive && showing.length > 0
                ? [t('factReadBy', { names: showing.map(({ name }) => name).join(t('comma')) })]
                : []),
            ],
          }
        })}
      />
      <OpenedEntry list={fields} entryId={entryId} mayWrite={mayWrite} onOpen={onOpen}>
        {(field, leave) => (
          <FieldDrawer
            key={field?.id ?? 'new'}
            field={field}
            mayWrite={mayWrite}
            onLeave={leave}
            onClose={() => onOpen(null)}
          />
        )}
      </OpenedEntry>
    </>
  )
}
