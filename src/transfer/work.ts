import type { Change } from './changes.ts'
import type { Row, RowError } from './row.ts'

/** What is left of a row until all rows are there: people who come later in the file. */
export interface Deferred {
  /** Whom it is about, where only the rehearsal knows them. */
  readonly subjectId?: string | undefined
  readonly manager?: string | undefined
  readonly dottedManagers?: readonly string[] | undefined
}

export type Action = 'CREATE' | 'UPDATE' | 'UNCHANGED' | 'ERROR'

/** A row on its way through an import. */
export interface Work {
  readonly number: number
  readonly line: number | null
  readonly row: Row
  /** Edits that were made for it. */
  acts: number
  /** Who or what it is about, as soon as that is known. */
  subjectId: string | null
  isCreated: boolean
  /** The main edit is made, or was not needed. */
  isMainDone: boolean
  readonly changes: Change[]
  readonly errors: RowError[]
  deferred: Deferred | null
}

export function workOn(read: Pick<Work, 'number' | 'line' | 'row'>): Work {
  return {
    ...read,
    acts: 0,
    subjectId: null,
    isCreated: false,
    isMainDone: false,
    changes: [],
    errors: [],
    deferred: null,
  }
}

export function actionOf({ isCreated, isMainDone, changes, errors }: Work): Action {
  if (!isMainDone && errors.length > 0) return 'ERROR'
  if (isCreated) return 'CREATE'
  return changes.length > 0 ? 'UPDATE' : 'UNCHANGED'
}
