import { randomUUID } from 'node:crypto'
import { ACCESS_TOKEN_SECONDS, AccessTokens } from '../../src/identity/access-tokens.ts'
import { staffByLogin } from '../../src/model/state.ts'
import type { Client } from './client.ts'
import { TOKEN_SECRET, type TestServer } from './server.ts'

/** An access token of anybody, without their password; it ends in whole seconds, `ms` from now at most. */
export async function tokenFor(
  server: TestServer,
  login: string,
  ms = ACCESS_TOKEN_SECONDS * 1000,
): Promise<string> {
  await server.until(() => staffByLogin(server.instance.replica.state, login) !== undefined)
  const id = staffByLogin(server.instance.replica.state, login)?.id ?? ''
  const clock = { now: () => Date.now() + ms - ACCESS_TOKEN_SECONDS * 1000 }
  const tokens = new AccessTokens(TOKEN_SECRET, server.config.TOKEN_AUDIENCE, clock)
  return (await tokens.sign(id, randomUUID())).token
}

/** A client that speaks for anybody, in a session of its own. */
export async function clientFor(server: TestServer, login: string, ms?: number): Promise<Client> {
  const client = server.client()
  client.tokens = { accessToken: await tokenFor(server, login, ms), refreshToken: '', expiresAt: '' }
  return client
}
