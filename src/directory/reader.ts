import type { Entry as LdapEntry } from 'ldapts'
import { mapEntry, type Mapped } from './mapping.ts'
import { filter, layoutOf, parentDn, type Layout } from './names.ts'
import type { LdapPool } from './pool.ts'
import { SYNC_ATTRIBUTES, type RawEntry } from './raw-entry.ts'

/** An entry as it stands in the directory this moment, for whoever is going to change it. */
export interface FreshEntry {
  readonly id: string
  readonly dn: string
  /** A write that is made on condition of it changes this very state (D8). */
  readonly csn: string
  readonly mapped: Mapped
  /** Values of an attribute as they stand there, in no order. */
  values(attribute: string): string[]
}

const READ_SECONDS = 5
/** What the log knows, and what else edits write: by that it is told whether a step was made (T76). */
const ATTRIBUTES = [...SYNC_ATTRIBUTES, 'dlrTrashedFrom', 'sn']

/** What an edit asks the directory, or whoever stands before it. */
export interface DirectoryReads {
  readonly layout: Layout
  byId(id: string): Promise<FreshEntry | null>
  byDn(dn: string): Promise<FreshEntry | null>
  above(entry: FreshEntry): Promise<FreshEntry | null>
  find(under: string, scope: 'sub' | 'one', matching: string): Promise<FreshEntry[]>
  /** Whoever has a login, outside of the trash. */
  byLogin(login: string): Promise<FreshEntry[]>
}

/** Entries that are asked for with one question. */
const AT_ONCE = 200

/** Reads single entries past the log: an edit is decided on what it will change. AppError UNAVAILABLE without the directory. */
export class DirectoryReader implements DirectoryReads {
  readonly #pool: LdapPool
  readonly layout: Layout

  constructor(pool: LdapPool) {
    this.#pool = pool
    this.layout = layoutOf(pool.baseDn)
  }

  /** The entry with an entryUUID; null when there is none. */
  async byId(id: string): Promise<FreshEntry | null> {
    const [found] = await this.#search(this.layout.base, 'sub', filter`(entryUUID=${id})`)
    return found ?? null
  }

  async byDn(dn: string): Promise<FreshEntry | null> {
    const [found] = await this.#search(dn, 'base', '(objectClass=*)')
    return found ?? null
  }

  /** The entry right above. */
  async above(entry: FreshEntry): Promise<FreshEntry | null> {
    return await this.byDn(parentDn(entry.dn))
  }

  /** Entries below a DN that match a filter (made with `filter`), at any depth or right below only. */
  async find(under: string, scope: 'sub' | 'one', matching: string): Promise<FreshEntry[]> {
    return await this.#search(under, scope, matching)
  }

  async byLogin(login: string): Promise<FreshEntry[]> {
    return await this.find(this.layout.people, 'sub', filter`(uid=${login})`)
  }

  /** All of these that are there, in no order. */
  async byIds(ids: readonly string[]): Promise<FreshEntry[]> {
    return await this.#any(this.layout.base, ids, (id) => filter`(entryUUID=${id})`)
  }

  async byLogins(logins: readonly string[]): Promise<FreshEntry[]> {
    return await this.#any(this.layout.people, logins, (login) => filter`(uid=${login})`)
  }

  async #any(
    under: string,
    values: readonly string[],
    matching: (value: string) => string,
  ): Promise<FreshEntry[]> {
    const found: FreshEntry[] = []
    for (let i = 0; i < values.length; i += AT_ONCE) {
      const some = values.slice(i, i + AT_ONCE)
      found.push(...(await this.#search(under, 'sub', `(|${some.map(matching).join('')})`)))
    }
    return found
  }

  async #search(base: string, scope: 'base' | 'one' | 'sub', matching: string): Promise<FreshEntry[]> {
    const { searchEntries } = await this.#pool.use(
      async (client) =>
        await client
          .search(base, {
            scope,
            filter: matching,
            attributes: ATTRIBUTES,
            explicitBufferAttributes: ATTRIBUTES,
            timeLimit: READ_SECONDS,
          })
          .catch((error: unknown) => {
            if (isNoSuchObject(error)) return { searchEntries: [] }
            throw error
          }),
      { idempotent: true },
    )
    return searchEntries.map((entry) => freshOf(rawOf(entry), this.layout))
  }
}

const NO_SUCH_OBJECT = 32

function isNoSuchObject(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === NO_SUCH_OBJECT
}

export function freshOf(raw: RawEntry, layout: Layout): FreshEntry {
  return {
    id: raw.id,
    dn: raw.dn,
    csn: raw.csn ?? '',
    mapped: mapEntry(raw, layout),
    values: (attribute) => (raw.attributes.get(attribute.toLowerCase()) ?? []).map((v) => v.toString('utf8')),
  }
}

/** What ldapts found, as the content sync would have sent it. */
function rawOf({ dn, ...values }: LdapEntry): RawEntry {
  const attributes = new Map<string, Buffer[]>()
  for (const [name, value] of Object.entries(values)) {
    const list = [value].flat().map((one) => (typeof one === 'string' ? Buffer.from(one) : one))
    if (list.length > 0) attributes.set(name.toLowerCase(), list)
  }
  const text = (name: string) => attributes.get(name)?.[0]?.toString('utf8') ?? null
  return { id: text('entryuuid')?.toLowerCase() ?? '', dn, csn: text('entrycsn'), attributes }
}
