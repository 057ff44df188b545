import { BOM, csvLine } from '../model/csv.ts'
import type { ShownRecord } from './sight.ts'

const COLUMNS: readonly (readonly [string, (record: ShownRecord) => string | number | null])[] = [
  ['number', (r) => r.number],
  ['at', (r) => r.at.toISOString()],
  ['action', (r) => r.action],
  ['outcome', (r) => r.outcome],
  ['reason', (r) => r.reason],
  ['source', (r) => r.source],
  ['actorId', (r) => r.actorId],
  ['actorLogin', (r) => r.actorLogin],
  ['actorDn', (r) => r.actorDn],
  ['onBehalfOf', (r) => r.onBehalfOf],
  ['subjectKind', (r) => r.subject.kind],
  ['subjectId', (r) => r.subject.id],
  ['subjectLabel', (r) => r.subject.label],
  ['batchId', (r) => r.batchId],
  ['editId', (r) => r.editId],
  ['address', (r) => r.from.address],
  ['userAgent', (r) => r.from.userAgent],
  ['requestId', (r) => r.from.requestId],
  ['changes', changesText],
  ['detail', (r) => (Object.keys(r.detail).length === 0 ? null : JSON.stringify(r.detail))],
  ['hash', (r) => r.hash],
]

/** The audit log as files: one record a line. */
export const FORMATS = {
  ndjson: { type: 'application/x-ndjson; charset=utf-8', head: '', line: ndjsonLine },
  csv: { type: 'text/csv; charset=utf-8', head: csvHead(), line: recordLine },
} as const

export type Format = keyof typeof FORMATS

function csvHead(): string {
  return BOM + csvLine(COLUMNS.map(([name]) => name))
}

function recordLine(record: ShownRecord): string {
  return csvLine(COLUMNS.map(([, value]) => String(value(record) ?? '')))
}

function ndjsonLine(record: ShownRecord): string {
  return `${JSON.stringify(record)}\n`
}

/** A value with what its ids were called: `Sales (8f0c…)`. */
function named(text: string, names: Readonly<Record<string, string>>): string {
  return text.replace(ID, (id) => (names[id] === undefined ? id : `${names[id]} (${id})`))
}

const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** `name: a → b`, a line each. */
function changesText({ changes, subject }: ShownRecord): string {
  const lines = changes.flatMap(({ kind, id, label, fields, names = {} }) => {
    const of = id === subject.id ? '' : `${kind ?? 'entry'} ${label ?? id ?? ''}: `
    const texts = (values: readonly string[]) => values.map((text) => named(text, names)).join('; ')
    return fields.map(
      ({ field, before, after }) => `${of}${field}: ${before ? texts(before) : '?'} → ${texts(after)}`,
    )
  })
  return lines.join('\n')
}
