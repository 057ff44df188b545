import { Attribute, Change, type Client } from 'ldapts'
import { messageOf } from '../errors.ts'
import { exists, missingFrom, serverSchema } from './check.ts'
import { openBoundConnection, openConnection, type Connection, type DirectoryOptions } from './connection.ts'
import { baseEntry, layoutEntries, type LayoutEntry } from './layout.ts'
import { layoutOf } from './names.ts'
import { nameOf, readSchema, type DirectorySchema } from './schema.ts'

/** Who may write cn=config of one's own OpenLDAP; without `bindDn` the local account, over ldapi (SASL EXTERNAL). */
export interface ConfigAccess {
  readonly url: string
  readonly bindDn: string
  readonly bindPassword: string
}

export interface InitOptions {
  readonly directory: DirectoryOptions
  readonly config: ConfigAccess
  readonly dryRun: boolean
  /** One line for every step that is done, or would be. */
  readonly report: (line: string) => void
}

/**
 * Brings one's own OpenLDAP to where Dolores can work: our schema in cn=config, our layout under the base. Does what is
 * missing and nothing else, so that it may be run again, also after an update. Rejects with an Error that says what the
 * administrator has to do. Resolves to the number of steps.
 */
export async function initialise({ directory, config, dryRun, report }: InitOptions): Promise<number> {
  const url = directory.urls[0] ?? ''
  const account = await openBoundConnection(directory, url).catch((e: unknown) => {
    throw new Error(`${url} cannot be used as ${directory.bindDn}: ${messageOf(e)}`, { cause: e })
  })
  let steps = 0
  const step = async (text: string, act: () => Promise<void>) => {
    steps++
    if (dryRun) return report(`would ${text}`)
    await act()
    report(`did ${text}`)
  }
  try {
    await initialiseSchema(account.client, { ...config, tls: directory }, step)
    await initialiseLayout(account.client, directory, step)
  } finally {
    await account.close()
  }
  return steps
}

type Step = (text: string, act: () => Promise<void>) => Promise<void>

async function initialiseSchema(
  account: Client,
  access: ConfigAccess & { tls: Pick<DirectoryOptions, 'startTls' | 'ca'> },
  step: Step,
): Promise<void> {
  const ours = readSchema()
  const missing = missingFrom(ours, await serverSchema(account))
  if (missing.length === 0) return
  const config = await openConfig(access, missing)
  try {
    const known = await ourSchemaEntry(config.client)
    if (known === null) {
      await step(
        `load the schema: ${ours.attributeTypes.length} attributes, ${ours.objectClasses.length} classes`,
        () =>
          config.client.add('cn=dolores,cn=schema,cn=config', {
            objectClass: 'olcSchemaConfig',
            cn: 'dolores',
            olcObjectIdentifier: [...ours.identifiers],
            olcAttributeTypes: [...ours.attributeTypes],
            olcObjectClasses: [...ours.objectClasses],
          }),
      )
    } else {
      await step(`add to the schema: ${missing.join(', ')}`, () =>
        config.client.modify(known, additions(ours, new Set(missing))),
      )
    }
  } finally {
    await config.close()
  }
}

function additions(ours: DirectorySchema, missing: ReadonlySet<string>): Change[] {
  const lists = { olcAttributeTypes: ours.attributeTypes, olcObjectClasses: ours.objectClasses }
  return Object.entries(lists).flatMap(([type, definitions]) => {
    const values = definitions.filter((definition) => missing.has(nameOf(definition)))
    return values.length === 0
      ? []
      : [new Change({ operation: 'add', modification: new Attribute({ type, values }) })]
  })
}

async function openConfig(
  access: ConfigAccess & { tls: Pick<DirectoryOptions, 'startTls' | 'ca'> },
  missing: readonly string[],
): Promise<Connection> {
  try {
    const connection = await openConnection(access.tls, access.url)
    if (access.bindDn === '') await connection.client.bind('EXTERNAL')
    else await connection.client.bind(access.bindDn, access.bindPassword)
    return connection
  } catch (e) {
    throw new Error(
      `The server lacks ${missing.length} definitions of our schema, and its cn=config cannot be written at ${access.url}` +
        ` (${messageOf(e)}). One of these will do:\n` +
        '  - run this command as root on the machine of the LDAP server\n' +
        '  - set LDAP_CONFIG_URL, LDAP_CONFIG_DN and LDAP_CONFIG_PASSWORD to an administrator of cn=config\n' +
        '  - load it yourself: ldapadd -Y EXTERNAL -H ldapi:/// -f schema/ldap/dolores.ldif',
      { cause: e },
    )
  }
}

/** Where our schema was loaded before: `cn={4}dolores,cn=schema,cn=config`. */
async function ourSchemaEntry(config: Client): Promise<string | null> {
  const { searchEntries } = await config.search('cn=schema,cn=config', { scope: 'one', attributes: ['cn'] })
  return searchEntries.map((entry) => entry.dn).find((dn) => /^cn=(\{\d+\})?dolores,/i.test(dn)) ?? null
}

async function initialiseLayout(account: Client, directory: DirectoryOptions, step: Step): Promise<void> {
  const layout = layoutOf(directory.baseDn)
  const { objectClasses } = await serverSchema(account)
  const add = async (entry: LayoutEntry) => {
    if (await exists(account, entry.dn)) return
    await step(`create ${entry.dn}`, async () => {
      const attributes = Object.entries(entry.attributes).map(
        ([type, values]) => new Attribute({ type, values: [values].flat() }),
      )
      try {
        await account.add(entry.dn, attributes)
      } catch (e) {
        throw new Error(`${directory.bindDn} could not create ${entry.dn}: ${messageOf(e)}`, { cause: e })
      }
    })
  }
  if (!(await exists(account, layout.base))) await add(baseEntry(layout.base))
  for (const entry of layoutEntries(layout)) {
    // Password policies need the overlay ppolicy, which is the administrator's choice.
    const needed = [entry.attributes['objectClass'] ?? []].flat().map((name) => name.toLowerCase())
    if (needed.every((name) => objectClasses.has(name))) await add(entry)
  }
}
