import type { Caller } from '../context.ts'
import { scopeOf } from '../paging.ts'

/** Cursors of the administration count only for whoever got them, as long as their abilities stay what they are. */
export function adminScope(caller: Caller, connection: string, args: readonly unknown[]): string {
  const { staffId, abilities } = caller.administration.authority
  return scopeOf(`admin ${connection}`, [...args, abilities], { key: staffId })
}
