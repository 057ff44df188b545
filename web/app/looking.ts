import { createContext, use } from 'react'
import { createQueries } from '../sdk/queries.ts'
import { pullSnapshot } from '../sdk/pull.ts'
import { DirectoryError } from '../sdk/errors.ts'
import type { Request } from '../sdk/transport.ts'
import type { DirectoryView } from './directory.ts'

/** Somebody else's view of the directory, which the server lets one read for a while (T39). In the memory of a page alone. */
export interface Looking {
  readonly staffId: string
  readonly name: string
  readonly accessToken: string
}

/** Begins to look at the directory as somebody else, until that is ended or the page is loaded anew. */
export const LookContext = createContext<((looking: Looking) => void) | null>(null)

export function useLook(): (looking: Looking) => void {
  const look = use(LookContext)
  if (!look) throw new Error('nobody can be looked as here')
  return look
}

/** What somebody else sees. */
export type Sight =
  | { readonly kind: 'loading'; readonly received: number }
  | { readonly kind: 'ready'; readonly view: DirectoryView; readonly at: Date }
  /** The server does not answer, or not as one copy. */
  | { readonly kind: 'away' }
  /** The time is up, or it is not allowed any more: nothing is shown. */
  | { readonly kind: 'over' }

const ATTEMPTS = 3
const PATIENCE_MS = 30_000

/** Reads all that somebody else sees, as it is now, into memory; nothing of it is stored. Rejects only when the signal aborts. */
export async function readSight(
  request: Request,
  signal: AbortSignal,
  onRows: (count: number) => void,
): Promise<Exclude<Sight, { kind: 'loading' }>> {
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const pulled = await pullSnapshot({ request, signal, timeoutMs: PATIENCE_MS }, onRows)
      if (pulled.kind !== 'copy') continue
      const { copy } = pulled
      const queries = createQueries({ rows: copy, onNews: () => () => {} }, { preparesSearch: true })
      const isEmpty = copy.departments.size + copy.staff.size === 0
      return { kind: 'ready', view: { queries, fields: copy.fields, isEmpty }, at: new Date() }
    }
    return { kind: 'away' }
  } catch (error) {
    if (signal.aborted) throw error
    return { kind: isRefused(error) ? 'over' : 'away' }
  }
}

/** Whether the server lets one look no more. */
export function isRefused(error: unknown): boolean {
  return error instanceof DirectoryError && (error.code === 'UNAUTHENTICATED' || error.code === 'FORBIDDEN')
}
