import type { Edit } from '../../src/edit/edit.ts'
import { InvalidInput, isEditFailure, type EditFailure } from '../../src/edit/failures.ts'
import { type EditAnswer, editingOf, type SignedInContext } from '../context.ts'

/** What comes with every edit beside its own input. */
interface Keyed {
  readonly idempotencyKey?: string | null | undefined
}

/** Longer keys are no keys. */
const MAX_KEY = 200

/** Runs an edit for the caller, alone or as part of a batch; an expected failure is an answer. The key is no part of what is edited. */
export async function edited<T extends Keyed>(
  context: SignedInContext,
  { idempotencyKey = null, ...input }: T,
  edit: (input: Omit<T, 'idempotencyKey'>) => Edit,
  batchId: string | null = null,
): Promise<EditAnswer | EditFailure> {
  try {
    if (idempotencyKey !== null && (idempotencyKey === '' || idempotencyKey.length > MAX_KEY))
      throw InvalidInput.at('idempotencyKey', `must have 1 to ${MAX_KEY} characters`)
    return await context.edits.run(editingOf(context, batchId), edit(input), idempotencyKey)
  } catch (error) {
    if (isEditFailure(error)) return error
    throw error
  }
}
