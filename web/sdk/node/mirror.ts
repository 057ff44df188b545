import { open, rename, rm } from 'node:fs/promises'
import type { DirectoryClient } from '../client.ts'
import type { Rows } from '../copy.ts'

export interface MirrorOptions {
  /** The file: one JSON object a line, departments before people. */
  readonly path: string
}

/** Keeps a file at what the client may show, until `stop`. */
export interface Mirror {
  /** Resolves once the file is what was shown when this was called. Rejects when it cannot be written. */
  settled(): Promise<void>
  stop(): Promise<void>
}

/**
 * Keeps a file at what a client shows: always whole and of one version, replaced by a rename. What comes while it is being
 * written goes into the next one; where nothing may be shown there is no file (K2).
 */
export function mirror(client: DirectoryClient, { path }: MirrorOptions): Mirror {
  let isStale = true
  let work: Promise<void> | null = null
  const write = async () => {
    while (isStale) {
      isStale = false
      const { rows } = client
      if (rows) await replaceFile(path, linesOf(rows))
      else await rm(path, { force: true })
    }
  }
  const start = (): Promise<void> => {
    work ??= write().finally(() => {
      work = null
    })
    return work
  }
  const stop = client.onNews(() => {
    isStale = true
    // Whoever waits for it is told when it fails; the next change tries again.
    start().catch(() => {})
  })
  start().catch(() => {})
  const settled = async () => {
    await work
    if (isStale) await start()
  }
  return {
    settled,
    async stop() {
      stop()
      await settled()
    },
  }
}

/** Taken in one go: rows change in place. */
function linesOf({ departments, staff }: Rows): string {
  const lines: string[] = []
  for (const row of departments.values()) lines.push(JSON.stringify({ category: 'DEPARTMENT', ...row }))
  for (const row of staff.values()) lines.push(JSON.stringify({ category: 'STAFF', ...row }))
  return lines.map((line) => `${line}\n`).join('')
}

async function replaceFile(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}
