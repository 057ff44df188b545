import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { parseRefreshToken, formatRefreshToken, newRefreshToken } from '../../src/identity/refresh-tokens.ts'
import type { Client } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

const FLOOR_MS = 250
const PASSWORD = 'dolores'
const CANARY = 'canary-8f1d-wrong-password'

/** Two instances over one directory and one database. */
let one: TestServer
let two: TestServer

beforeAll(async () => {
  one = await startServer({
    ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join(''),
    loginFloorMs: FLOOR_MS,
    settings: { TRUST_PROXY: '1' },
  })
  two = await startServer({ slapd: one.slapd, database: one.database, settings: { TRUST_PROXY: '1' } })
  await one.login('hr', PASSWORD)
})
afterAll(async () => {
  await two?.close()
  await one?.close()
})
beforeEach(() => one.database.sql('DELETE FROM login_attempt'))

let host = 0
/** A client from an address that nobody has come from before. */
function stranger(server: TestServer = one): Client {
  return server.client({ 'x-forwarded-for': `198.51.100.${++host}` })
}

async function signedIn(login: string, server: TestServer = one): Promise<Client> {
  const client = stranger(server)
  await client.login(login, PASSWORD)
  return client
}

/** Sets attributes of a person by plain ldapmodify. */
function modify(login: string, lines: string): Promise<void> {
  return one.slapd.ldapmodify(`dn: uid=${login},ou=people,${TEST_BASE}\nchangetype: modify\n${lines}\n`)
}

const idOf = (login: string) =>
  [...one.instance.replica.state.all('staff')].find((s) => s.login === login)?.id ?? ''
const statusOf = (server: TestServer, id: string) => server.instance.replica.state.get('staff', id)?.status

describe('signing in', () => {
  it('gives a session that says who asks', async () => {
    const client = await signedIn('staff')
    const { viewer } = await client.query('{ viewer { staff { login } } }')
    expect(viewer).toEqual({ staff: { login: 'staff' } })
  })

  it('takes the login in any case, as LDAP does', async () => {
    expect((await stranger().tryLogin('STAFF', PASSWORD)).__typename).toBe('Session')
  })

  it('lets everybody of an office in who sign in at the same moment', async () => {
    const office = { 'x-forwarded-for': '203.0.113.77' }
    const logins = [...one.instance.replica.state.all('staff')].filter((s) => s.status === 'ACTIVE')
    const outcomes = await Promise.all(
      logins.slice(0, 40).map(({ login }) => one.client(office).tryLogin(login, PASSWORD)),
    )
    expect(new Set(outcomes.map((o) => o.__typename))).toEqual(new Set(['Session']))
  })

  it('[T95] begins a new session each time', async () => {
    const sids = [await signedIn('staff'), await signedIn('staff')].map(
      ({ tokens }) => decodeJwt(tokens?.accessToken ?? '')['sid'],
    )
    expect(new Set(sids).size).toBe(2)
  })

  it('[T91][T61][T92] answers every failure with the same bytes after the same least time', async () => {
    const id = idOf('guest')
    await modify('guest', 'replace: dlrDisabled\ndlrDisabled: TRUE')
    await one.until(() => statusOf(one, id) === 'DISABLED')
    const failures: [string, string][] = [
      ['nobody-of-that-name', PASSWORD],
      ['staff', CANARY],
      ['guest', PASSWORD],
      ['staff', ''],
      ['staff', '\0'],
      ['staff', `${PASSWORD}\0`],
      ['staff', 'x'.repeat(129)],
      ['staff', '汉'.repeat(200)],
      ['*', PASSWORD],
      ['staff)(uid=*', PASSWORD],
      ['', PASSWORD],
    ]
    const answers: string[] = []
    for (const [login, password] of failures) {
      const client = stranger()
      const startedAt = performance.now()
      const { data, errors } = await client.ask(
        'mutation ($l: String!, $p: String!) { login(input: { login: $l, password: $p }) { __typename ... on Error { code message } } }',
        { l: login, p: password },
      )
      const ms = performance.now() - startedAt
      // What cannot be a login or a password at all may be refused as such, without a look at who has it.
      if (errors.length > 0) {
        expect(errors[0]?.extensions['code']).toBe('BAD_USER_INPUT')
        continue
      }
      answers.push(JSON.stringify(data))
      expect(ms, JSON.stringify([login, password])).toBeGreaterThanOrEqual(FLOOR_MS - 5)
    }
    expect(answers.length).toBeGreaterThan(4)
    expect(new Set(answers)).toEqual(
      new Set([
        JSON.stringify({
          login: {
            __typename: 'InvalidCredentials',
            code: 'INVALID_CREDENTIALS',
            message: 'The login or the password is not right, or the session has ended: sign in again.',
          },
        }),
      ]),
    )
    await modify('guest', 'delete: dlrDisabled')
    await one.until(() => statusOf(one, id) === 'ACTIVE')
  })

  it('[T92] refuses a password of 900 kB without trouble', async () => {
    const { data, errors } = await stranger().ask(
      'mutation ($p: String!) { login(input: { login: "staff", password: $p }) { __typename } }',
      { p: 'x'.repeat(900_000) },
    )
    const refused = errors[0]?.extensions['code'] ?? data?.['login']
    expect(['BAD_USER_INPUT', { __typename: 'InvalidCredentials' }]).toContainEqual(refused)
  })
})

