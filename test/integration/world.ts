import { randomUUID } from 'node:crypto'
import { startEditWorld, type EditWorld } from '../edit/world.ts'
import type { Client } from '../support/client.ts'
import type { TestServer, TestServerOptions } from '../support/server.ts'

const FAILURES = '__typename ... on Error { code message } ... on InvalidInput { issues { path message } }'
const SHOWN = `id name description staffId scopes revision
  tokens { id prefix state ownerId owner { login } createdAt expiresAt lastUsedOn }`
const SAVED = `... on IntegrationSaved { integration { ${SHOWN} } }`
const ISSUED = `... on IntegrationTokenIssued { accessToken token { id } integration { ${SHOWN} } }`

export interface ShownToken {
  readonly id: string
  readonly prefix: string
  readonly state: string
  readonly ownerId: string
  readonly expiresAt: string
  readonly lastUsedOn: string | null
}
export interface ShownIntegration {
  readonly id: string
  readonly name: string
  readonly staffId: string
  readonly scopes: readonly string[]
  readonly revision: string
  readonly tokens: readonly ShownToken[]
}
export interface IntegrationAnswer {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly issues?: readonly { readonly path: string; readonly message: string }[]
  readonly accessToken?: string
  readonly token?: { readonly id: string }
  readonly integration?: ShownIntegration
}
/** A token that was made. */
export interface Made {
  readonly id: string
  readonly accessToken: string
  readonly integrationId: string
}

const MUTATIONS: Readonly<Record<string, readonly [declared: string, given: string, shown: string]>> = {
  createIntegration: ['$input: CreateIntegrationInput!', 'input: $input', SAVED],
  updateIntegration: ['$input: UpdateIntegrationInput!', 'input: $input', SAVED],
  deleteIntegration: ['$id: ID!, $key: String', 'id: $id, idempotencyKey: $key', ''],
  createIntegrationToken: [
    '$id: ID!, $days: Int, $key: String',
    'integrationId: $id, days: $days, idempotencyKey: $key',
    ISSUED,
  ],
  rotateIntegrationToken: [
    '$id: ID!, $days: Int, $overlapHours: Int, $key: String',
    'id: $id, days: $days, overlapHours: $overlapHours, idempotencyKey: $key',
    ISSUED,
  ],
  revokeIntegrationToken: ['$id: ID!, $key: String', 'id: $id, idempotencyKey: $key', SAVED],
}

/** Integrations as somebody administers them. */
export class Desk {
  readonly world: EditWorld
  readonly client: Client

  constructor(world: EditWorld, client = world.hr.client) {
    this.world = world
    this.client = client
  }

  async call(name: string, variables: Record<string, unknown>): Promise<IntegrationAnswer> {
    const [declared, given, shown] = MUTATIONS[name] ?? []
    const query = `mutation (${declared}) { ${name}(${given}) { ${FAILURES} ${shown} } }`
    return (await this.client.query(query, variables))[name] as IntegrationAnswer
  }

  create(input: Record<string, unknown>): Promise<IntegrationAnswer> {
    return this.call('createIntegration', {
      input: { name: `Mirror ${randomUUID()}`, scopes: ['DIRECTORY_READ'], ...input },
    })
  }

  /** An integration that must come to be, with its first token. */
  async made(staffId: string, scope: 'DIRECTORY_READ' | 'DIRECTORY_ADMIN' = 'DIRECTORY_READ'): Promise<Made> {
    const created = await this.create({ staffId, scopes: [scope] })
    return await this.token(created.integration?.id ?? JSON.stringify(created))
  }

  async token(integrationId: string): Promise<Made> {
    const answer = await this.call('createIntegrationToken', { id: integrationId })
    const { accessToken, token } = answer
    if (accessToken === undefined || !token) throw new Error(JSON.stringify(answer))
    return { id: token.id, accessToken, integrationId }
  }

  async shown(): Promise<readonly ShownIntegration[]> {
    const { admin } = await this.client.query(`{ admin { integrations { ${SHOWN} } } }`)
    return (admin as { integrations: ShownIntegration[] } | null)?.integrations ?? []
  }

  async shownToken({ id }: Pick<Made, 'id'>): Promise<ShownToken | undefined> {
    return (await this.shown()).flatMap(({ tokens }) => tokens).find((token) => token.id === id)
  }
}

/** Whoever comes with a token. */
export function bearing(server: TestServer, accessToken: string): Client {
  const client = server.client()
  client.tokens = { accessToken, refreshToken: '', expiresAt: '' }
  return client
}

/** The demo company, in which accounts and administrators are made as they are needed. */
export class IntegrationWorld {
  readonly edits: EditWorld
  readonly desk: Desk
  #serial = 0

  constructor(edits: EditWorld) {
    this.edits = edits
    this.desk = new Desk(edits)
  }

  static async start(o: TestServerOptions = {}): Promise<IntegrationWorld> {
    return new IntegrationWorld(await startEditWorld(o))
  }

  get server(): TestServer {
    return this.edits.server
  }

  person(login: string) {
    const found = [...this.edits.state.all('staff')].find((s) => s.login === login)
    if (!found) throw new Error(`There is no ${login}`)
    return found
  }

  /** An account with just these abilities; `like`: whose roles it has besides. */
  async account(abilities: readonly object[], like = 'staff'): Promise<{ id: string; login: string }> {
    const login = `account${++this.#serial}`
    const { hr, places } = this.edits
    const role = await hr.edit('createRole', { name: `Role of ${login}`, abilities, ruleIds: [] })
    const made = await hr.edit('createStaff', {
      login,
      name: login,
      typeId: places.staffType,
      memberships: [{ departmentId: places.company }],
      roleIds: [...this.person(like).roleIds, ...(abilities.length === 0 ? [] : [role.id])],
    })
    if (!made.staff) throw new Error(JSON.stringify([role, made]))
    return { id: made.staff.id, login }
  }

  /** Somebody with just these abilities, who has signed in. */
  async administrator(abilities: readonly object[]): Promise<{ desk: Desk; id: string }> {
    const { id, login } = await this.account(abilities)
    const { client } = this.edits.hr
    const { inviteStaff } = await client.query(
      `mutation { inviteStaff(id: "${id}") { ... on Invitation { token } } }`,
    )
    const { token } = inviteStaff as { token: string }
    const password = 'a long enough password 1'
    await this.server
      .client()
      .query(`mutation { acceptInvitation(token: "${token}", password: "${password}") { __typename } }`)
    return { id, desk: new Desk(this.edits, await this.server.login(login, password)) }
  }

  close(): Promise<void> {
    return this.edits.close()
  }
}

/** For the whole organisation and all fields, unless it says otherwise. */
export const ability = (name: string, more: object = {}) => ({
  name,
  scope: 'ORGANISATION',
  departmentId: null,
  fields: ['*'],
  ...more,
})
