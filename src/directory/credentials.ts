import { loginKey, normaliseText } from '../model/text.ts'
import { asOwner } from './as-owner.ts'
import type { DirectoryOptions } from './connection.ts'
import { decoyDn } from './layout.ts'
import { filter, layoutOf } from './names.ts'
import type { LdapPool } from './pool.ts'

/** In bytes. What is longer costs the directory more than it can be worth (T92). */
const PASSWORD_LIMIT = 512

/** Checks passwords by binding as their owner: the directory alone knows them. */
export class Credentials {
  readonly #options: DirectoryOptions
  readonly #pool: LdapPool

  constructor(options: DirectoryOptions, pool: LdapPool) {
    this.#options = options
    this.#pool = pool
  }

  /**
   * The entryUUID of the person whose login and password these are, else null; why not is not told. A login that nobody
   * has takes as long as a wrong password: one search and one bind (T91). An empty password never reaches the directory,
   * which would take it for an anonymous bind and say yes (RFC 4513 5.1.2, T61). UNAVAILABLE when nobody answers.
   */
  async verify(login: string, password: string): Promise<string | null> {
    if (password === '' || password.includes('\0') || Buffer.byteLength(password) > PASSWORD_LIMIT)
      return null
    const name = normaliseText(login, 256)
    if (name === '') return null
    const person = await this.#find(name)
    const layout = layoutOf(this.#options.baseDn)
    const dn = person?.dn ?? decoyDn(layout)
    const bound = await asOwner(this.#options, { dn, password }, async () => person?.id ?? null)
    return bound.kind === 'bound' ? bound.value : null
  }

  /** The one person with this login, in no trash. */
  async #find(login: string): Promise<{ dn: string; id: string } | null> {
    const { people } = layoutOf(this.#options.baseDn)
    const { searchEntries } = await this.#pool.use(
      async (client) =>
        await client.search(people, {
          scope: 'sub',
          filter: filter`(&(objectClass=inetOrgPerson)(uid=${login}))`,
          attributes: ['entryUUID', 'uid'],
          timeLimit: 5,
        }),
      { idempotent: true },
    )
    const [found, ...others] = searchEntries
    if (!found || others.length > 0) return null
    // LDAP may take more spellings for the same than we do; each would have a back-off of its own (T90).
    if (![found['uid'] ?? []].flat().some((uid) => loginKey(String(uid)) === loginKey(login))) return null
    return { dn: found.dn, id: String(found['entryUUID']).toLowerCase() }
  }
}