describe('refresh tokens', () => {
  it('are replaced by each use, and the session stays the same', async () => {
    const client = await signedIn('staff')
    const before = client.tokens
    await client.refresh()
    expect(client.tokens?.refreshToken).not.toBe(before?.refreshToken)
    const sid = (token: string | undefined) => decodeJwt(token ?? '')['sid']
    expect(sid(client.tokens?.accessToken)).toBe(sid(before?.accessToken))
    expect((await client.ask('{ viewer { staff { login } } }')).errors).toEqual([])
  })

  it('[T94] end the whole session when one comes back that was spent', async () => {
    const client = await signedIn('staff')
    const stolen = client.tokens?.refreshToken ?? ''
    await client.refresh()
    await client.refresh()
    const thief = stranger()
    expect((await thief.refresh(stolen)).__typename).toBe('InvalidCredentials')
    expect((await client.refresh()).__typename).toBe('InvalidCredentials')
    const { status, errors } = await client.ask('{ departments { totalCount } }')
    expect(status).toBe(401)
    expect(errors[0]?.extensions['code']).toBe('UNAUTHENTICATED')
    const [audit] = await one.database.sql<{ n: string }>(
      "SELECT count(*)::text AS n FROM audit WHERE action = 'session.reuse'",
    )
    expect(audit?.n).toBe('1')
  })

  it('[T94] end the session when a spent one comes back after the grace of a retry', async () => {
    const client = await signedIn('staff')
    const stolen = client.tokens?.refreshToken ?? ''
    await client.refresh()
    await one.database.sql("UPDATE session SET last_used_at = last_used_at - interval '11 seconds'")
    expect((await stranger().refresh(stolen)).__typename).toBe('InvalidCredentials')
    expect((await client.refresh()).__typename).toBe('InvalidCredentials')
  })

  it('[T94] let a client retry whose answer was lost, and two tabs refresh at once, on any instance', async () => {
    const client = await signedIn('staff')
    const token = client.tokens?.refreshToken ?? ''
    const tabs = [one, two, one, two].map((server) => stranger(server))
    const outcomes = await Promise.all(tabs.map((tab) => tab.refresh(token)))
    const successors = new Set(
      outcomes.map((o) => (o.__typename === 'Session' ? o.refreshToken : o.__typename)),
    )
    expect(successors.size).toBe(1)
    expect((await stranger().refresh([...successors][0])).__typename).toBe('Session')
  })

  it('[T94] of nobody end nothing: neither garbage nor the bare id of a session', async () => {
    const client = await signedIn('staff')
    const sessionId = String(decodeJwt(client.tokens?.accessToken ?? '')['sid'])
    const forged = formatRefreshToken(newRefreshToken(sessionId))
    for (const token of ['', 'x', forged, 'A'.repeat(107)]) {
      expect((await stranger().refresh(token)).__typename).toBe('InvalidCredentials')
    }
    expect((await client.refresh()).__typename).toBe('Session')
  })

  it('are not stored', async () => {
    const client = await signedIn('staff')
    const token = parseRefreshToken(client.tokens?.refreshToken ?? '')
    const rows = JSON.stringify(await one.database.sql('SELECT * FROM session'))
    for (const secret of [token?.family, token?.generation]) {
      for (const form of ['hex', 'base64', 'base64url'] as const)
        expect(rows).not.toContain(secret?.toString(form))
    }
  })
})

describe('access tokens', () => {
  it('can be checked by other services with the published keys alone', async () => {
    const { tokens } = await signedIn('staff')
    const jwks = createRemoteJWKSet(new URL(`${one.url}/.well-known/jwks.json`))
    const { payload } = await jwtVerify(tokens?.accessToken ?? '', jwks, {
      audience: 'dolores',
      issuer: 'dolores',
    })
    expect(payload.sub).toBe(idOf('staff'))
    expect(new Date((payload.exp ?? 0) * 1000).toISOString()).toBe(tokens?.expiresAt)
  })

  it('are good on every instance', async () => {
    const client = await signedIn('staff')
    const other = two.client()
    other.tokens = client.tokens
    expect((await other.ask('{ viewer { staff { login } } }')).errors).toEqual([])
  })
})

