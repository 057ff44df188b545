import type { AdminTypePartsFragment, ChangeCategory } from '../../../generated/graphql.ts'
import type { Opened } from '../entry-form.ts'

/** What a form shows of a type. What it applies to stays. */
export interface TypeDraft {
  readonly appliesTo: ChangeCategory
  readonly name: string
  readonly description: string
}

export const TYPE_FIELDS = ['appliesTo', 'name', 'description'] as const

export const EMPTY_TYPE: TypeDraft = { appliesTo: 'STAFF', name: '', description: '' }

export function openedType({
  id,
  revision,
  appliesTo,
  name,
  description,
}: AdminTypePartsFragment): Opened<TypeDraft> {
  return { id, revision, draft: { appliesTo, name, description: description ?? '' } }
}
