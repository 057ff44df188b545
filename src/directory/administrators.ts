import { randomUUID } from 'node:crypto'
import { filter, formatRdn } from './names.ts'
import type { PasswordWriter } from './password-writer.ts'
import type { DirectoryReader, FreshEntry } from './reader.ts'
import type { DirectoryWriter } from './writer.ts'

/** The role that an administrator by command is given: everything, everywhere, also what later releases add. */
const ABILITY = JSON.stringify({ name: '*', scope: 'ORGANISATION', departmentId: null, fields: ['*'] })
const ROLE_NAME = 'Administrator'

export interface AdministratorOptions {
  readonly login: string
  /** The name of a person who is made when nobody has the login; null: nobody is made. */
  readonly create: string | null
  /** A new password; null leaves what is there. */
  readonly password: string | null
}

export interface Means {
  readonly reader: DirectoryReader
  readonly writer: DirectoryWriter
  readonly passwords: Pick<PasswordWriter, 'set'>
  readonly report: (line: string) => void
}

/**
 * The first administrator, and the way back in when nobody can sign in any more: gives a person a role that may do
 * everything, enables them and sets their password, as far as each is needed. Works on the directory alone, so that it
 * helps also when server and database are down; whoever may run it holds the service account. Answers the id of the
 * person. Throws an Error that says what to do; running it again goes on where it stopped.
 */
export async function makeAdministrator(means: Means, o: AdministratorOptions): Promise<string> {
  const person = (await found(means, o.login)) ?? (await created(means, o))
  const roleId = await roleOf(means)
  await enable(means, person, roleId)
  if (o.password !== null) await setPassword(means, person, o.password)
  return person.id
}

async function found({ reader }: Means, login: string): Promise<FreshEntry | null> {
  const { people } = reader.layout
  const matching = await reader.find(people, 'sub', filter`(&(objectClass=inetOrgPerson)(uid=${login}))`)
  if (matching.length > 1)
    throw new Error(`${matching.length} people have the login ${login}: make it one first.`)
  return matching[0] ?? null
}

async function created(
  { reader, writer, report }: Means,
  { login, create }: AdministratorOptions,
): Promise<FreshEntry> {
  if (create === null)
    throw new Error(`Nobody has the login ${login}. To make somebody, add --create "Their Name".`)
  const { id } = await writer.add(`${formatRdn([{ type: 'uid', value: login }])},${reader.layout.people}`, {
    objectClass: ['inetOrgPerson', 'dlrPerson'],
    uid: login,
    cn: create,
    sn: create,
    displayName: create,
  })
  report(`Made ${create}.`)
  return await present(reader, id)
}

/** A role with the ability for everything; the oldest when there are several. */
async function roleOf({ reader, writer, report }: Means): Promise<string> {
  const roles = await reader.find(reader.layout.roles, 'sub', '(objectClass=dlrRoleEntry)')
  const mighty = roles.find(
    ({ mapped }) =>
      mapped.kind === 'entry' &&
      mapped.entry.kind === 'role' &&
      mapped.entry.abilities.some(
        (a) => a.name === '*' && a.scope === 'ORGANISATION' && a.fields.includes('*'),
      ),
  )
  if (mighty) return mighty.id
  const cn = randomUUID()
  const { id } = await writer.add(`${formatRdn([{ type: 'cn', value: cn }])},${reader.layout.roles}`, {
    objectClass: 'dlrRoleEntry',
    cn,
    displayName: ROLE_NAME,
    description: 'Everything. Made by `npm run admin`.',
    dlrAbility: ABILITY,
  })
  report(`Made the role ${ROLE_NAME}.`)
  return id
}

/** Gives the role and takes away what would keep the person out. */
async function enable({ writer, report }: Means, person: FreshEntry, roleId: string): Promise<void> {
  const isHolder = person.values('dlrRole').includes(roleId)
  const isOut = person.values('dlrDisabled').length + person.values('dlrLeaveDate').length > 0
  const isOurs = person.values('objectClass').some((name) => name.toLowerCase() === 'dlrperson')
  if (isHolder && !isOut) return report('They hold the role already, and are enabled.')
  await writer.modify(person.dn, [
    ...(isOurs ? [] : [{ operation: 'add', attribute: 'objectClass', values: ['dlrPerson'] } as const]),
    ...(isHolder ? [] : [{ operation: 'add', attribute: 'dlrRole', values: [roleId] } as const]),
    { operation: 'replace', attribute: 'dlrDisabled', values: [] },
    { operation: 'replace', attribute: 'dlrLeaveDate', values: [] },
  ])
  report(isOut ? 'They hold the role, and are enabled.' : 'They hold the role.')
}

async function setPassword(
  { passwords, report }: Means,
  { id }: FreshEntry,
  password: string,
): Promise<void> {
  const outcome = await passwords.set(id, password)
  if (outcome.kind === 'refused')
    throw new Error(`The directory does not take this password: ${outcome.reason}`)
  if (outcome.kind === 'absent') throw new Error('The person is gone meanwhile: run it again.')
  report('The password is set.')
}

async function present(reader: DirectoryReader, id: string): Promise<FreshEntry> {
  const entry = await reader.byId(id)
  if (!entry) throw new Error('The person is gone meanwhile: run it again.')
  return entry
}
