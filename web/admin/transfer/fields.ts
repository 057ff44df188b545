import type { FileFieldsQuery, ImportKind } from '../../generated/graphql.ts'
import type { Language } from '../../i18n/language.ts'

type Told = NonNullable<FileFieldsQuery['admin']>['fileFields'][number]

/** What a column of a file can be. */
export interface FileField extends Readonly<Omit<Told, 'names'>> {
  readonly names: readonly string[]
}

/** What a field of a file is called: of custom ones their label. The server reads a header of this name as the field. */
export function fieldName({ field, names }: Pick<FileField, 'field' | 'names'>, language: Language): string {
  if (field.startsWith('metadata.')) return names.at(-1) ?? field
  const name =
    (language === 'en' ? null : names.find((one) => /\p{Script=Han}/u.test(one))) ?? names[0] ?? field
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/** Fields that are a template for newcomers: what is worked out, and what only exports have, is left out. */
const SELDOM = new Set(['id', 'pinyin', 'initials', 'departmentSort', 'parent'])
const SEVERAL = new Set(['departments', 'email', 'dottedManagers', 'leads', 'departmentTitles'])

/** The headers of an empty file to be filled in, with hints in brackets, which an import does not mind. */
export function templateHeaders(
  fields: readonly FileField[],
  kind: ImportKind,
  o: {
    readonly language: Language
    readonly needed: string
    readonly several: string
    readonly path: string
  },
): string[] {
  return fields
    .filter(({ field, isSettable }) => isSettable && !SELDOM.has(field))
    .filter(({ field }) => kind === 'STAFF' || field !== 'name')
    .map((one) => {
      const { field, isNeeded } = one
      const isPath = field === 'departments' || field === 'path'
      const hints = [
        ...(isNeeded ? [o.needed] : []),
        ...(isPath ? [o.path] : []),
        ...(SEVERAL.has(field) ? [o.several] : []),
      ].join(' ')
      const name = fieldName(one, o.language)
      return hints === '' ? name : o.language === 'en' ? `${name} (${hints})` : `${name}（${hints}）`
    })
}

/** The field of a file that an error or change is about. */
export function fieldAt(fields: readonly FileField[], path: string): FileField | null {
  const found = (name: string) => fields.find(({ field }) => field === name) ?? null
  const [first = '', , part] = path.split('.')
  if (first === 'departments' && part !== undefined)
    return found({ title: 'departmentTitles', sortKey: 'departmentSort' }[part] ?? 'departments')
  return found(path) ?? found(first) ?? found(`metadata.${path}`)
}
