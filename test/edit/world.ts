import { dateHere } from '../../src/edit/leave-dates.ts'
import { hasLeft } from '../../src/edit/staff/leave.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { Department } from '../../src/model/entry.ts'
import type { Client } from '../support/client.ts'
import { startServer, type TestServer, type TestServerOptions } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

const FAILURES = `
  __typename
  ... on Error { code message }
  ... on InvalidInput { issues { path message } }
  ... on NotFound { path }
  ... on NotPermitted { part }
  ... on EditRefused { usedByCount usedBy { __typename ... on AdminDepartment { id } ... on AdminStaff { id } ... on AdminRule { id } ... on AdminRole { id } } }
  ... on EditConflict { current { __typename ... on AdminDepartment { id name revision } ... on AdminStaff { id name revision } } }`

/** What the tests of edits ask of whatever was edited, by what the mutation is about. */
const SHOWN = {
  Department: '... on DepartmentEdited { version department { ...D } }',
  Staff: '... on StaffEdited { version staff { ...S } }',
  Catalogue: `... on CatalogueEdited { version id entry { __typename
    ... on AdminType { id name description appliesTo revision }
    ... on AdminField { id key label appliesTo isSensitive sortKey revision }
    ... on AdminRule { id name description scope sensitiveFields revision departmentTypes { id } staffTypes { id } }
    ... on AdminRole { id name description revision rules { id } abilities { name scope departmentId fields } } } }`,
} as const

const FRAGMENTS = {
  Department: `fragment D on AdminDepartment {
    id name description status sortKey revision type { id } parent { id } leaders { id } metadata { key value } }`,
  Staff: `fragment S on AdminStaff { id login name nickname pinyin initials title mobile email status revision leaveDate
    type { id } memberships { departmentId title sortKey isMain isLeader } manager { id } dottedManagers { id } roles { id } metadata { key value } }`,
  Catalogue: '',
} as const

type Topic = keyof typeof SHOWN

function topicOf(mutation: string): Topic {
  if (mutation.includes('Department')) return 'Department'
  return mutation.includes('Staff') ? 'Staff' : 'Catalogue'
}

export interface EditAnswer {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly version?: string | null
  readonly issues?: readonly { path: string; message: string }[]
  readonly department?: {
    id: string
    name: string
    revision: string
    sortKey: string
    parent: { id: string } | null
  }
  readonly staff?: { id: string; name: string; login: string; revision: string }
  readonly id?: string
  readonly current?: object
  readonly part?: string | null
}

const inputType = (mutation: string) =>
  `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`.replace(
    /^Delete(Field|Rule|Role)Input$/,
    'DeleteCatalogueInput',
  )

/** Somebody who edits through the API. */
export class Administrator {
  readonly client: Client

  constructor(client: Client) {
    this.client = client
  }

  async edit(mutation: string, input: Record<string, unknown>): Promise<EditAnswer> {
    const topic = topicOf(mutation)
    const query = `mutation ($input: ${inputType(mutation)}!) {
      ${mutation}(input: $input) { ${FAILURES} ${SHOWN[topic]} } } ${FRAGMENTS[topic]}`
    const data = await this.client.query(query, { input })
    return data[mutation] as EditAnswer
  }

  /** What the administration shows; fails for those who have none. */
  async administered(
    selection: string,
    variables: Record<string, unknown> = {},
  ): Promise<Record<string, unknown>> {
    const admin = await this.admin(selection, variables)
    if (!admin) throw new Error('They administer nothing')
    return admin
  }

  async admin(
    selection: string,
    variables: Record<string, unknown> = {},
  ): Promise<Record<string, unknown> | null> {
    const declared = Object.keys(variables)
      .map((name) => `$${name}: ID!`)
      .join(', ')
    const { admin } = await this.client.query(
      `query ${declared === '' ? '' : `(${declared})`} { admin { ${selection} } }`,
      variables,
    )
    return admin as Record<string, unknown> | null
  }
}

/** The demo company of 200 behind a whole server, and people of it who administer. */
export class EditWorld {
  readonly server: TestServer
  readonly hr: Administrator

  constructor(server: TestServer, hr: Administrator) {
    this.server = server
    this.hr = hr
  }

  async as(login: string): Promise<Administrator> {
    return new Administrator(await this.server.login(login, 'dolores'))
  }

  get state() {
    return this.server.instance.replica.state
  }

  /** Ids that most tests need. */
  get places() {
    const departments = [...this.state.all('department')]
    const company = this.#only(departments.find((d) => d.parentId === null && d.typeId !== null))
    const departmentType = this.#only(
      [...this.state.all('departmentType')].find((t) => t.name.startsWith('Department')),
    )
    const staffType = this.#only([...this.state.all('staffType')].find((t) => t.name.startsWith('Employee')))
    return { company: company.id, departmentType: departmentType.id, staffType: staffType.id }
  }

  department(name: string): Department {
    return this.#only([...this.state.all('department')].find((d) => d.name === name))
  }

  close(): Promise<void> {
    return this.server.close()
  }

  #only<T>(value: T | undefined): T {
    if (value === undefined) throw new Error('the demo company has none')
    return value
  }
}

export async function startEditWorld(o: TestServerOptions = {}): Promise<EditWorld> {
  const server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join(''), ...o })
  const hr = new Administrator(await server.login('hr', 'dolores'))
  // Whoever has left by now is disabled by the calendar: nothing that a test does.
  const today = dateHere(Date.now())
  await server.until(() => ![...server.instance.replica.state.all('staff')].some((s) => hasLeft(s, today)))
  return new EditWorld(server, hr)
}
