import { NoSuchObjectError, type Client } from 'ldapts'
import { ConfigError } from '../config.ts'
import { BindRefused } from './connection.ts'
import { SYNC_REQUEST } from './controls.ts'
import type { Layout } from './names.ts'
import type { LdapPool } from './pool.ts'
import { nameOf, readSchema, type DirectorySchema } from './schema.ts'

/** Names of object classes and attributes that a server knows, in lower case. */
export interface ServerSchema {
  readonly objectClasses: ReadonlySet<string>
  readonly attributeTypes: ReadonlySet<string>
}

/**
 * Whether the directory is one that we can work with: signed in, our schema loaded, the layout there, content sync
 * offered. Rejects with a ConfigError that names everything that is missing and what to do about it; UNAVAILABLE when
 * nobody answers, which is no reason not to start.
 */
export async function checkDirectory(pool: LdapPool, layout: Layout): Promise<void> {
  const problems = await pool
    .use(async (client) => await problemsOf(client, layout, readSchema()), { idempotent: true })
    .catch((e: unknown) => {
      if (e instanceof BindRefused) return [e.detail]
      throw e
    })
  if (problems.length > 0) throw new ConfigError(problems)
}

const INIT = 'Run `npm run ldap:init` once.'

async function problemsOf(client: Client, layout: Layout, ours: DirectorySchema): Promise<string[]> {
  const problems: string[] = []
  const missing = missingFrom(ours, await serverSchema(client))
  if (missing.length > 0) {
    problems.push(`The LDAP server does not know our schema (${shorten(missing)}). ${INIT}`)
  }
  if (!(await exists(client, layout.base))) {
    problems.push(
      `LDAP_BASE_DN ${layout.base} does not exist, or LDAP_BIND_DN may not read it. Check both, or create it: ${INIT}`,
    )
  } else {
    const absent: string[] = []
    for (const dn of roomsOf(layout)) if (!(await exists(client, dn))) absent.push(dn)
    if (absent.length > 0) problems.push(`Missing in the directory: ${shorten(absent)}. ${INIT}`)
  }
  if (!(await offersSync(client))) {
    problems.push(
      'The LDAP server does not offer content sync (RFC 4533): load the overlay syncprov on the database, see README.',
    )
  }
  return problems
}

export function roomsOf({
  departments,
  people,
  roles,
  rules,
  types,
  fields,
  trash,
  policies,
}: Layout): string[] {
  return [departments, people, roles, rules, types, fields, trash, policies]
}

export async function exists(client: Client, dn: string): Promise<boolean> {
  try {
    const { searchEntries } = await client.search(dn, { scope: 'base', attributes: ['1.1'] })
    return searchEntries.length > 0
  } catch (e) {
    if (e instanceof NoSuchObjectError) return false
    throw e
  }
}

/** The schema as the server publishes it (RFC 4512 4.2). */
export async function serverSchema(client: Client): Promise<ServerSchema> {
  const [root] = (await client.search('', { scope: 'base', attributes: ['subschemaSubentry'] })).searchEntries
  const at = [root?.['subschemaSubentry'] ?? 'cn=Subschema'].flat().map(String)[0] ?? ''
  const [entry] = (
    await client.search(at, {
      scope: 'base',
      filter: '(objectClass=subschema)',
      attributes: ['objectClasses', 'attributeTypes'],
    })
  ).searchEntries
  const names = (attribute: string) =>
    new Set(
      [entry?.[attribute] ?? []]
        .flat()
        .flatMap((definition) =>
          [...String(definition).matchAll(/'([^']+)'/g)].map((m) => (m[1] ?? '').toLowerCase()),
        ),
    )
  return { objectClasses: names('objectClasses'), attributeTypes: names('attributeTypes') }
}

/** Names of ours that the server lacks. */
export function missingFrom(ours: DirectorySchema, theirs: ServerSchema): string[] {
  return [
    ...ours.attributeTypes.map(nameOf).filter((name) => !theirs.attributeTypes.has(name.toLowerCase())),
    ...ours.objectClasses.map(nameOf).filter((name) => !theirs.objectClasses.has(name.toLowerCase())),
  ]
}

async function offersSync(client: Client): Promise<boolean> {
  const [root] = (await client.search('', { scope: 'base', attributes: ['supportedControl'] })).searchEntries
  return [root?.['supportedControl'] ?? []].flat().map(String).includes(SYNC_REQUEST)
}

function shorten(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ')
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown
}
