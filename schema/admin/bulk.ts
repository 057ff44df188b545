import { randomUUID } from 'node:crypto'
import { deleteDepartment } from '../../src/edit/departments/delete.ts'
import { moveDepartment } from '../../src/edit/departments/move.ts'
import { updateDepartment } from '../../src/edit/departments/update.ts'
import type { Edit } from '../../src/edit/edit.ts'
import { InvalidInput, type EditFailure } from '../../src/edit/failures.ts'
import { createStaff } from '../../src/edit/staff/create.ts'
import { deleteStaff, restoreStaff } from '../../src/edit/staff/delete.ts'
import { setStaffRoles } from '../../src/edit/staff/roles.ts'
import { updateStaff } from '../../src/edit/staff/update.ts'
import { builder } from '../builder.ts'
import type { EditAnswer, SignedInContext } from '../context.ts'
import * as departments from './department-edits.ts'
import { Editable } from './editable.ts'
import { FAILURES } from './failures.ts'
import { TEXT } from './input.ts'
import { edited } from './result.ts'
import * as staff from './staff-edits.ts'

const MAX_EDITS = 200
/** As many as the directory answers at its best; each waits for its own place in the log. */
const AT_ONCE = 8

const BulkEditInput = builder.inputType('BulkEditInput', {
  description: 'One edit of many: exactly one of these, as its mutation would be given it.',
  fields: (t) => ({
    createStaff: t.field({ type: staff.CreateInput, description: 'As for `createStaff`.' }),
    updateStaff: t.field({ type: staff.UpdateInput, description: 'As for `updateStaff`.' }),
    setStaffRoles: t.field({ type: staff.RolesInput, description: 'As for `setStaffRoles`.' }),
    deleteStaff: t.field({ type: staff.DeleteInput, description: 'As for `deleteStaff`.' }),
    restoreStaff: t.field({ type: staff.RestoreInput, description: 'As for `restoreStaff`.' }),
    updateDepartment: t.field({ type: departments.UpdateInput, description: 'As for `updateDepartment`.' }),
    moveDepartment: t.field({ type: departments.MoveInput, description: 'As for `moveDepartment`.' }),
    deleteDepartment: t.field({ type: departments.DeleteInput, description: 'As for `deleteDepartment`.' }),
  }),
})

const BulkInput = builder.inputType('BulkEditsInput', {
  description: 'Many edits, each of which is made or refused by itself.',
  fields: (t) => ({
    edits: t.field({ type: [BulkEditInput], required: true, description: `1 to ${MAX_EDITS} edits.` }),
    idempotencyKey: t.string({ description: `${TEXT.key} Edits have no keys of their own here.` }),
  }),
})

const BulkItemEdited = builder.objectRef<EditAnswer>('BulkItemEdited').implement({
  description: 'This one was made.',
  fields: (t) => ({
    version: t.expose('version', {
      type: 'Version',
      nullable: true,
      description: 'Contains the edit; null when the log is late: it is made, do not ask again.',
    }),
    id: t.id({ description: 'Of what was edited.', resolve: ({ subjectId }) => subjectId }),
    entry: t.field({
      type: Editable,
      nullable: true,
      description: 'As it is now.',
      resolve: ({ subjectId }, _, { caller }) => caller.administration.any(subjectId),
    }),
  }),
})

const BulkItem = builder.errorUnion('BulkItemResult', {
  description: 'What has become of one edit of many.',
  types: [BulkItemEdited, ...FAILURES],
  resolveType: () => BulkItemEdited,
})

interface Made {
  readonly batchId: string
  readonly items: readonly (EditAnswer | EditFailure)[]
}

const BulkEdited = builder.objectRef<Made>('BulkEdited').implement({
  description: 'Many edits were asked for; some may have been refused.',
  fields: (t) => ({
    items: t.field({
      type: [BulkItem],
      description: 'What has become of each, in the order in which they were asked for.',
      complexity: { field: 1, multiplier: 20 },
      resolve: ({ items }) => [...items],
    }),
    batchId: t.exposeID('batchId', { description: 'Under it they stand in the audit log.' }),
    madeCount: t.int({
      description: 'How many were made.',
      resolve: ({ items }) => items.filter((item) => !(item instanceof Error)).length,
    }),
  }),
})

const BulkResult = builder.errorUnion('BulkResult', {
  description: 'What has become of many edits, or why none was looked at.',
  types: [BulkEdited, InvalidInput],
  resolveType: () => BulkEdited,
})

type Given = typeof BulkEditInput.$inferInput
type Keyed = { readonly idempotencyKey?: string | null | undefined }
type Run = (
  context: SignedInContext,
  key: string | null,
  batchId: string,
) => Promise<EditAnswer | EditFailure>

/** The edits that are given; one is right. */
function runsOf(input: Given): Run[] {
  const run = <T extends Keyed>(
    given: T | null | undefined,
    edit: (input: Omit<T, 'idempotencyKey'>) => Edit,
  ): Run[] =>
    given
      ? [
          (context, key, batchId) =>
            edited(context, { ...given, idempotencyKey: key }, (own) => edit(own), batchId),
        ]
      : []
  return [
    ...run(input.createStaff, createStaff),
    ...run(input.updateStaff, updateStaff),
    ...run(input.setStaffRoles, setStaffRoles),
    ...run(input.deleteStaff, deleteStaff),
    ...run(input.restoreStaff, restoreStaff),
    ...run(input.updateDepartment, updateDepartment),
    ...run(input.moveDepartment, moveDepartment),
    ...run(input.deleteDepartment, deleteDepartment),
  ]
}

async function makeAll(context: SignedInContext, runs: readonly Run[], key: string | null): Promise<Made> {
  const batchId = randomUUID()
  const items = new Map<number, EditAnswer | EditFailure>()
  const left = runs.entries()
  const worker = async () => {
    for (const [i, run] of left)
      items.set(i, await run(context, key === null ? null : `${key} ${i}`, batchId))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return { batchId, items: runs.flatMap((_, i) => items.get(i) ?? []) }
}

builder.mutationField('bulkEdit', (t) =>
  t.withAuth({ administering: true }).field({
    type: BulkResult,
    description:
      'Makes many edits, each as its own mutation would: in no order, and what is refused keeps none of the others from being made.',
    args: { input: t.arg({ type: BulkInput, required: true, description: 'What is to be done.' }) },
    resolve: async (_, { input: { edits, idempotencyKey = null } }, context) => {
      if (edits.length === 0 || edits.length > MAX_EDITS)
        return InvalidInput.at('edits', `must be 1 to ${MAX_EDITS} edits`)
      if (idempotencyKey !== null && (idempotencyKey === '' || idempotencyKey.length > 190))
        return InvalidInput.at('idempotencyKey', 'must have 1 to 190 characters')
      const runs = edits.map(runsOf)
      const wrong = runs.findIndex((one) => one.length !== 1)
      if (wrong >= 0) return InvalidInput.at(`edits.${wrong}`, 'must be exactly one edit')
      return await makeAll(context, runs.flat(), idempotencyKey)
    },
  }),
)
