import type { EntryDiff } from '../../src/audit/record.ts'
import type { TestDatabase } from '../support/database.ts'

export interface LoggedRecord {
  readonly id: string
  readonly action: string
  readonly outcome: string
  readonly reason: string | null
  readonly source: string
  readonly actorId: string | null
  readonly actorLogin: string | null
  readonly actorDn: string | null
  readonly onBehalfOf: string | null
  readonly subjectKind: string | null
  readonly subjectId: string | null
  readonly subjectLabel: string | null
  readonly batchId: string | null
  readonly editId: string | null
  readonly address: string | null
  readonly requestId: string | null
  readonly changes: readonly EntryDiff[]
  readonly detail: Readonly<Record<string, string>>
}

/** All records as they stand in the table, oldest first. */
export function auditOf(database: TestDatabase): Promise<LoggedRecord[]> {
  return database.sql<LoggedRecord>(`
    SELECT id, action, outcome, reason, source, actor_id AS "actorId", actor_login AS "actorLogin",
      actor_dn AS "actorDn", on_behalf_of AS "onBehalfOf", subject_kind AS "subjectKind", subject_id AS "subjectId",
      subject_label AS "subjectLabel", batch_id AS "batchId", edit_id AS "editId", address, request_id AS "requestId",
      changes, detail
    FROM audit ORDER BY id`)
}
