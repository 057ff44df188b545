import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  await server.login('staff', 'dolores')
})
afterAll(async () => await server?.close())

const JSON_TYPE = { 'content-type': 'application/json' }
const post = (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const signIn = () => post('/session', { login: 'staff', password: 'dolores' })
const cookieOf = (response: Response) => response.headers.get('set-cookie') ?? ''
const valueOf = (response: Response) => cookieOf(response).split(';')[0] ?? ''
interface Session {
  readonly accessToken: string
  readonly staffId: string
}
const bodyOf = async (response: Response) => (await response.json()) as Session
const nameOf = async (accessToken: string) => {
  const response = await post(
    '/graphql',
    { query: '{ viewer { staff { login } } }' },
    { authorization: `Bearer ${accessToken}` },
  )
  return (await response.json()) as { data?: { viewer: { staff: { login: string } } } }
}

describe('[T110] the session of a browser', () => {
  it('gives scripts a token of ten minutes, and keeps what lasts where no script reads it', async () => {
    const response = await signIn()
    expect(response.status).toBe(200)
    const cookie = cookieOf(response)
    expect(cookie).toMatch(
      /^dolores_session=[\w-]{107}; Path=\/session; HttpOnly; SameSite=Strict; Max-Age=2592000$/,
    )
    const body = await response.text()
    expect(body).not.toContain(valueOf(response).slice('dolores_session='.length))
    const { accessToken, copyLeaseSeconds } = JSON.parse(body) as Session & { copyLeaseSeconds: number }
    expect(await nameOf(accessToken)).toMatchObject({ data: { viewer: { staff: { login: 'staff' } } } })
    expect(copyLeaseSeconds).toBe(7 * 86_400)
  })

  it('is Secure wherever the page came by https', async () => {
    const { slapd, database } = server
    const proxied = await startServer({ slapd, database, settings: { TRUST_PROXY: '1' } })
    try {
      await proxied.login('staff', 'dolores')
      const response = await fetch(`${proxied.url}/session`, {
        method: 'POST',
        headers: { ...JSON_TYPE, 'x-forwarded-proto': 'https' },
        body: JSON.stringify({ login: 'staff', password: 'dolores' }),
      })
      expect(cookieOf(response)).toMatch(/; Secure$/)
    } finally {
      await proxied.close()
    }
  })

  it('[T94] goes on with each refresh, for several tabs at once too, and ends when a spent cookie comes back later', async () => {
    const first = valueOf(await signIn())
    const tabs = await Promise.all([1, 2, 3].map(() => post('/session/refresh', {}, { cookie: first })))
    expect(tabs.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(new Set(tabs.map(valueOf)).size).toBe(1)
    const second = valueOf(tabs[0] ?? Response.error())
    expect(second).not.toBe(first)
    await server.database.sql(`UPDATE session SET last_used_at = last_used_at - interval '1 min'`)
    const replayed = await post('/session/refresh', {}, { cookie: first })
    expect(replayed.status).toBe(401)
    expect(cookieOf(replayed)).toMatch(/^dolores_session=; .*Max-Age=0$/)
    expect((await post('/session/refresh', {}, { cookie: second })).status).toBe(401)
  })

  it('ends on request: the access token counts no more, nor does the cookie', async () => {
    const response = await signIn()
    const { accessToken } = await bodyOf(response)
    const cookie = valueOf(response)
    const ended = await post('/session/end', {}, { cookie: `other=1; ${cookie}; more=2` })
    expect(ended.status).toBe(200)
    expect(cookieOf(ended)).toMatch(/^dolores_session=; .*Max-Age=0$/)
    expect((await post('/session/refresh', {}, { cookie })).status).toBe(401)
    expect((await nameOf(accessToken)).data).toBeUndefined()
  })

  it('[T91] is refused in one and the same way, whatever was wrong', async () => {
    const texts = await Promise.all(
      [
        { login: 'staff', password: 'wrong' },
        { login: 'nobody', password: 'dolores' },
      ].map(async (input) => {
        const response = await post('/session', input)
        expect(response.status).toBe(401)
        return await response.text()
      }),
    )
    expect(new Set(texts).size).toBe(1)
  })

  it.each([
    ['no cookie', {}],
    ['an empty one', { cookie: 'dolores_session=' }],
    ['nonsense', { cookie: 'dolores_session=x' }],
    ['a token of our form', { cookie: `dolores_session=${'A'.repeat(107)}` }],
    ['another name', { cookie: `xdolores_session=${'A'.repeat(107)}` }],
  ])('%s is no session', async (_, headers) => {
    expect((await post('/session/refresh', {}, headers)).status).toBe(401)
    expect((await post('/session/end', {}, headers)).status).toBe(200)
  })

  it.each([
    '',
    '{',
    '[]',
    '{"login":"staff"}',
    '{"login":1,"password":"x"}',
    '{"login":"a\\u0000","password":"x"}',
    JSON.stringify({ login: 'x'.repeat(300), password: 'x' }),
    JSON.stringify({ login: 'x', password: 'x'.repeat(600) }),
  ])('bad input %j is told so', async (body) => {
    expect((await post('/session', body)).status).toBe(400)
  })

  it('[T15] [T16] no page of another origin can ask, nor a form of any', async () => {
    const cookie = valueOf(await signIn())
    for (const path of ['/session', '/session/refresh', '/session/end']) {
      const foreign = await post(path, {}, { cookie, origin: 'https://evil.example' })
      expect(foreign.status).toBe(403)
      const form = await post(path, 'login=staff', {
        cookie,
        'content-type': 'application/x-www-form-urlencoded',
      })
      expect(form.status).toBe(403)
      expect((await fetch(`${server.url}${path}`)).status).toBe(405)
    }
    expect((await post('/session/refresh', {}, { cookie })).status).toBe(200)
  })
})
