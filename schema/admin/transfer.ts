import { z } from 'zod'
import { isEditFailure } from '../../src/edit/failures.ts'
import type { EditFailure } from '../../src/edit/failures.ts'
import { AppError } from '../../src/errors.ts'
import type { ImportBatch } from '../../src/transfer/batch.ts'
import type { DELIMITER_NAMES } from '../../src/transfer/formats/delimiters.ts'
import type { FileField } from '../../src/transfer/headers.ts'
import { CLEAR, type ImportOptions, type MODES } from '../../src/transfer/options.ts'
import type { Peek, SampledColumn } from '../../src/transfer/peek.ts'
import { FLAT_LIST } from '../arguments.ts'
import { builder } from '../builder.ts'
import { fromOf } from '../context.ts'
import { cleanText } from '../text-input.ts'
import { Administration } from './administration.ts'
import { answered, FAILURES } from './failures.ts'
import { ImportRef, RowKindEnum } from './import.ts'
import { keySchema, TEXT } from './input.ts'

const Format = builder.enumType('ImportFormat', {
  description: 'What a file is written in.',
  values: {
    CSV: { value: 'csv', description: 'A table.' },
    JSON: { value: 'json', description: 'A list of objects, or one object a line.' },
    LDIF: { value: 'ldif', description: 'Entries of a directory (RFC 2849).' },
  } as const,
})
const Mode = builder.enumType('ImportMode', {
  description: 'What rows may do.',
  values: {
    CREATE: { description: 'Only make something new; what is there is an error.' },
    UPDATE: { description: 'Only change what is there; what is not is an error.' },
    UPSERT: { description: 'Both.' },
  } as const satisfies Record<(typeof MODES)[number], object>,
})
const Encoding = builder.enumType('ImportEncoding', {
  description: 'How the bytes of a file are text.',
  values: {
    UTF_8: { value: 'utf-8', description: 'With or without a mark.' },
    GB18030: { value: 'gb18030', description: 'GBK and GB2312 too.' },
    UTF_16LE: { value: 'utf-16le', description: 'The small end first.' },
    UTF_16BE: { value: 'utf-16be', description: 'The large end first.' },
  } as const,
})
const Delimiter = builder.enumType('ImportDelimiter', {
  description: 'What stands between the cells of a CSV file.',
  values: {
    COMMA: { description: 'A comma.' },
    SEMICOLON: { description: 'A semicolon, as Excel writes where the comma is for decimals.' },
    TAB: { description: 'A tab.' },
  } satisfies Record<(typeof DELIMITER_NAMES)[number], object>,
})

const ColumnInput = builder.inputType('ImportColumnInput', {
  description: 'What a column of a CSV file fills.',
  fields: (t) => ({
    column: t.string({
      required: true,
      description: 'The text of its header, or `#3` for the third.',
      validate: cleanText(200),
    }),
    field: t.string({
      required: true,
      description: 'A field such as `login`, `metadata.<key>` for a custom one, or `ignore`.',
      validate: cleanText(100),
    }),
  }),
})

const StartInput = builder.inputType('StartImportInput', {
  description: 'A file to import. It was sent by `POST /uploads` before.',
  fields: (t) => ({
    uploadId: t.id({ required: true, description: 'What `POST /uploads` has answered.' }),
    format: t.field({ type: Format, required: true, description: 'What it is written in.' }),
    kind: t.field({
      type: RowKindEnum,
      required: true,
      description: 'What rows of CSV are about; of JSON those that do not say. LDIF says by itself.',
    }),
    mode: t.field({ type: Mode, required: true, description: 'What rows may do.' }),
    dryRun: t.boolean({
      required: true,
      description: 'Whether nothing is changed: the report says what would be.',
    }),
    encoding: t.field({
      type: Encoding,
      description: 'Found out when absent: byte order mark, UTF-8, GB18030.',
    }),
    delimiter: t.field({ type: Delimiter, description: 'Found out when absent.' }),
    mapping: t.field({
      type: [ColumnInput],
      description: 'Columns whose header does not say it, in English or Chinese; at most 200.',
      validate: z.array(z.unknown()).max(200, 'must be at most 200 columns').nullish(),
    }),
    emptyClears: t.boolean({
      description: 'Whether an empty cell takes the value away; else it is left alone.',
    }),
    clearWith: t.string({
      description: `The cell that takes a value away; \`${CLEAR}\` when absent.`,
      validate: cleanText(50).nullish(),
    }),
    ignoreIds: t.boolean({
      description:
        'Whether ids of the file are of another directory: people are known by login, departments by path.',
    }),
    createDepartments: t.boolean({
      description: 'Whether departments of a path that are not there are made.',
    }),
    departmentType: t.string({
      description: 'Name or id of the type of departments that do not say.',
      validate: cleanText(300).nullish(),
    }),
    staffType: t.string({
      description: 'Name or id of the type of new people who do not say.',
      validate: cleanText(300).nullish(),
    }),
    fileName: t.string({
      description: 'What the file is called where it comes from, to be found again by it.',
      validate: cleanText(200).nullish(),
    }),
    idempotencyKey: t.string({ description: TEXT.key, validate: keySchema }),
  }),
})

