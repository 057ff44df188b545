import type * as results from '../src/sync/results.ts'
import { FLAT_LIST, waitForArg } from './arguments.ts'
import { builder } from './builder.ts'
import { rowCountSchema } from './changes.ts'
import { DepartmentType } from './department-type.ts'
import { FieldDefinition } from './field-definition.ts'
import { Resync } from './resync.ts'
import { DepartmentRow, StaffRow } from './rows.ts'
import { StaffType } from './staff-type.ts'
import { cleanText } from './text-input.ts'

const SnapshotPage = builder.objectRef<results.SnapshotPage>('SnapshotPage').implement({
  description: 'A part of everything the caller sees at one version. Show nothing before the last page.',
  fields: (t) => ({
    version: t.expose('version', {
      type: 'Version',
      description: 'The version of the copy, equal on all pages.',
    }),
    digest: t.exposeString('digest', { description: 'What the whole copy adds up to, 32 hex digits (D8).' }),
    departmentTypes: t.expose('departmentTypes', {
      type: [DepartmentType],
      description: 'All types of departments that the caller may see.',
      complexity: FLAT_LIST,
    }),
    staffTypes: t.expose('staffTypes', {
      type: [StaffType],
      description: 'All types of staff that the caller may see.',
      complexity: FLAT_LIST,
    }),
    fields: t.expose('fields', {
      type: [FieldDefinition],
      description: 'The field catalogue as far as the caller may see it.',
      complexity: FLAT_LIST,
    }),
    departments: t.expose('departments', {
      type: [DepartmentRow],
      description: 'Departments of this page, parents before children; they come before all people.',
      complexity: FLAT_LIST,
    }),
    staff: t.expose('staff', {
      type: [StaffRow],
      description: 'People of this page.',
      complexity: FLAT_LIST,
    }),
    endCursor: t.exposeString('endCursor', { description: 'For `after`, to get the next page.' }),
    hasNextPage: t.exposeBoolean('hasNextPage', { description: 'Whether the snapshot goes on.' }),
  }),
})

const SnapshotResult = builder.unionType('SnapshotResult', {
  description: 'A page of the snapshot, or that it has to be started again.',
  types: [SnapshotPage, Resync],
  resolveType: ({ kind }) => kind,
})

builder.queryField('snapshot', (t) =>
  t.withAuth({ signedIn: true }).field({
    type: SnapshotResult,
    description: 'Everything the caller sees, page by page, pinned to one version.',
    args: {
      first: t.arg.int({
        defaultValue: 1000,
        description: 'How many rows a page should have: 1 to 10000; a hint.',
        validate: rowCountSchema.nullish(),
      }),
      after: t.arg.string({
        description: '`endCursor` of the page before; absent for the first.',
        validate: cleanText(4096).nullish(),
      }),
      ...waitForArg,
    },
    resolve: (_, { first, after = null, waitFor }, { caller, sync }) =>
      caller.ask(waitFor, () => sync.snapshot(caller.signedIn.staffId, first ?? 1000, after)),
  }),
)
