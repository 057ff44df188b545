import { Form, Radio } from 'antd'
import {
  CreateTypeDocument,
  DeleteTypeDocument,
  UpdateTypeDocument,
  type AdminTypePartsFragment,
} from '../../../generated/graphql.ts'
import { useAdmin, useEdit } from '../../admin.ts'
import { useTexts } from '../../i18n/texts.ts'
import { DeleteEntry } from '../delete-entry.tsx'
import { EntryDrawer } from '../entry-drawer.tsx'
import { patchOf } from '../entry-form.ts'
import { NameLines } from '../lines.tsx'
import { showsType } from '../matrix/matrix.ts'
import { useEntryForm } from '../use-entry-form.ts'
import { EMPTY_TYPE, openedType, TYPE_FIELDS, type TypeDraft } from './type-draft.ts'

/** A type of staff or departments; `null`: a new one, which nobody sees until a rule shows it. */
export function TypeDrawer({
  type,
  mayWrite,
  onLeave,
  onClose,
}: {
  readonly type: AdminTypePartsFragment | null
  readonly mayWrite: boolean
  readonly onLeave: (to: string | null) => void
  readonly onClose: () => void
}) {
  const { t } = useTexts()
  const { catalogue } = useAdmin()
  const edit = useEdit()
  const form = useEntryForm<TypeDraft>({
    opened: type && openedType(type),
    empty: EMPTY_TYPE,
    fields: TYPE_FIELDS,
    read: (entry) => (entry.__typename === 'AdminType' ? openedType(entry) : null),
    // What it is called changes nobody's sight: rules name it by its id.
    previewOf: () => null,
    isGrave: () => false,
    save: async ({ base, draft, opened }, keyOf) => {
      if (!opened)
        return await edit(CreateTypeDocument, { input: { ...draft, idempotencyKey: keyOf(draft) } })
      const input = { ...opened, ...patchOf(TYPE_FIELDS, base, draft), appliesTo: draft.appliesTo }
      return await edit(UpdateTypeDocument, { input: { ...input, idempotencyKey: keyOf(input) } })
    },
    onCreated: onLeave,
  })
  const { draft, change, problemAt } = form
  const showing = type ? catalogue.rules.filter((rule) => showsType(rule, type)) : []
  return (
    <EntryDrawer
      title={type?.name ?? t('newType')}
      form={form}
      isNew={!type}
      mayWrite={mayWrite}
      notice={type ? null : t('newTypeHidden')}
      labelOf={(field) =>
        t(field === 'name' ? 'entryName' : field === 'description' ? 'description' : 'appliesTo')
      }
      textOf={(one, field) => (field === 'appliesTo' ? t(`of_${one.appliesTo}`) : one[field])}
      actions={
        type &&
        mayWrite && (
          <DeleteEntry
            name={type.name}
            input={{ id: type.id, ifRevision: type.revision }}
            onDelete={async (input, idempotencyKey) =>
              await edit(DeleteTypeDocument, {
                input: { ...input, appliesTo: type.appliesTo, idempotencyKey },
              })
            }
            onGone={() => onLeave(null)}
          />
        )
      }
      onClose={onClose}
    >
      {!type && (
        <Form.Item label={t('appliesTo')}>
          <Radio.Group
            aria-label={t('appliesTo')}
            value={draft.appliesTo}
            options={(['STAFF', 'DEPARTMENT'] as const).map((value) => ({ value, label: t(`of_${value}`) }))}
            onChange={({ target }) =>
              change({ appliesTo: target.value === 'STAFF' ? 'STAFF' : 'DEPARTMENT' })
            }
          />
        </Form.Item>
      )}
      <NameLines draft={draft} problemAt={problemAt} isDisabled={!mayWrite} isNew={!type} onChange={change} />
      {showing.length > 0 && (
        <p className="hint">
          {t('factShownBy', { names: showing.map(({ name }) => name).join(t('comma')) })}
        </p>
      )}
    </EntryDrawer>
  )
}
