import { FileFieldsDocument, type ImportKind } from '../../generated/graphql.ts'
import { useAdmin, useAsked } from '../admin.ts'
import type { FileField } from './fields.ts'

/** What columns of files can be; empty until it is known. */
export function useFileFields(kind: ImportKind): readonly FileField[] {
  const { news } = useAdmin()
  return useAsked(FileFieldsDocument, { kind }, news).data?.admin?.fileFields ?? []
}
