import type { BatchState, ImportBatch } from '../../src/transfer/batch.ts'
import type { Change } from '../../src/transfer/changes.ts'
import type { Column } from '../../src/transfer/headers.ts'
import type { ShownRow } from '../../src/transfer/imports.ts'
import type { RowError } from '../../src/transfer/row.ts'
import type { KeptAct } from '../../src/transfer/store.ts'
import type { UndoPreview } from '../../src/transfer/undo-preview.ts'
import { countSchema, FLAT_LIST } from '../arguments.ts'
import { builder } from '../builder.ts'
import { AdminStaff } from './refs.ts'

const ImportState = builder.enumType('ImportState', {
  description: 'Where an import stands. DONE, CANCELLED and FAILED can be undone.',
  values: {
    QUEUED: { description: 'It waits for its turn.' },
    RUNNING: { description: 'Rows are being looked at.' },
    DONE: { description: 'Every row was looked at.' },
    CANCELLED: { description: 'Somebody has ended it; what was done before stays.' },
    FAILED: { description: 'It could not go on; `problem` says why.' },
    UNDOING: { description: 'What it has done is being taken back.' },
    UNDONE: { description: 'What it has done was taken back.' },
  } satisfies Record<BatchState, object>,
})

const ImportAction = builder.enumType('ImportAction', {
  description: 'What a row does, or would do.',
  values: {
    CREATE: { description: 'Something new.' },
    UPDATE: { description: 'Changes something that is there.' },
    UNCHANGED: { description: 'Everything is as the row says.' },
    ERROR: { description: 'Nothing: it cannot be taken.' },
  } as const,
})

export const RowKindEnum = builder.enumType('ImportKind', {
  description: 'What rows are about.',
  values: {
    STAFF: { value: 'staff', description: 'People.' },
    DEPARTMENT: { value: 'department', description: 'Departments.' },
  } as const,
})

const ErrorRef = builder.objectRef<RowError>('ImportError').implement({
  description: 'Why a row, or a part of it, was not taken.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description:
        'Stable: those of edits, MALFORMED for what cannot be read, UNSUPPORTED for what is not imported.',
    }),
    path: t.exposeString('path', {
      description: 'Which field of the row, items of lists by their index from 0; empty for the row.',
    }),
    message: t.exposeString('message', { description: 'What is wrong with it.' }),
    value: t.string({
      nullable: true,
      description: 'What the file says there, 200 characters of it at most; null where it says nothing.',
      resolve: ({ value }) => value ?? null,
    }),
  }),
})

const ChangeRef = builder.objectRef<Change>('ImportChange').implement({
  description: 'What a row changes of one field, before and after.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'As abilities name fields; of custom fields their key.' }),
    before: t.stringList({
      description: 'Values before, as far as the caller may see them.',
      resolve: ({ before }) => before.map(({ text }) => text),
    }),
    after: t.stringList({
      description: 'Values afterwards.',
      resolve: ({ after }) => after.map(({ text }) => text),
    }),
  }),
})

const RowRef = builder.objectRef<ShownRow>('ImportRow').implement({
  description: 'What has become of a row; of a dry run what would.',
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'Its place in the file, from 1; a header does not count.' }),
    line: t.exposeInt('line', {
      nullable: true,
      description: 'The line of the file on which it begins, from 1, a header and empty lines among them.',
    }),
    kind: t.expose('kind', { type: RowKindEnum, description: 'What it is about.' }),
    action: t.expose('action', { type: ImportAction, description: 'What it does.' }),
    label: t.exposeString('label', { description: 'How the file names its subject.' }),
    subjectId: t.exposeID('subjectId', {
      nullable: true,
      description: 'The person or department; null without one that the caller administers.',
    }),
    changes: t.expose('changes', {
      type: [ChangeRef],
      complexity: FLAT_LIST,
      description: 'Of an update: what changes.',
    }),
    errors: t.expose('errors', {
      type: [ErrorRef],
      complexity: FLAT_LIST,
      description: 'What was not taken; beside CREATE and UPDATE a part of the row.',
    }),
  }),
})

const KeptRef = builder.objectRef<KeptAct>('ImportKept').implement({
  description: 'What an undo has left as it is.',
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'The row.' }),
    label: t.exposeString('label', { nullable: true, description: 'How the file names its subject.' }),
    errors: t.field({
      type: [ErrorRef],
      complexity: FLAT_LIST,
      description: 'Why.',
      resolve: ({ errors }) => errors ?? [],
    }),
  }),
})

const UndoPreviewRef = builder.objectRef<UndoPreview>('ImportUndoPreview').implement({
  description: 'What an undo would do now.',
  fields: (t) => ({
    undone: t.exposeInt('undone', { description: 'Edits that would be taken back.' }),
    keptCount: t.exposeInt('keptCount', { description: 'Edits that would be left.' }),
    kept: t.expose('kept', {
      type: [KeptRef],
      complexity: FLAT_LIST,
      description: 'The first twenty of those, with the reason.',
    }),
    isComplete: t.exposeBoolean('isComplete', {
      description: 'Whether all edits were looked at, and not only the newest two hundred.',
    }),
  }),
})

