import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cacheByText } from '../../src/server/graphql.ts'
import { limitsPlugin } from '../../src/server/limits.ts'
import { startTiny, type Tiny } from './tiny.ts'

let tiny: Tiny
beforeAll(async () => {
  tiny = await startTiny({
    allowedOrigins: ['https://people.example.com'],
    plugins: [limitsPlugin(() => false)],
  })
})
afterAll(() => tiny.close())

interface Answer {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly { message: string; extensions: Record<string, unknown> }[]
}

async function json(response: Response): Promise<Answer> {
  const body: Answer = JSON.parse(await response.text())
  return body
}

/** Sends bytes as they are and returns the status line of the answer. */
async function raw(
  head: readonly string[],
  write: (send: (chunk: string) => boolean) => void,
): Promise<string> {
  const socket = connect(tiny.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => {})
  socket.write(`${head.join('\r\n')}\r\nHost: 127.0.0.1:${tiny.port}\r\n\r\n`)
  write((chunk) => socket.write(chunk))
  let text = ''
  for await (const chunk of socket) {
    text += String(chunk)
    if (text.includes('\r\n')) break
  }
  socket.destroy()
  return text.split('\r\n')[0] ?? ''
}

describe('bodies', () => {
  it('[T44] holds 64 kB of somebody who is not known, and 1 MB of somebody who is', async () => {
    const body = { query: '{ hello }', variables: { pad: 'x'.repeat(64_000) } }
    expect((await tiny.post(body)).status).toBe(413)
    expect((await tiny.post(body, { authorization: 'Bearer nonsense' })).status).toBe(413)
    expect((await tiny.post(body, { authorization: `Bearer ${await tiny.token()}` })).status).toBe(200)
  })

  it('[T9] refuses a body over 1 MB by its Content-Length', async () => {
    const headers = { authorization: `Bearer ${await tiny.token()}` }
    const response = await tiny.post({ query: '{ hello }', pad: 'x'.repeat(1_000_000) }, headers)
    expect(response.status).toBe(413)
  })

  it('[T9] counts chunks when there is no Content-Length, and keeps none of what is too much', async () => {
    const before = process.memoryUsage().rss
    const status = await raw(
      [
        'POST /graphql HTTP/1.1',
        `Authorization: Bearer ${await tiny.token()}`,
        'Content-Type: application/json',
        'Transfer-Encoding: chunked',
      ],
      (send) => {
        for (let i = 0; i < 320; i++) send(`10000\r\n${'x'.repeat(65_536)}\r\n`)
        send('0\r\n\r\n')
      },
    )
    expect(status).toBe('HTTP/1.1 413 Payload Too Large')
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
  })

  it('[T9] keeps no more of the documents that it has parsed than a bound', () => {
    const cache = cacheByText<object>()
    for (let i = 0; i < 1000; i++) cache.set(`${i}${'x'.repeat(30_000)}`, {})
    expect(cache.calculatedSize).toBeLessThanOrEqual(2_000_000)
    for (let i = 0; i < 1000; i++) cache.set(String(i), {})
    expect(cache.size).toBe(200)
  })

  it('[T9] refuses compressed bodies', async () => {
    const response = await tiny.post('{}', { 'content-encoding': 'gzip' })
    expect(response.status).toBe(415)
  })

  it.each([1000, 10_000, 200_000])(
    '[T10] refuses JSON nested %i deep before anything recurses over it',
    async (depth) => {
      const variables = `${'['.repeat(depth)}${']'.repeat(depth)}`
      const headers = { authorization: `Bearer ${await tiny.token()}` }
      const response = await tiny.post(`{"query":"{ hello }","variables":{"a":${variables}}}`, headers)
      expect(response.status).toBe(400)
      expect((await json(response)).errors?.[0]?.message).toContain('nested deeper')
    },
  )

  it('[T10] survives a list literal 900 deep', async () => {
    const response = await tiny.post({ query: `{ echo(text: ${'['.repeat(900)}${']'.repeat(900)}) }` })
    expect(response.status).toBe(400)
    expect((await tiny.post({ query: '{ hello }' })).status).toBe(200)
  })

  it.each(['', 'nonsense', 'null', '17', '"text"', '{}', '[]', '{"query":', '\u0000'])(
    'answers 400 to the body %j',
    async (body) => {
      const response = await tiny.post(body)
      expect(response.status).toBe(400)
      expect((await json(response)).errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT')
    },
  )

  it('[T18] ignores __proto__ and constructor keys', async () => {
    const body =
      '{"query":"query($t: String!) { echo(text: $t) }","variables":{"t":"x","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}'
    expect(await json(await tiny.post(body))).toEqual({ data: { echo: 'x' } })
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted')
    const top = await tiny.post('{"query":"{ hello }","__proto__":{"polluted":1}}')
    expect(top.status).toBeLessThan(500)
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted')
  })
})

describe('operations', () => {
  it('[T6] answers a batch of 5 and refuses one of 6 and of 1000', async () => {
    const batch = (n: number) => tiny.post(Array.from({ length: n }, () => ({ query: '{ hello }' })))
    expect((await batch(5)).status).toBe(200)
    expect((await batch(6)).status).toBe(413)
    expect((await batch(1000)).status).toBe(413)
  })

  it('[T14] runs nothing over GET', async () => {
    for (const query of ['{ hello }', 'mutation { touch }']) {
      const response = await fetch(`${tiny.url}?query=${encodeURIComponent(query)}`)
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toBe('POST')
    }
    expect(tiny.ran.touched).toBe(0)
  })

  it('[T14] refuses other methods', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      expect((await fetch(tiny.url, { method, body: '{}' })).status).toBe(405)
    }
  })

  it.each([
    ['application/x-www-form-urlencoded', 'query=mutation{touch}'],
    ['multipart/form-data; boundary=x', '--x\r\n\r\n--x--'],
    ['text/plain', '{"query":"mutation { touch }"}'],
    ['text/plain;application/json', '{"query":"mutation { touch }"}'],
  ])('[T15] refuses what a form of any page could send: %s', async (type, body) => {
    const response = await tiny.post(body, { 'content-type': type, 'x-graphql-yoga-csrf': '1' })
    expect(response.status).toBe(403)
    expect(tiny.ran.touched).toBe(0)
  })

  it('[T15] refuses a body of no type, and one that is not JSON', async () => {
    const status = await raw(['POST /graphql HTTP/1.1', 'Content-Length: 2'], (send) => send('{}'))
    expect(status).toBe('HTTP/1.1 403 Forbidden')
    expect((await tiny.post('{ hello }', { 'content-type': 'application/graphql' })).status).toBe(415)
  })

  it('[T21] refuses subscriptions over HTTP, alone and in a batch, and documents of several operations without a name', async () => {
    const subscription = { query: 'subscription { changes(since: "a") { to } }' }
    for (const body of [subscription, [{ query: '{ hello }' }, subscription]]) {
      const text = await (await tiny.post(body)).text()
      expect(text).toContain('web socket')
    }
    const several = await tiny.post({ query: 'query A { hello } query B { hello }' })
    expect(several.status).toBe(400)
    const stream = await tiny.post({ query: '{ many @stream(initialCount: 0) }' })
    expect((await json(stream)).errors?.[0]?.message).toContain('@stream')
  })

  it('[T20] lexes 100 kB of hostile text in linear time', async () => {
    const headers = { authorization: `Bearer ${await tiny.token()}` }
    const startedAt = performance.now()
    for (const text of [
      '\\u0000'.repeat(16_000),
      '"'.repeat(100_000),
      '#'.repeat(100_000),
      '{'.repeat(100_000),
    ]) {
      expect((await tiny.post({ query: text }, headers)).status).toBe(400)
    }
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })
})