const FileFieldRef = builder.objectRef<FileField>('FileField').implement({
  description: 'What a column of a CSV file can be.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'As `mapping` and exports name it.' }),
    names: t.exposeStringList('names', {
      description: 'What its header may be, in English and Chinese; the first is that of exports.',
    }),
    isNeeded: t.exposeBoolean('isNeeded', { description: 'Whether something new must have it.' }),
    isSettable: t.exposeBoolean('isSettable', {
      description: 'Whether the caller may set it anywhere, or names with it whom a row is about.',
    }),
  }),
})

const FileColumnRef = builder.objectRef<SampledColumn>('UploadedColumn').implement({
  description: 'A column of an uploaded CSV file.',
  fields: (t) => ({
    header: t.exposeString('header', { description: 'The text of its header.' }),
    field: t.exposeString('field', {
      nullable: true,
      description: 'What it fills, by its header; null: it is left out, or has to be said in `mapping`.',
    }),
    samples: t.exposeStringList('samples', { description: 'What stands in it on the first rows.' }),
  }),
})

const UploadedFileRef = builder.objectRef<Peek>('UploadedFile').implement({
  description: 'How an uploaded file begins.',
  fields: (t) => ({
    encoding: t.expose('encoding', {
      type: Encoding,
      nullable: true,
      description: 'As it was found by the first megabyte; null where it cannot be read.',
    }),
    delimiter: t.expose('delimiter', {
      type: Delimiter,
      nullable: true,
      description: 'Of CSV, as it was found.',
    }),
    columns: t.expose('columns', {
      type: [FileColumnRef],
      complexity: FLAT_LIST,
      description: 'Of CSV: the first two hundred.',
    }),
    problem: t.exposeString('problem', {
      nullable: true,
      description: 'Why it cannot be imported as it is.',
    }),
  }),
})

const Answered = builder.objectRef<{ batch: ImportBatch }>('ImportAnswered').implement({
  description: 'An import was queued, stopped, or is being undone.',
  fields: (t) => ({ import: t.expose('batch', { type: ImportRef, description: 'As it is now.' }) }),
})

const ImportResult = builder.errorUnion('ImportResult', {
  description: 'What has become of it.',
  types: [Answered, ...FAILURES],
  resolveType: () => Answered,
})

function batchOf(work: Promise<ImportBatch>): Promise<{ batch: ImportBatch } | EditFailure> {
  return answered(work.then((batch) => ({ batch })))
}

const id = { required: true, description: 'Which import.' } as const

/** Of a file that is only looked at. */
const NO_OPTIONS = {
  mode: 'UPSERT',
  mapping: [],
  emptyClears: false,
  clearWith: CLEAR,
  ignoreIds: false,
  createDepartments: false,
  departmentType: null,
  staffType: null,
} as const satisfies Partial<ImportOptions>

