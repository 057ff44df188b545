import { LdapPool } from '../../../src/directory/pool.ts'
import { DirectoryWriter, type AttributeChange } from '../../../src/directory/writer.ts'
import type { Layout } from '../../../src/directory/names.ts'
import type { Entry, EntryKind, EntryOf } from '../../../src/model/entry.ts'
import { AppError } from '../../../src/errors.ts'
import type { TestSlapd } from '../slapd.ts'
import type { Canaries } from './canary.ts'
import { EDITS, type EditName } from './edits.ts'
import { entriesOf } from './mapped.ts'
import { readLdif, recordOfSearch } from './records.ts'

/** Numbers that pick among whatever exists, so that every list of steps is a valid history. */
export interface Operands {
  readonly a: number
  readonly b: number
  readonly c: number
}

/** The directory as it stood a moment ago, and a pen. */
export interface Desk {
  readonly layout: Layout
  readonly canaries: Canaries
  readonly writer: DirectoryWriter
  of<K extends EntryKind>(kind: K): EntryOf<K>[]
  dnOf(id: string): string
  /** One modify that replaces these attributes; no values remove one. */
  set(id: string, values: Readonly<Record<string, string | readonly string[] | null>>): Promise<unknown>
}

/**
 * Edits the directory as any other tool would: looks, then writes. What LDAP refuses is no edit; so is what a directory
 * that is away does not take, whatever has become of it.
 */
export class Editor {
  readonly #slapd: TestSlapd
  readonly #canaries: Canaries
  readonly #pool: LdapPool
  readonly #writer: DirectoryWriter

  constructor(slapd: TestSlapd, canaries: Canaries) {
    this.#slapd = slapd
    this.#canaries = canaries
    this.#pool = new LdapPool({ ...slapd.options, size: 2 })
    this.#writer = new DirectoryWriter(this.#pool)
  }

  async perform(name: EditName, operands: Operands): Promise<void> {
    try {
      await EDITS[name](await this.#look(), operands)
    } catch (error) {
      if (!(error instanceof AppError) || !['CONFLICT', 'UNAVAILABLE'].includes(error.code)) throw error
    }
  }

  /** What the directory holds now, asked with a tool of OpenLDAP. */
  async entries(): Promise<Entry[]> {
    const records = readLdif(await this.#slapd.ldapsearch('(objectClass=*)', '*', 'entryUUID'))
    return entriesOf(records, this.#slapd.layout)
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }

  async #look(): Promise<Desk> {
    const { baseDn } = this.#slapd.options
    const { searchEntries } = await this.#pool.use(
      (client) => client.search(baseDn, { scope: 'sub', attributes: ['*', 'entryUUID'] }),
      { idempotent: true },
    )
    const records = searchEntries.map(recordOfSearch)
    const entries = entriesOf(records, this.#slapd.layout)
    const dns = new Map(records.map(({ id, dn }) => [id, dn]))
    const dnOf = (id: string) => dns.get(id) ?? ''
    const writer = this.#writer
    return {
      layout: this.#slapd.layout,
      canaries: this.#canaries,
      writer,
      // The order of ids, which slapd makes up, must not decide what a replay picks: that of DNs is nearly the same in both.
      of: <K extends EntryKind>(kind: K) =>
        entries
          .filter((e): e is EntryOf<K> => e.kind === kind)
          .sort((x, y) => (dnOf(x.id) < dnOf(y.id) ? -1 : 1)),
      dnOf,
      set: (id, values) =>
        writer.modify(
          dnOf(id),
          Object.entries(values).map(([attribute, value]): AttributeChange => ({
            operation: 'replace',
            attribute,
            values: [value ?? []].flat(),
          })),
        ),
    }
  }
}