describe('origins', () => {
  const evil = [
    'https://evil.example',
    'null',
    'https://people.example.com.evil.example',
    'https://evilpeople.example.com',
    'http://people.example.com',
    'https://people.example.com:8443',
    'https://PEOPLE.example.com',
  ]

  it.each(evil)('[T16] gives a page of %s nothing to read', async (origin) => {
    const preflight = await fetch(tiny.url, { method: 'OPTIONS', headers: { origin } })
    const answer = await tiny.post({ query: '{ hello }' }, { origin })
    for (const response of [preflight, answer]) {
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
      expect(response.headers.get('access-control-allow-credentials')).toBeNull()
    }
  })

  it('[T15] runs nothing for a page of another origin, nor for one whose name was rebound to us', async () => {
    const rebound = `evil.example:${tiny.port}`
    for (const headers of [
      { origin: 'https://evil.example' },
      { host: rebound, origin: `http://${rebound}` },
    ]) {
      const before = tiny.ran.touched
      expect(await postWith(headers, { query: 'mutation { touch }' })).toBe(403)
      expect(tiny.ran.touched).toBe(before)
    }
    expect(await postWith({ origin: `http://127.0.0.1:${tiny.port}` }, { query: '{ hello }' })).toBe(200)
  })

  it('[T16] lets the allowed origin and its own ask, and lets browsers keep the preflight for ten minutes', async () => {
    for (const origin of ['https://people.example.com', `http://127.0.0.1:${tiny.port}`]) {
      const preflight = await fetch(tiny.url, { method: 'OPTIONS', headers: { origin } })
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-allow-origin')).toBe(origin)
      expect(preflight.headers.get('access-control-max-age')).toBe('600')
      expect(preflight.headers.get('vary')).toContain('Origin')
      expect(preflight.headers.get('access-control-allow-credentials')).toBeNull()
    }
  })
})

