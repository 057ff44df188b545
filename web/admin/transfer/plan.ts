import type {
  ImportEncoding,
  ImportFormat,
  ImportKind,
  ImportMode,
  StartImportInput,
} from '../../generated/graphql.ts'

/** A file that lies on the server. */
export interface SentFile {
  readonly uploadId: string
  readonly name: string
  readonly format: ImportFormat
  readonly kind: ImportKind
}

/** How it is to be imported. */
export interface Plan {
  /** Null: as it is found out. */
  readonly encoding: ImportEncoding | null
  /** What each column fills; null: nothing. Empty until the file was looked at, and of files without columns. */
  readonly fields: readonly (string | null)[]
  readonly mode: ImportMode
  readonly emptyClears: boolean
  readonly createDepartments: boolean
  readonly departmentType: string | null
  readonly staffType: string | null
}

export const NEW_PLAN: Plan = {
  encoding: null,
  fields: [],
  mode: 'UPSERT',
  emptyClears: false,
  createDepartments: false,
  departmentType: null,
  staffType: null,
}

export function inputOf(
  { uploadId, name, format, kind }: SentFile,
  plan: Plan,
  dryRun: boolean,
): Omit<StartImportInput, 'idempotencyKey'> {
  const { encoding, fields, mode, emptyClears, createDepartments, departmentType, staffType } = plan
  return {
    uploadId,
    format,
    kind,
    mode,
    dryRun,
    encoding,
    emptyClears,
    createDepartments,
    departmentType: createDepartments || kind === 'DEPARTMENT' ? departmentType : null,
    staffType,
    fileName: name.slice(0, 200),
    mapping: fields.map((field, i) => ({ column: `#${i + 1}`, field: field ?? 'ignore' })),
  }
}

/** Columns that fill what another one fills already. */
export function doubled(fields: readonly (string | null)[]): ReadonlySet<number> {
  return new Set(fields.flatMap((field, i) => (field !== null && fields.indexOf(field) < i ? [i] : [])))
}

/** Whether it is said by which columns rows are known. */
export function hasKey(kind: ImportKind, fields: readonly (string | null)[]): boolean {
  const keys = kind === 'STAFF' ? ['login', 'id'] : ['path', 'name', 'id']
  return keys.some((key) => fields.includes(key))
}
