import { authorisedFetch } from '../../app/authorised-fetch.ts'
import type { Session } from '../../app/session.ts'
import type { ImportFormat } from '../../generated/graphql.ts'

export type Uploaded =
  | { readonly kind: 'done'; readonly id: string }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'away' }

/** Sends a file. One whose answer is lost lies there for a day, and nothing comes of it. */
export async function upload(session: Session, file: File): Promise<Uploaded> {
  try {
    const response = await authorisedFetch(session)('/uploads', { method: 'POST', body: file })
    if (!response.ok)
      return response.status < 500 ? { kind: 'refused', status: response.status } : { kind: 'away' }
    const answer: unknown = await response.json()
    const id: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'id') : null
    return typeof id === 'string' ? { kind: 'done', id } : { kind: 'away' }
  } catch {
    return { kind: 'away' }
  }
}

const FORMATS: Readonly<Record<string, ImportFormat>> = {
  csv: 'CSV',
  txt: 'CSV',
  tsv: 'CSV',
  json: 'JSON',
  ndjson: 'JSON',
  ldif: 'LDIF',
}

/** What the name of a file says of it; null: it is none that can be imported. */
export function formatOf(name: string): ImportFormat | null {
  const [, ending = ''] = /\.([a-z]+)$/i.exec(name) ?? []
  return FORMATS[ending.toLowerCase()] ?? null
}

export type Downloaded = { readonly kind: 'done' } | { readonly kind: 'refused' } | { readonly kind: 'away' }

/** Fetches a file as whoever is signed in, and hands it to the browser to be saved. */
export async function download(session: Session, path: string, name: string): Promise<Downloaded> {
  try {
    const response = await authorisedFetch(session)(path, { cache: 'no-store' })
    if (!response.ok) return { kind: response.status < 500 ? 'refused' : 'away' }
    save(await response.blob(), name)
    return { kind: 'done' }
  } catch {
    return { kind: 'away' }
  }
}

/** A table that spreadsheets open as it is: with a mark of its encoding, and no cell that they would run (T111). */
export function saveTable(rows: readonly (readonly string[])[], name: string): void {
  save(new Blob([`\ufeff${rows.map(tableLine).join('')}`], { type: 'text/csv; charset=utf-8' }), name)
}

/** One line of CSV, every value guarded as in the files of the server. */
export function tableLine(values: readonly string[]): string {
  return `${values.map(cellOf).join(',')}\r\n`
}

const FORMULA = /^'*\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/u

function cellOf(value: string): string {
  const safe = FORMULA.test(value) ? `'${value}` : value
  return /[",;\t\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // It is read when the browser comes to it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
