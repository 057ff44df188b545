import type {
  DeltaFieldsFragment,
  DepartmentRowFieldsFragment,
  DepartmentTypeFieldsFragment,
  FieldDefinitionFieldsFragment,
  ResyncFieldsFragment,
  SnapshotQuery,
  StaffRowFieldsFragment,
  StaffTypeFieldsFragment,
} from '../generated/graphql.ts'

/** What the documents of the SDK answer, as values that nobody changes: rows are replaced, never edited. */
type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T

export type DepartmentRow = Immutable<DepartmentRowFieldsFragment>
export type StaffRow = Immutable<StaffRowFieldsFragment>
export type DepartmentType = Immutable<DepartmentTypeFieldsFragment>
export type StaffType = Immutable<StaffTypeFieldsFragment>
export type FieldDefinition = Immutable<FieldDefinitionFieldsFragment>

/** One page of a difference (D10). */
export type Delta = Immutable<DeltaFieldsFragment>
export type Change = Delta['changes'][number]
export type Resync = Immutable<ResyncFieldsFragment>

type SnapshotAnswer = Extract<SnapshotQuery['snapshot'], { __typename: 'SnapshotPage' }>
export type SnapshotPage = Immutable<Omit<SnapshotAnswer, '__typename'>>
