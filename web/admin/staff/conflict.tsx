import { useAdmin } from '../admin.ts'
import { Conflict } from '../conflict.tsx'
import { useTexts } from '../i18n/texts.ts'
import { clashes, type Field, type StaffDraft } from './draft.ts'
import { labelOf } from './staff-fields.tsx'

/** Two have changed the same person. */
export function StaffConflict({
  base,
  mine,
  theirs,
  onDecide,
}: {
  readonly base: StaffDraft
  readonly mine: StaffDraft
  readonly theirs: StaffDraft
  readonly onDecide: (keep: ReadonlySet<Field>) => void
}) {
  const { t } = useTexts()
  const { catalogue } = useAdmin()
  const text = (draft: StaffDraft, field: Field) =>
    textOf(draft, field, (id) => catalogue.types.find((type) => type.id === id)?.name ?? id)
  return (
    <Conflict
      clashes={clashes(base, mine, theirs).map((field) => ({
        field,
        label: t(labelOf(field)),
        theirs: text(theirs, field),
        mine: text(mine, field),
      }))}
      onDecide={onDecide}
    />
  )
}

function textOf(draft: StaffDraft, field: Field, typeName: (id: string) => string): string {
  switch (field) {
    case 'manager':
      return draft.manager?.name ?? ''
    case 'typeId':
      return typeName(draft.typeId)
    case 'memberships':
      return draft.memberships
        .map(({ departmentName, title }) => (title === '' ? departmentName : `${departmentName} (${title})`))
        .join('; ')
    case 'metadata':
      return Object.entries(draft.metadata)
        .map(([key, value]) => `${key}: ${value}`)
        .join('; ')
    case 'name':
    case 'login':
    case 'nickname':
    case 'pinyin':
    case 'title':
    case 'mobile':
    case 'email':
    case 'leaveDate':
      return draft[field]
  }
}
