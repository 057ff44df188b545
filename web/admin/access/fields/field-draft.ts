import type { AdminFieldPartsFragment, ChangeCategory } from '../../../generated/graphql.ts'
import type { Opened } from '../entry-form.ts'

/** What a form shows of an entry of the field catalogue. Key and what it applies to stay. */
export interface FieldDraft {
  readonly key: string
  readonly label: string
  readonly appliesTo: ChangeCategory
  readonly isSensitive: boolean
  readonly sortKey: string
}

export const FIELD_FIELDS = ['key', 'label', 'appliesTo', 'isSensitive', 'sortKey'] as const

export const EMPTY_FIELD: FieldDraft = {
  key: '',
  label: '',
  appliesTo: 'STAFF',
  isSensitive: false,
  sortKey: '',
}

export function openedField({ id, revision, ...field }: AdminFieldPartsFragment): Opened<FieldDraft> {
  const { key, label, appliesTo, isSensitive, sortKey } = field
  return { id, revision, draft: { key, label, appliesTo, isSensitive, sortKey } }
}
