import { normDn } from '../directory/names.ts'
import type { DirectoryReader, DirectoryReads, FreshEntry } from '../directory/reader.ts'
import { loginKey } from '../model/text.ts'

type Ahead = Pick<DirectoryReader, 'byIds' | 'byLogins'> & DirectoryReads

/** What stands above departments; they are asked for again and again. */
const MAX_PARENTS = 10_000

/**
 * Reads for many edits that are decided together: what they will ask for is read ahead with a few questions, and holds until
 * `forget`. What was not read ahead is asked for one by one.
 */
export class ReadAhead implements DirectoryReads {
  readonly #reader: Ahead
  readonly layout
  readonly #byId = new Map<string, FreshEntry | null>()
  readonly #byDn = new Map<string, FreshEntry | null>()
  readonly #byLogin = new Map<string, FreshEntry[]>()
  /** By the DN of what is below: only the id is asked, and another parent would have given another DN. */
  readonly #parents = new Map<string, FreshEntry>()

  constructor(reader: Ahead) {
    this.#reader = reader
    this.layout = reader.layout
  }

  forget(): void {
    this.#byId.clear()
    this.#byDn.clear()
    this.#byLogin.clear()
  }

  async read(ids: Iterable<string>, logins: Iterable<string>): Promise<void> {
    const newIds = [...new Set(ids)].filter((id) => !this.#byId.has(id))
    const newLogins = [...new Set(logins)].filter((login) => !this.#byLogin.has(loginKey(login)))
    const [entries, people] = await Promise.all([
      newIds.length > 0 ? this.#reader.byIds(newIds) : [],
      newLogins.length > 0 ? this.#reader.byLogins(newLogins) : [],
    ])
    for (const id of newIds) this.#byId.set(id, null)
    for (const login of newLogins) this.#byLogin.set(loginKey(login), [])
    for (const entry of entries) this.#keep(entry)
    for (const person of people) {
      this.#keep(person)
      for (const login of person.values('uid')) {
        const key = loginKey(login)
        const known = this.#byLogin.get(key)
        if (known && !known.some(({ id }) => id === person.id)) known.push(person)
      }
    }
  }

  async byId(id: string): Promise<FreshEntry | null> {
    const known = this.#byId.get(id)
    if (known !== undefined) return known
    const entry = await this.#reader.byId(id)
    this.#byId.set(id, entry)
    return entry
  }

  async byDn(dn: string): Promise<FreshEntry | null> {
    const key = normDn(dn)
    const known = this.#byDn.get(key)
    if (known !== undefined) return known
    const entry = await this.#reader.byDn(dn)
    this.#byDn.set(key, entry)
    return entry
  }

  async above(entry: FreshEntry): Promise<FreshEntry | null> {
    const known = this.#parents.get(entry.dn)
    if (known !== undefined) return known
    const parent = await this.#reader.above(entry)
    if (this.#parents.size >= MAX_PARENTS) this.#parents.clear()
    if (parent) this.#parents.set(entry.dn, parent)
    return parent
  }

  find(under: string, scope: 'sub' | 'one', matching: string): Promise<FreshEntry[]> {
    return this.#reader.find(under, scope, matching)
  }

  async byLogin(login: string): Promise<FreshEntry[]> {
    return this.#byLogin.get(loginKey(login)) ?? (await this.#reader.byLogin(login))
  }

  #keep(entry: FreshEntry): void {
    this.#byId.set(entry.id, entry)
    this.#byDn.set(normDn(entry.dn), entry)
  }
}
