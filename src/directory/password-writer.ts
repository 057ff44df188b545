import { BerWriter, ResultCodeError, type Client } from 'ldapts'
import { asOwner } from './as-owner.ts'
import type { DirectoryOptions } from './connection.ts'
import { filter, layoutOf } from './names.ts'
import type { LdapPool } from './pool.ts'

const PASSWORD_MODIFY = '1.3.6.1.4.1.4203.1.11.1'
const USER_IDENTITY = 0x80
const OLD_PASSWORD = 0x81
const NEW_PASSWORD = 0x82
const CONSTRAINT_VIOLATION = 19
const INSUFFICIENT_ACCESS = 50

/** What the directory has answered: `refused` with its own words, `absent` when nobody has the id. */
export type PasswordWrite =
  | { readonly kind: 'set' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly reason: string }

/** Sets passwords with RFC 3062, so that the directory hashes them and judges them by its own policy. They are in no log. */
export class PasswordWriter {
  readonly #options: DirectoryOptions
  readonly #pool: LdapPool

  constructor(options: DirectoryOptions, pool: LdapPool) {
    this.#options = options
    this.#pool = pool
  }

  /** By the service account. UNAVAILABLE when nobody answers; whether it was set is then not known. */
  async set(id: string, next: string): Promise<PasswordWrite> {
    const dn = await this.#dnOf(id)
    if (dn === null) return { kind: 'absent' }
    return await this.#pool.use(async (client) => await write(client, { dn, next }))
  }

  /**
   * By the owner, of whom the policy also asks what it does not ask of administrators, such as another one than the last
   * ones; by the service account where the directory lets nobody change their own. `absent` also when `current` is wrong.
   */
  async change(id: string, current: string, next: string): Promise<PasswordWrite> {
    const dn = await this.#dnOf(id)
    if (dn === null) return { kind: 'absent' }
    const change = { dn, current, next }
    try {
      const own = await asOwner(this.#options, { dn, password: current }, (client) => write(client, change))
      return own.kind === 'bound' ? own.value : { kind: 'absent' }
    } catch (error) {
      if (!(error instanceof ResultCodeError) || error.code !== INSUFFICIENT_ACCESS) throw error
      return await this.#pool.use(async (client) => await write(client, change))
    }
  }

  async #dnOf(id: string): Promise<string | null> {
    const { people } = layoutOf(this.#options.baseDn)
    const { searchEntries } = await this.#pool.use(
      async (client) =>
        await client.search(people, {
          scope: 'sub',
          filter: filter`(&(objectClass=inetOrgPerson)(entryUUID=${id}))`,
          attributes: ['1.1'],
          timeLimit: 5,
        }),
      { idempotent: true },
    )
    return searchEntries[0]?.dn ?? null
  }
}

interface Change {
  readonly dn: string
  readonly current?: string
  readonly next: string
}

async function write(client: Client, change: Change): Promise<PasswordWrite> {
  try {
    await client.exop(PASSWORD_MODIFY, requestOf(change))
    return { kind: 'set' }
  } catch (error) {
    if (!(error instanceof ResultCodeError) || error.code !== CONSTRAINT_VIOLATION) throw error
    return { kind: 'refused', reason: error.message }
  }
}

function requestOf({ dn, current, next }: Change): Buffer {
  const value = new BerWriter()
  value.startSequence()
  value.writeBuffer(Buffer.from(dn), USER_IDENTITY)
  if (current !== undefined) value.writeBuffer(Buffer.from(current), OLD_PASSWORD)
  value.writeBuffer(Buffer.from(next), NEW_PASSWORD)
  value.endSequence()
  return value.buffer
}
