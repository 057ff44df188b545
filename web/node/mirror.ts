import { rename, writeFile } from 'node:fs/promises'
import type { DirectoryClient } from '../sdk/client.ts'
import type { RowChanges } from '../sdk/watch.ts'

/** One row as a line of a mirror. */
function lineOf(kind: 'department' | 'staff', row: object): string {
  return JSON.stringify({ kind, ...row })
}

/** Everything that a client shows, a line a row, departments first. */
export function* lines({ status }: Pick<DirectoryClient, 'status'>): Generator<string> {
  for (const row of status.copy?.outline.departments() ?? []) yield lineOf('department', row)
  for (const row of status.copy?.outline.people() ?? []) yield lineOf('staff', row)
}

/** Changes as lines: `{ "action": "PUT", … }` with the whole row, or `{ "action": "REMOVE", "kind": …, "id": … }`. */
export function* changeLines({ departments, staff }: RowChanges): Generator<string> {
  for (const [kind, rows] of [
    ['department', departments],
    ['staff', staff],
  ] as const)
    for (const [id, row] of rows)
      yield JSON.stringify(row ? { action: 'PUT', kind, ...row } : { action: 'REMOVE', kind, id })
}

/** Puts the file in place when it is whole: whoever reads it reads one state. */
export async function writeMirror(path: string, client: Pick<DirectoryClient, 'status'>): Promise<void> {
  await writeFile(`${path}.new`, [...lines(client), ''].join('\n'))
  await rename(`${path}.new`, path)
}