describe('answers', () => {
  it.each(['crash', 'app', 'graphql'])('[T13] tells no details of a failure: %s', async (how) => {
    const response = await tiny.post({ query: `{ fail(how: "${how}") }` })
    const text = await response.text()
    for (const detail of ['SELECT', 'dc=', 'ou=', '/srv', 'ECONN', 'stack', 'originalError']) {
      expect(text).not.toContain(detail)
    }
  })

  it('[T13] masks a bug with the id under which it stands in the log', async () => {
    const response = await tiny.post({ query: '{ fail(how: "crash") }' })
    const { errors } = await json(response)
    const requestId = response.headers.get('x-request-id')
    expect(errors?.[0]).toMatchObject({
      message: 'Unexpected error.',
      extensions: { code: 'INTERNAL', requestId },
    })
    expect(tiny.lines.some((l) => l.includes(`"${requestId}"`) && l.includes('SELECT * FROM session'))).toBe(
      true,
    )
  })

  it('keeps code and message of an expected failure', async () => {
    const { errors } = await json(await tiny.post({ query: '{ fail(how: "app") }' }))
    expect(errors?.[0]).toMatchObject({
      message: 'The directory cannot be reached: try again later.',
      extensions: { code: 'UNAVAILABLE' },
    })
  })

  it('sends the headers that keep browsers from guessing, framing and caching', async () => {
    const { headers } = await tiny.post({ query: '{ hello }' })
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('shows GraphiQL to browsers, with everything in the page', async () => {
    const page = await fetch(tiny.url, { headers: { accept: 'text/html' } })
    const html = await page.text()
    expect(page.status).toBe(200)
    expect(html).toContain('YogaGraphiQL')
    expect(html).not.toMatch(/<(script|link)[^>]+(src|href)="?https?:/)
    // What stands under Headers signs subscriptions in as well.
    expect(html.match(/connectionParams:\w+\?\.headers/g)).toHaveLength(1)
  })

  it('refuses a bad token, but lets its bearer sign in', async () => {
    const headers = { authorization: 'Bearer nonsense' }
    const response = await tiny.post({ query: '{ hello }' }, headers)
    expect(response.status).toBe(401)
    expect((await json(response)).errors?.[0]).toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } })
    expect(await json(await tiny.post({ query: 'mutation { login(login: "x") }' }, headers))).toEqual({
      data: { login: 'in' },
    })
    const both = await tiny.post({ query: 'mutation { login(login: "x") touch }' }, headers)
    expect(both.status).toBe(401)
    expect(tiny.ran.touched).toBe(0)
  })

  it('knows who asks with a good token', async () => {
    const headers = { authorization: `Bearer ${await tiny.token()}` }
    const { data } = await json(await tiny.post({ query: '{ who }' }, headers))
    expect(data?.['who']).toBe('11111111-1111-4111-8111-111111111111')
  })
})

/** The status of a POST whose headers fetch would not let us choose. */
async function postWith(headers: Record<string, string>, body: unknown): Promise<number | undefined> {
  const post = request(tiny.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
  })
  post.end(JSON.stringify(body))
  const [response]: IncomingMessage[] = await once(post, 'response')
  response?.resume()
  return response?.statusCode
}
