import { Attribute, Change, ResultCodeError, type Client } from 'ldapts'
import { AppError } from '../errors.ts'
import { AssertionControl, PostReadControl, PreReadControl } from './controls.ts'
import { filter, formatRdn, parseDn } from './names.ts'
import type { LdapPool } from './pool.ts'

export type Value = string | Buffer

export interface AttributeChange {
  /** `replace` by no values removes the attribute. */
  readonly operation: 'add' | 'replace' | 'delete'
  readonly attribute: string
  readonly values: readonly Value[]
}

/** Where a write stands in the directory (L1): the entry, and its CSN after the write. */
export interface Written {
  readonly id: string
  readonly csn: string
}

/** The write happens only while the entry still has this CSN; else CONFLICT. */
export interface Guard {
  readonly ifCsn?: string | undefined
}

const POSITION = ['entryUUID', 'entryCSN']

/**
 * Writes as single operations, each atomic, each answering with the position that it reached. Never as RFC 5805
 * transactions: one that is rolled back leaves phantom events in the sync (trap 3). What the directory refuses is an
 * AppError that says what to do: CONFLICT, BAD_USER_INPUT, or UNAVAILABLE.
 */
export class DirectoryWriter {
  readonly #pool: LdapPool

  constructor(pool: LdapPool) {
    this.#pool = pool
  }

  async add(dn: string, attributes: Readonly<Record<string, Value | readonly Value[]>>): Promise<Written> {
    const list = Object.entries(attributes)
      .map(([type, values]) => attributeOf(type, Array.isArray(values) ? values : [values]))
      .filter((attribute) => attribute.values.length > 0)
    return await this.#write(async (client, after) => await client.add(dn, list, [after]))
  }

  async modify(dn: string, changes: readonly AttributeChange[], guard: Guard = {}): Promise<Written> {
    const list = changes.map(
      ({ operation, attribute, values }) =>
        new Change({ operation, modification: attributeOf(attribute, values) }),
    )
    return await this.#write(
      async (client, after) => await client.modify(dn, list, [after, ...assertion(guard)]),
    )
  }

  /** Renames or moves an entry with all that is below it. */
  async move(dn: string, newDn: string, guard: Guard = {}): Promise<Written> {
    const [rdn = [], ...above] = parseDn(newDn)
    const target = [formatRdn(rdn), ...above.map(formatRdn)].join(',')
    return await this.#write(
      async (client, after) => await client.modifyDN(dn, target, [after, ...assertion(guard)]),
    )
  }

  /** Removes an entry without children. `csn` is that of its last state: the removal itself has none to show. */
  async remove(dn: string, guard: Guard = {}): Promise<Written> {
    const before = new PreReadControl(POSITION)
    return await this.#write(async (client) => await client.del(dn, [before, ...assertion(guard)]), before)
  }

  async #write(
    operation: (client: Client, after: PostReadControl) => Promise<void>,
    read: PreReadControl | PostReadControl = new PostReadControl(POSITION),
  ): Promise<Written> {
    try {
      await this.#pool.use(async (client) => await operation(client, read))
    } catch (e) {
      throw e instanceof ResultCodeError ? refusal(e) : e
    }
    const id = read.value('entryUUID')?.toLowerCase()
    const csn = read.value('entryCSN')
    if (id === undefined || csn === null) {
      throw new Error('The directory made the change but did not tell its entryUUID and entryCSN')
    }
    return { id, csn }
  }
}

function attributeOf(type: string, values: readonly Value[]): Attribute {
  return new Attribute({ type, values: values.map((v) => (typeof v === 'string' ? Buffer.from(v) : v)) })
}

function assertion({ ifCsn }: Guard): AssertionControl[] {
  return ifCsn === undefined ? [] : [new AssertionControl(filter`(entryCSN=${ifCsn})`)]
}

/** What the result codes of RFC 4511 and RFC 4528 mean to somebody who edits the directory. */
function refusal(e: ResultCodeError): AppError {
  const [code, message] = MEANINGS[e.code] ?? ['INTERNAL', 'The directory refused the change.']
  return new AppError(code, message, { cause: e })
}

const MEANINGS: Readonly<Record<number, readonly [AppError['code'], string]>> = {
  16: ['CONFLICT', 'The value is not there any more. Read the entry again.'],
  19: [
    'BAD_USER_INPUT',
    'The directory does not allow this value: another entry has it, or a policy forbids it.',
  ],
  20: ['CONFLICT', 'The value is there already. Read the entry again.'],
  21: ['BAD_USER_INPUT', 'A value has not the form that the directory wants.'],
  32: ['CONFLICT', 'The entry is not there any more. Read it again.'],
  34: ['BAD_USER_INPUT', 'The name is not one that the directory can take.'],
  50: ['UNAVAILABLE', 'The service account of this server may not make this change in the directory.'],
  53: ['BAD_USER_INPUT', 'The directory will not do that: an entry cannot be moved below itself.'],
  64: ['BAD_USER_INPUT', 'The name is not one that the directory can take.'],
  65: ['BAD_USER_INPUT', 'The entry would lack a value that it needs, or have one that it cannot have.'],
  66: ['CONFLICT', 'There are entries below it. Move or remove them first.'],
  68: ['CONFLICT', 'The name is taken. Choose another one.'],
  71: ['BAD_USER_INPUT', 'An entry cannot be moved to that part of the directory.'],
  122: ['CONFLICT', 'Somebody else has changed the entry. Read it again.'],
}
