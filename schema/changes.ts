import { z } from 'zod'
import { AppError } from '../src/errors.ts'
import type * as results from '../src/sync/results.ts'
import { FLAT_LIST, waitForArg } from './arguments.ts'
import { builder } from './builder.ts'
import { ChangeCategory } from './change-category.ts'
import { DepartmentType } from './department-type.ts'
import { FieldDefinition } from './field-definition.ts'
import { Resync } from './resync.ts'
import { DepartmentRow, StaffRow } from './rows.ts'
import { StaffType } from './staff-type.ts'

/** Rows of one answer at most; the server may give fewer. */
export const rowCountSchema = z.int().min(1, 'must be at least 1').max(10_000, 'must be at most 10000')

const ChangeAction = builder.enumType('ChangeAction', {
  description: 'What becomes of a row of the copy.',
  values: {
    ADD: { description: 'The row enters the copy.' },
    UPDATE: { description: 'The row replaces the one of the same id.' },
    REMOVE: { description: 'The row leaves the copy, whatever the reason.' },
  } as const,
})

const Change = builder.objectRef<results.Change>('Change').implement({
  description: 'The net change of one row (D2).',
  fields: (t) => ({
    action: t.expose('action', { type: ChangeAction, description: 'What becomes of the row.' }),
    category: t.expose('category', { type: ChangeCategory, description: 'What kind of row it is.' }),
    id: t.exposeID('id', { description: 'The id of the row; a removal carries nothing else.' }),
    department: t.expose('department', {
      type: DepartmentRow,
      nullable: true,
      description: 'The whole row after the change, of category DEPARTMENT.',
    }),
    staff: t.expose('staff', {
      type: StaffRow,
      nullable: true,
      description: 'The whole row after the change, of category STAFF.',
    }),
  }),
})

const RevokedTypes = builder.objectRef<results.RevokedTypes>('RevokedTypes').implement({
  description:
    'Delete every row whose stored type is listed, nothing more, before the changes are applied (D5).',
  fields: (t) => ({
    departmentTypeIds: t.exposeIDList('departmentTypeIds', {
      description: 'Types of departments to delete.',
    }),
    staffTypeIds: t.exposeIDList('staffTypeIds', { description: 'Types of people to delete.' }),
  }),
})

const Delta = builder.objectRef<results.Delta>('Delta').implement({
  description:
    'The difference between the copy at `from` and what the caller sees at `to`. Apply it whole or not at all.',
  fields: (t) => ({
    from: t.expose('from', { type: 'Version', description: 'The version that the copy must have.' }),
    to: t.expose('to', {
      type: 'Version',
      description:
        'The version of the copy afterwards; with `hasMore` a continuation: stage, ask again, store nothing yet.',
    }),
    changes: t.expose('changes', {
      type: [Change],
      description: 'Departments before people, parents before children.',
      complexity: FLAT_LIST,
    }),
    revoked: t.expose('revoked', {
      type: RevokedTypes,
      nullable: true,
      description: 'What to delete first; only with `compact: true`.',
    }),
    departmentTypes: t.expose('departmentTypes', {
      type: [DepartmentType],
      nullable: true,
      description: 'The whole list of what the caller may see; null when unchanged.',
      complexity: FLAT_LIST,
    }),
    staffTypes: t.expose('staffTypes', {
      type: [StaffType],
      nullable: true,
      description: 'The whole list of what the caller may see; null when unchanged.',
      complexity: FLAT_LIST,
    }),
    fields: t.expose('fields', {
      type: [FieldDefinition],
      nullable: true,
      description: 'The whole field catalogue that the caller may see; null when unchanged.',
      complexity: FLAT_LIST,
    }),
    viewerChanged: t.exposeBoolean('viewerChanged', {
      description: 'Whether `viewer` has to be read again.',
    }),
    hasMore: t.exposeBoolean('hasMore', { description: 'Whether the delta goes on: ask again with `to`.' }),
    digest: t.exposeString('digest', {
      description: 'What the copy adds up to at the end of the delta, 32 hex digits (D8).',
    }),
  }),
})

const ChangesResult = builder.unionType('ChangesResult', {
  description: 'What to do with a copy: apply a delta, or build it anew.',
  types: [Delta, Resync],
  resolveType: ({ kind }) => kind,
})

builder.queryField('changesSince', (t) =>
  t.withAuth({ signedIn: true }).field({
    type: ChangesResult,
    description: 'What has changed for the caller since a version of theirs.',
    args: {
      version: t.arg({
        type: 'Version',
        required: true,
        description: 'The version of the copy, or the last `to`.',
      }),
      first: t.arg.int({
        defaultValue: 1000,
        description: 'How many changes at most in one answer: 1 to 10000.',
        validate: rowCountSchema.nullish(),
      }),
      compact: t.arg.boolean({
        defaultValue: false,
        description: 'Whether removals may be told as revoked types.',
      }),
      ...waitForArg,
    },
    resolve: (_, { version, first, compact, waitFor }, { caller, sync }) => {
      const ask = () => sync.changesSince(caller.signedIn, version, first ?? 1000, compact === true)
      return caller.reach(waitFor)?.then(ask) ?? ask()
    },
  }),
)

builder.subscriptionField('changes', (t) =>
  t.withAuth({ signedIn: true }).field({
    type: ChangesResult,
    description:
      'The same as `changesSince`, now and as soon as anything changes; at least a heartbeat every 30 seconds.',
    args: {
      since: t.arg({ type: 'Version', required: true, description: 'The version of the copy.' }),
      compact: t.arg.boolean({
        defaultValue: false,
        description: 'Whether removals may be told as revoked types.',
      }),
    },
    // Sockets are served by the hub, which evaluates once for everybody; no other transport carries subscriptions.
    subscribe: (): AsyncIterable<results.ChangesResult> => {
      throw new AppError('BAD_USER_INPUT', 'Subscriptions go over the web socket.')
    },
    resolve: (result: results.ChangesResult) => result,
  }),
)
