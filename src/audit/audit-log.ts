import type { Database, Sql, Statement } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import { AppError } from '../errors.ts'
import { normaliseLines, normaliseText } from '../model/text.ts'
import type { State } from '../model/state.ts'
import type { Masks } from './mask.ts'
import { NOWHERE, type EntryDiff, type FieldChange, type NewRecord, type Whence } from './record.ts'

const APPEND: Statement = {
  name: 'audit_append',
  text: `
    INSERT INTO audit (actor_id, actor_login, actor_dn, on_behalf_of, action, outcome, reason, source, source_key,
      subject_kind, subject_id, subject_label, batch_id, edit_id, address, user_agent, request_id, changes, touched, detail)
    SELECT r.actor_id, r.actor_login, r.actor_dn, r.on_behalf_of, r.action, r.outcome, r.reason, r.source, r.source_key,
      r.subject_kind, r.subject_id, r.subject_label, r.batch_id, r.edit_id, r.address, r.user_agent, r.request_id,
      r.changes, array(SELECT jsonb_array_elements_text(r.touched)::uuid), r.detail
    FROM jsonb_to_recordset($1::jsonb) AS r(actor_id uuid, actor_login text, actor_dn text, on_behalf_of uuid,
      action text, outcome text, reason text, source text, source_key text, subject_kind text, subject_id uuid,
      subject_label text, batch_id uuid, edit_id uuid, address text, user_agent text, request_id text,
      changes jsonb, touched jsonb, detail jsonb)`,
}

/** Records of one statement: each waits for the one before it, so that they are written together. */
const TOGETHER = 100
const LABEL_LIMIT = 256
const AGENT_LIMIT = 120

interface Waiting {
  readonly record: NewRecord
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * What is written down for good: who did what. Never a secret: sensitive values are masked before they come here. The
 * database numbers the records and chains their hashes, and refuses to change or remove one (T117). Records that come while
 * others are being written go together in the next statement, in their order.
 */
export class AuditLog {
  readonly #db: Database
  readonly #state: () => State | null
  readonly #masks: Masks | null
  readonly #waiting: Waiting[] = []
  #isWriting = false

  /** `state`: for the logins and names of whom records speak of; `masks`: for records with marks. */
  constructor(db: Database, state: () => State | null = () => null, masks: Masks | null = null) {
    this.#db = db
    this.#state = state
    this.#masks = masks
  }

  /** Resolves when it is committed. */
  write(record: NewRecord): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, resolve, reject })
      if (!this.#isWriting) void this.#writeAll()
    })
  }

  /** The same as the last part of a transaction: from here on everybody else who writes waits for its end. */
  async append(tx: Sql, records: readonly NewRecord[]): Promise<void> {
    if (records.length === 0) return
    await tx.run(APPEND, [JSON.stringify(records.map((record) => this.#row(record)))])
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, TOGETHER)
      try {
        await this.#together(batch)
      } catch (error) {
        // One that cannot be written takes none of the others along.
        const isAlone = batch.length === 1 || error instanceof AppError
        if (isAlone) for (const { reject } of batch) reject(error)
        else for (const one of batch) await this.#together([one]).catch(one.reject)
      }
    }
    this.#isWriting = false
  }

  async #together(batch: readonly Waiting[]): Promise<void> {
    const records = batch.map(({ record }) => record)
    await reaching(() => this.append(this.#db, records))
    for (const { resolve } of batch) resolve()
  }

  #row(record: NewRecord): Record<string, unknown> {
    const { actorId, action, subject, from = NOWHERE } = record
    return {
      actor_id: actorId,
      actor_login: this.#loginOf(actorId),
      actor_dn: plain(record.actorDn, 1024),
      on_behalf_of: record.onBehalfOf ?? from.via?.ownerId ?? null,
      action,
      outcome: record.outcome ?? 'DONE',
      reason: plain(record.reason, 1024),
      source: record.source ?? 'API',
      source_key: record.sourceKey ?? null,
      subject_kind: subject?.kind ?? null,
      subject_id: subject?.id ?? null,
      subject_label: plain(subject?.label ?? this.#labelOf(subject?.id ?? null), LABEL_LIMIT),
      batch_id: record.batchId ?? null,
      edit_id: record.editId ?? null,
      address: plain(from.address, 64),
      user_agent: plain(from.userAgent, AGENT_LIMIT),
      request_id: plain(from.requestId, 64),
      changes: (record.changes ?? []).map((change) => this.#storable(change)),
      touched: touchedIn(record),
      detail: Object.fromEntries(
        Object.entries({ ...record.detail, ...wordsOf(from) }).map(([key, text]) => [key, plain(text, 4096)]),
      ),
    }
  }

  #storable({ label, fields, names = {}, ...entry }: EntryDiff): EntryDiff {
    const called = Object.entries(names).map(([id, name]) => [id, normaliseText(name, LABEL_LIMIT)])
    return {
      ...entry,
      ...(called.length === 0 ? {} : { names: Object.fromEntries(called) }),
      label: plain(label, LABEL_LIMIT),
      fields: fields.map((change) => {
        const { field, before, after, isMasked } = this.#marked(entry.id, change)
        return {
          field: normaliseText(field),
          before: before && before.map((text) => normaliseLines(text)),
          after: after.map((text) => normaliseLines(text)),
          isMasked,
        }
      }),
    }
  }

  /** Nothing sensitive is written with a mark that would stand for the same value of somebody else. */
  #marked(id: string | null, change: FieldChange): FieldChange {
    if (this.#masks) return this.#masks.ofEntry(id, change)
    if (change.isMasked) throw new Error('Marks are written by an audit log that has the key of marks')
    return change
  }

  #loginOf(staffId: string | null): string | null {
    return staffId === null ? null : (this.#state()?.get('staff', staffId)?.login ?? null)
  }

  /** Of a person; others are named by whoever writes. */
  #labelOf(id: string | null): string | null {
    return id === null ? null : (this.#state()?.get('staff', id)?.name ?? null)
  }
}

/** Which integration it was, in words of the detail. */
function wordsOf({ via }: Whence): Record<string, string> {
  return via ? { integration: via.name, integrationId: via.id } : {}
}

function touchedIn({ subject, changes = [] }: NewRecord): string[] {
  const ids = [subject?.id, ...changes.map(({ id }) => id)]
  return [...new Set(ids.flatMap((id) => id ?? []))]
}

/** As PostgreSQL can store it and a screen can show it (T19, T100). */
function plain(text: string | null | undefined, limit: number): string | null {
  return text == null ? null : normaliseText(text, limit)
}
