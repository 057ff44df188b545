import type { AuditLog } from '../audit/audit-log.ts'
import type { Refusals } from '../audit/refusals.ts'
import type { Database } from '../changelog/database.ts'
import type { Replica } from '../changelog/replica.ts'
import type { Config } from '../config.ts'
import type { DirectoryOptions } from '../directory/connection.ts'
import { PasswordWriter } from '../directory/password-writer.ts'
import type { LdapPool } from '../directory/pool.ts'
import type { Once } from '../edit/once.ts'
import { Accounts } from '../identity/accounts.ts'
import type { Identity } from '../identity/identity.ts'
import { invitationMail } from '../identity/invitation-mail.ts'
import { Invitations } from '../identity/invitations.ts'
import type { Logger } from '../log.ts'
import { Mailer } from '../mail/mailer.ts'

export interface AccountsParts {
  readonly config: Config
  readonly db: Database
  readonly directory: DirectoryOptions
  readonly pool: LdapPool
  readonly identity: Identity
  readonly replica: Replica
  readonly once: Once
  readonly audit: AuditLog
  readonly refusals: Refusals
  readonly log: Logger
}

/** Wires accounts; invitations go by mail where there is a mail server, and an address for the link to lead to. */
export function createAccounts(o: AccountsParts): { accounts: Accounts; close: () => void } {
  const { SMTP_URL, MAIL_FROM, PUBLIC_URL } = o.config
  const mailer = SMTP_URL === '' || PUBLIC_URL === '' ? null : new Mailer({ url: SMTP_URL, from: MAIL_FROM })
  const accounts = new Accounts({
    identity: o.identity,
    invitations: new Invitations(o.db, o.config.TOKEN_SECRET),
    passwords: new PasswordWriter(o.directory, o.pool),
    mail: mailer && ((person, invitation) => mailer.send(invitationMail(person, invitation, PUBLIC_URL))),
    once: o.once,
    audit: o.audit,
    refusals: o.refusals,
    state: () => o.replica.state,
    log: o.log,
  })
  return { accounts, close: () => mailer?.close() }
}
