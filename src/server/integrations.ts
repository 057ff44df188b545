import { randomUUID } from 'node:crypto'
import type { AuditLog } from '../audit/audit-log.ts'
import type { Refusals } from '../audit/refusals.ts'
import type { Database } from '../changelog/database.ts'
import { systemClock } from '../clock.ts'
import type { Once } from '../edit/once.ts'
import { Integrations } from '../integration/integrations.ts'
import { IntegrationStore } from '../integration/store.ts'

export interface IntegrationsParts {
  readonly secret: string
  readonly db: Database
  readonly audit: AuditLog
  readonly refusals: Refusals
  readonly once: Once
}

/** Wires what administrators ask of integrations; who comes with a token of theirs is known to Identity. */
export function createIntegrations({ db, ...parts }: IntegrationsParts): Integrations {
  return new Integrations({
    ...parts,
    store: new IntegrationStore(db),
    newId: randomUUID,
    clock: systemClock,
  })
}