describe('the end of a session', () => {
  it('[T49] by logout closes its sockets within a second, on every instance, and no others', async () => {
    const client = await signedIn('staff')
    const elsewhere = two.client()
    elsewhere.tokens = client.tokens
    const other = await signedIn('staff')
    const sockets = [await client.socket(), await elsewhere.socket()]
    const bystander = await other.socket()
    const endedAt = Date.now()
    expect(await client.query('mutation { logout }')).toEqual({ logout: true })
    for (const socket of sockets) expect((await socket.closed).code).toBe(4401)
    expect(Date.now() - endedAt).toBeLessThan(1000)
    bystander.send({ type: 'ping' })
    expect((await bystander.next()).type).toBe('pong')
    for (const gone of [client, elsewhere])
      expect((await gone.ask('{ departments { totalCount } }')).status).toBe(401)
    expect((await client.refresh()).__typename).toBe('InvalidCredentials')
  })

  it('[T49] by revoking it from another device: listed, revoked, closed', async () => {
    const lost = await signedIn('staff')
    const device = await signedIn('staff')
    const socket = await lost.socket()
    const list = 'viewer { sessions { id isCurrent } }'
    const { viewer } = await device.query(`{ ${list} }`)
    const lostId = String(decodeJwt(lost.tokens?.accessToken ?? '')['sid'])
    expect(JSON.stringify(viewer)).toContain(`{"id":"${lostId}","isCurrent":false}`)
    const revoke = 'mutation ($id: ID!) { revokeSession(id: $id) }'
    expect(await device.query(revoke, { id: lostId })).toEqual({ revokeSession: true })
    expect((await socket.closed).code).toBe(4401)
    expect(await device.query(revoke, { id: lostId })).toEqual({ revokeSession: false })
    expect(JSON.stringify(await device.query(`{ ${list} }`))).not.toContain(lostId)
  })

  it('[T49] is not to be had for sessions of others', async () => {
    const victim = await signedIn('hr')
    const attacker = await signedIn('staff')
    const id = String(decodeJwt(victim.tokens?.accessToken ?? '')['sid'])
    for (const guess of [id, 'nonsense', "' OR 1=1 --", '']) {
      const { data } = await attacker.ask('mutation ($id: ID!) { revokeSession(id: $id) }', { id: guess })
      expect(data?.['revokeSession'] ?? false).toBe(false)
    }
    expect((await victim.refresh()).__typename).toBe('Session')
  })

  it('[T49] comes with the account: disabled in LDAP, sockets close within a second and nothing is good any more', async () => {
    const id = idOf('guest')
    const client = await signedIn('guest')
    const there = await signedIn('guest', two)
    const sockets = [await client.socket(), await there.socket()]
    await modify('guest', 'replace: dlrDisabled\ndlrDisabled: TRUE')
    await Promise.all([one, two].map((s) => s.until(() => statusOf(s, id) === 'DISABLED')))
    const knownAt = Date.now()
    for (const socket of sockets) expect((await socket.closed).code).toBe(4401)
    expect(Date.now() - knownAt).toBeLessThan(1000)
    expect((await client.ask('{ departments { totalCount } }')).status).toBe(401)
    expect((await client.refresh()).__typename).toBe('InvalidCredentials')
    await modify('guest', 'delete: dlrDisabled')
    await one.until(() => statusOf(one, id) === 'ACTIVE')
    expect((await client.refresh()).__typename).toBe('InvalidCredentials')
    expect((await client.ask('{ departments { totalCount } }')).status).toBe(401)
    expect((await stranger().tryLogin('guest', PASSWORD)).__typename).toBe('Session')
  })

  it('[P4] that the database was told of while an instance was away is known to it from the start', async () => {
    const client = await signedIn('staff')
    await client.query('mutation { logout }')
    const three = await startServer({ slapd: one.slapd, database: one.database })
    const late = three.client()
    late.tokens = client.tokens
    await expect.poll(async () => (await late.ask('{ departments { totalCount } }')).status).toBe(401)
    await three.close()
  })
})

it('[T99] logs hold no password and no token', async () => {
  const client = await signedIn('hr')
  await client.tryLogin('hr', CANARY)
  const spent = client.tokens?.refreshToken ?? ''
  await client.refresh()
  await client.refresh()
  await stranger().refresh(spent)
  await client.get(`/avatars/x?token=${CANARY}`)
  const text = [...one.lines, ...two.lines].join('\n')
  expect(text.length).toBeGreaterThan(1000)
  const secrets = [
    CANARY,
    spent,
    client.tokens?.accessToken,
    one.config.TOKEN_SECRET,
    one.config.LDAP_BIND_PASSWORD,
  ]
  for (const secret of secrets) expect(text).not.toContain(secret)
  expect(text).not.toContain('eyJhbGciOi')
})
