import { BerWriter, ResultCodeError } from 'ldapts'
import { filter, layoutOf } from './names.ts'
import type { LdapPool } from './pool.ts'

const PASSWORD_MODIFY = '1.3.6.1.4.1.4203.1.11.1'
const USER_IDENTITY = 0x80
const NEW_PASSWORD = 0x82
const CONSTRAINT_VIOLATION = 19

/** What the directory has answered: `refused` with its own words, `absent` when nobody has the id. */
export type PasswordWrite =
  | { readonly kind: 'set' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly reason: string }

/** Sets passwords with RFC 3062, so that the directory hashes them and judges them by its own policy. */
export class PasswordWriter {
  readonly #pool: LdapPool

  constructor(pool: LdapPool) {
    this.#pool = pool
  }

  /** UNAVAILABLE when nobody answers; whether it was set is then not known. The password is in no log. */
  async set(id: string, password: string): Promise<PasswordWrite> {
    const { people } = layoutOf(this.#pool.baseDn)
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
    const dn = searchEntries[0]?.dn
    if (dn === undefined) return { kind: 'absent' }
    try {
      await this.#pool.use(async (client) => await client.exop(PASSWORD_MODIFY, requestOf(dn, password)))
      return { kind: 'set' }
    } catch (error) {
      if (!(error instanceof ResultCodeError) || error.code !== CONSTRAINT_VIOLATION) throw error
      return { kind: 'refused', reason: error.message }
    }
  }
}

function requestOf(dn: string, password: string): Buffer {
  const value = new BerWriter()
  value.startSequence()
  value.writeBuffer(Buffer.from(dn), USER_IDENTITY)
  value.writeBuffer(Buffer.from(password), NEW_PASSWORD)
  value.endSequence()
  return value.buffer
}