const ColumnRef = builder.objectRef<Column>('ImportColumn').implement({
  description: 'A column of a CSV file.',
  fields: (t) => ({
    header: t.exposeString('header', { description: 'The text of its header.' }),
    field: t.exposeString('field', { nullable: true, description: 'What it fills; null: it is left out.' }),
  }),
})

/** Lists that are bounded by `first`, of rows with lists. */
const rowCost = ({ first }: { first?: number | null | undefined }) => ({
  field: 1,
  multiplier: Math.max(1, Math.min(first ?? 50, 100)),
})

export const ImportRef = builder.objectRef<ImportBatch>('Import').implement({
  description: 'A file that is or was imported. It belongs to whoever has started it.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The batch: under it stand its edits in the audit log.' }),
    state: t.expose('state', { type: ImportState, description: 'Where it stands.' }),
    isDryRun: t.exposeBoolean('isDryRun', { description: 'Whether it changes nothing.' }),
    fileName: t.string({
      nullable: true,
      description: 'What the file was called by whoever has started it.',
      resolve: ({ options }) => options.fileName ?? null,
    }),
    kind: t.field({
      type: RowKindEnum,
      description: 'What rows are about that do not say it themselves.',
      resolve: ({ options }) => options.kind,
    }),
    startedBy: t.field({
      type: AdminStaff,
      nullable: true,
      description: 'Who has started it; null for whoever is outside of the scope of the caller.',
      resolve: ({ actorId }, _, { caller }) => caller.administration.staff(actorId),
    }),
    problem: t.exposeString('problem', { nullable: true, description: 'Why it failed as a whole.' }),
    encoding: t.string({
      nullable: true,
      description: 'As it was found.',
      resolve: ({ facts }) => facts?.encoding ?? null,
    }),
    columns: t.field({
      type: [ColumnRef],
      complexity: FLAT_LIST,
      description: 'Of CSV: which field each column fills.',
      resolve: ({ facts }) => facts?.columns ?? [],
    }),
    ignored: t.stringList({
      description: 'Of LDIF: attributes that are left out.',
      resolve: ({ facts }) => facts?.ignored ?? [],
    }),
    total: t.int({
      nullable: true,
      description: 'Rows of the file; null until it was read once.',
      resolve: ({ facts }) => facts?.rows ?? null,
    }),
    done: t.int({
      description: 'Rows that were looked at.',
      resolve: (batch) => batch.created + batch.updated + batch.unchanged + batch.failed,
    }),
    created: t.exposeInt('created', { description: 'Rows that have made something new.' }),
    updated: t.exposeInt('updated', { description: 'Rows that have changed something.' }),
    unchanged: t.exposeInt('unchanged', { description: 'Rows that say what is so already.' }),
    failed: t.exposeInt('failed', { description: 'Rows that were not taken.' }),
    incomplete: t.exposeInt('incomplete', {
      description: 'Rows of which only a part was taken; they are among the created and updated ones.',
    }),
    edits: t.exposeInt('acts', {
      description: 'Edits that were made, of departments on the way among them.',
    }),
    undone: t.exposeInt('undone', { description: 'Edits that were taken back.' }),
    kept: t.exposeInt('kept', { description: 'Edits that the undo has left.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was queued.' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it, or its undo, came to an end.',
    }),
    rows: t.field({
      type: [RowRef],
      complexity: rowCost,
      description: 'The report, row by row.',
      args: {
        first: t.arg.int({
          defaultValue: 50,
          description: 'How many: 0 to 100.',
          validate: countSchema.nullish(),
        }),
        afterNumber: t.arg.int({ defaultValue: 0, description: 'Behind which row.' }),
        actions: t.arg({ type: [ImportAction], description: 'Only these; all when absent.' }),
        withErrors: t.arg.boolean({ defaultValue: false, description: 'Only rows with errors.' }),
      },
      resolve: async ({ id }, { first, afterNumber, actions, withErrors }, { caller, imports }) =>
        await imports.rows(caller.signedIn?.staffId ?? '', id, {
          after: afterNumber ?? 0,
          limit: first ?? 50,
          actions: actions ?? [],
          withErrors: withErrors === true,
        }),
    }),
    undoPreview: t.field({
      type: UndoPreviewRef,
      nullable: true,
      complexity: { field: 1, multiplier: 200 },
      description: 'What an undo by the caller would do now; null where there is nothing to undo.',
      resolve: async (batch, _, { caller, imports }) =>
        await imports.previewUndo(caller.signedIn?.staffId ?? '', batch),
    }),
    leftByUndo: t.field({
      type: [KeptRef],
      complexity: { field: 1, multiplier: 20 },
      description: 'What the undo has left as it is: the first hundred.',
      resolve: async ({ id }, _, { imports }) => await imports.kept(id, 100),
    }),
  }),
})