builder.mutationFields((t) => ({
  startImport: t.withAuth({ administering: true }).field({
    type: ImportResult,
    description:
      'Queues the import of a file. Each row is decided like the mutation that does the same, under the abilities of the caller.',
    args: { input: t.arg({ type: StartInput, required: true, description: 'What is to be done.' }) },
    resolve: (_, { input }, context) =>
      batchOf(
        context.imports.start(context.caller.signedIn.staffId, fromOf(context), {
          uploadId: input.uploadId,
          isDryRun: input.dryRun,
          key: input.idempotencyKey ?? null,
          options: {
            format: input.format,
            kind: input.kind,
            mode: input.mode,
            encoding: input.encoding ?? null,
            delimiter: input.delimiter ?? null,
            mapping: input.mapping ?? [],
            emptyClears: input.emptyClears ?? false,
            clearWith: input.clearWith ?? CLEAR,
            ignoreIds: input.ignoreIds ?? false,
            createDepartments: input.createDepartments ?? false,
            departmentType: input.departmentType ?? null,
            staffType: input.staffType ?? null,
            fileName: input.fileName ?? null,
          },
        }),
      ),
  }),
  cancelImport: t.withAuth({ administering: true }).field({
    type: ImportResult,
    description:
      'Stops an import after the rows that are on their way; what is done stays, until it is undone.',
    args: { id: t.arg.id(id) },
    resolve: (_, { id }, context) =>
      batchOf(context.imports.cancel(context.caller.signedIn.staffId, fromOf(context), id)),
  }),
  undoImport: t.withAuth({ administering: true }).field({
    type: ImportResult,
    description:
      'Takes back what an import has done, the last first: what is new goes into the trash, what was changed gets its values again, unless it was changed since.',
    args: { id: t.arg.id(id) },
    resolve: (_, { id }, context) =>
      batchOf(context.imports.undo(context.caller.signedIn.staffId, fromOf(context), id)),
  }),
}))

builder.objectFields(Administration, (t) => ({
  import: t.field({
    type: ImportRef,
    nullable: true,
    description: "One import of the caller's, or of anybody for those who administer everything.",
    args: { id: t.arg.id(id) },
    resolve: async ({ authority }, { id }, { imports }) => await imports.find(authority.staffId, id),
  }),
  uploadedFile: t.field({
    type: UploadedFileRef,
    nullable: true,
    description: "How a file of the caller's begins that was sent by `POST /uploads`; null without one.",
    args: {
      uploadId: t.arg.id({ required: true, description: 'What `POST /uploads` has answered.' }),
      format: t.arg({ type: Format, required: true, description: 'What it is written in.' }),
      kind: t.arg({ type: RowKindEnum, required: true, description: 'What its rows are about.' }),
      encoding: t.arg({ type: Encoding, description: 'Found out when absent.' }),
      delimiter: t.arg({ type: Delimiter, description: 'Found out when absent.' }),
    },
    resolve: async ({ authority }, { uploadId, format, kind, encoding, delimiter }, { imports }) =>
      await imports.peek(authority.staffId, uploadId, {
        ...NO_OPTIONS,
        format,
        kind,
        encoding: encoding ?? null,
        delimiter: delimiter ?? null,
      }),
  }),
  fileFields: t.field({
    type: [FileFieldRef],
    complexity: FLAT_LIST,
    description: 'What columns of CSV files can be, in and out.',
    args: { kind: t.arg({ type: RowKindEnum, required: true, description: 'What rows are about.' }) },
    resolve: ({ authority }, { kind }, { imports }) => imports.fields(authority.staffId, kind),
  }),
  imports: t.field({
    type: [ImportRef],
    complexity: { field: 1, multiplier: 20 },
    description: 'The newest hundred, the newest first.',
    resolve: async ({ authority }, _, { imports }) => await imports.recent(authority.staffId),
  }),
}))

builder.subscriptionField('importProgress', (t) =>
  t.withAuth({ administering: true }).field({
    type: ImportRef,
    description: 'How far an import is, now and whenever it has moved on; it ends with the import.',
    args: { id: t.arg.id(id) },
    subscribe: (_, { id }, { caller, imports }) => following(imports.progress(caller.signedIn.staffId, id)),
    resolve: (batch: ImportBatch) => batch,
  }),
)

/** What the caller may not know of is not there, in the words of a subscription. */
async function* following(
  progress: AsyncGenerator<ImportBatch, void, undefined>,
): AsyncGenerator<ImportBatch, void, undefined> {
  try {
    yield* progress
  } catch (error) {
    if (isEditFailure(error)) throw new AppError('BAD_USER_INPUT', 'There is no such import.')
    throw error
  }
}
