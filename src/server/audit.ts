import { randomUUID } from 'node:crypto'
import { AuditLog } from '../audit/audit-log.ts'
import { Audits } from '../audit/audits.ts'
import { AccesslogFollower, type FollowerTiming } from '../audit/follower.ts'
import { Masks } from '../audit/mask.ts'
import { Refusals } from '../audit/refusals.ts'
import type { Database } from '../changelog/database.ts'
import { systemClock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { LdapPool } from '../directory/pool.ts'
import { DirectoryReader } from '../directory/reader.ts'
import type { Logger } from '../log.ts'
import type { State } from '../model/state.ts'

export interface AuditOptions {
  readonly config: Pick<Config, 'TOKEN_SECRET' | 'LDAP_ACCESSLOG' | 'LDAP_BIND_DN'>
  readonly db: Database
  readonly pool: LdapPool
  readonly state: () => State
  readonly log: Logger
  readonly timing?: Partial<FollowerTiming>
}

/** What writes and reads the audit log, and the work that takes edits by other tools into it. */
export interface Audit {
  readonly audit: AuditLog
  readonly audits: Audits
  readonly refusals: Refusals
  readonly masks: Masks
  readonly follow: (signal: AbortSignal) => Promise<void>
}

export function createAudit({ config, db, pool, state, log, timing = {} }: AuditOptions): Audit {
  const masks = new Masks(config.TOKEN_SECRET)
  const audit = new AuditLog(db, state, masks)
  const follower = new AccesslogFollower({
    db,
    pool,
    reader: new DirectoryReader(pool),
    audit,
    masks,
    state,
    logDn: config.LDAP_ACCESSLOG,
    ownDn: config.LDAP_BIND_DN,
    holder: randomUUID(),
    clock: systemClock,
    log,
    timing,
  })
  return {
    audit,
    audits: new Audits(db),
    refusals: new Refusals({ audit, clock: systemClock, log }),
    masks,
    follow: async (signal) => {
      if (config.LDAP_ACCESSLOG !== 'off') await follower.run(signal)
    },
  }
}
