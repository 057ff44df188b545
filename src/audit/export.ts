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

/** What a spreadsheet would take for a formula, also behind spaces and in full width. */
const FORMULA = /^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/u

/** The audit log as files: one record a line. */
export const FORMATS = {
  ndjson: { type: 'application/x-ndjson; charset=utf-8', head: '', line: ndjsonLine },
  csv: { type: 'text/csv; charset=utf-8', head: csvHead(), line: csvLine },
} as const

export type Format = keyof typeof FORMATS

function csvHead(): string {
  // The mark by which spreadsheets know UTF-8.
  return `\ufeff${COLUMNS.map(([name]) => csvCell(name)).join(',')}\r\n`
}

function csvLine(record: ShownRecord): string {
  return `${COLUMNS.map(([, value]) => csvCell(String(value(record) ?? ''))).join(',')}\r\n`
}

function ndjsonLine(record: ShownRecord): string {
  return `${JSON.stringify(record)}\n`
}

/** A cell of RFC 4180 that no spreadsheet runs (T111). */
export function csvCell(text: string): string {
  const safe = FORMULA.test(text) || /^[\t\r\n]/.test(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}

/** `name: a → b`, a line each. */
function changesText({ changes, subject }: ShownRecord): string {
  const lines = changes.flatMap(({ kind, id, label, fields }) => {
    const of = id === subject.id ? '' : `${kind ?? 'entry'} ${label ?? id ?? ''}: `
    return fields.map(
      ({ field, before, after }) => `${of}${field}: ${before?.join('; ') ?? '?'} → ${after.join('; ')}`,
    )
  })
  return lines.join('\n')
}
