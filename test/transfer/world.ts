import { expect, vi } from 'vitest'
import { operation } from '../support/device.ts'
import type { Client } from '../support/client.ts'

export interface Report {
  readonly id: string
  readonly state: string
  readonly problem: string | null
  readonly total: number | null
  readonly done: number
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  readonly failed: number
  readonly incomplete: number
  readonly edits: number
  readonly undone: number
  readonly kept: number
  readonly finishedAt: string | null
  readonly encoding: string | null
  readonly ignored: readonly string[]
  readonly columns: readonly { header: string; field: string | null }[]
  readonly rows: readonly ReportRow[]
  readonly leftByUndo: readonly {
    number: number
    label: string | null
    errors: readonly { code: string }[]
  }[]
}

export interface ReportRow {
  readonly number: number
  readonly line: number | null
  readonly kind: string
  readonly action: string
  readonly label: string
  readonly subjectId: string | null
  readonly changes: readonly { field: string; before: readonly string[]; after: readonly string[] }[]
  readonly errors: readonly { code: string; path: string; message: string; value: string | null }[]
}

/** Sends a file; answers its id. */
export async function upload(client: Client, file: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const response = await fetch(`${client.url}/uploads`, {
    method: 'POST',
    headers: bearer(client),
    body: typeof file === 'string' ? file : new Blob([file]),
  })
  expect(response.status).toBe(201)
  const { id }: { id: string } = JSON.parse(await response.text())
  return id
}

export function bearer(client: Client): Record<string, string> {
  return { authorization: `Bearer ${client.tokens?.accessToken ?? ''}` }
}

const DEFAULTS = { format: 'CSV', kind: 'STAFF', mode: 'UPSERT', dryRun: false }

/** What `startImport` answers. */
export async function start(
  client: Client,
  input: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { startImport } = await client.query(operation('StartImport'), { input: { ...DEFAULTS, ...input } })
  return startImport as Record<string, unknown>
}

/** Starts an import and answers its id. */
export async function started(client: Client, input: Record<string, unknown>): Promise<string> {
  const answer = await start(client, input)
  expect(answer).toMatchObject({ __typename: 'ImportAnswered' })
  return (answer['import'] as { id: string }).id
}

/** The report, with all of its rows. */
export async function report(client: Client, id: string): Promise<Report> {
  const rows: ReportRow[] = []
  for (;;) {
    const variables = { id, first: 100, afterNumber: rows.at(-1)?.number ?? 0 }
    const { admin } = await client.query(operation('ImportReport'), variables)
    const found = (admin as { import: Report }).import
    rows.push(...found.rows)
    if (found.rows.length < 100) return { ...found, rows }
  }
}

/** Waits until an import, or its undo, has come to an end. */
export async function ended(client: Client, id: string): Promise<Report> {
  await vi.waitFor(
    async () => {
      const { admin } = await client.query(operation('ImportReport'), { id, first: 0 })
      expect((admin as { import: Report }).import.finishedAt).not.toBeNull()
    },
    { timeout: 60_000, interval: 30 },
  )
  return await report(client, id)
}

/** A file, all the way. */
export async function imported(
  client: Client,
  file: string | Uint8Array<ArrayBuffer>,
  input: Record<string, unknown> = {},
): Promise<Report> {
  return await ended(client, await started(client, { uploadId: await upload(client, file), ...input }))
}

export async function undone(client: Client, id: string): Promise<Report> {
  const { undoImport } = await client.query(operation('UndoImport'), { id })
  expect(undoImport).toMatchObject({ __typename: 'ImportAnswered' })
  return await ended(client, id)
}

/** Rows without what only the real thing has: ids. */
export function plainRows({ rows }: Report): unknown[] {
  return rows.map((row) => ({ ...row, subjectId: null }))
}

export async function exportText(client: Client, path: string): Promise<string> {
  const response = await client.get(path)
  expect(response.status).toBe(200)
  return Buffer.from(await response.arrayBuffer()).toString('utf8')
}
