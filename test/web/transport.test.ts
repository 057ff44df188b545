import { expect, it } from 'vitest'
import { LogoutDocument, NodeDocument } from '../../web/generated/graphql.ts'
import { DirectoryError } from '../../web/sdk/errors.ts'
import { createTransport, endpointOf } from '../../web/sdk/transport.ts'

/** A server that answers what the test says, and remembers what it was asked with. */
function answering(answer: (authorization: string | null) => { status?: number; text: string }) {
  const asked: (string | null)[] = []
  const ask: typeof fetch = (_, init) => {
    const authorization = new Headers(init?.headers).get('authorization')
    asked.push(authorization)
    const { status = 200, text } = answer(authorization)
    return Promise.resolve(new Response(text, { status }))
  }
  return { asked, ask }
}

const ok = { text: '{"data":{"logout":true}}' }
const refused = {
  status: 401,
  text: '{"errors":[{"message":"The access token has expired","extensions":{"code":"UNAUTHENTICATED"}}]}',
}
const codeOf = (answer: Promise<unknown>) =>
  answer.then(
    () => 'answered',
    (error: unknown) => (error instanceof DirectoryError ? error.code : error),
  )

it('a token that has run out is renewed once, however many ask with it', async () => {
  const { ask } = answering((authorization) => (authorization === 'Bearer new' ? ok : refused))
  const calls: (string | null)[] = []
  const getToken = (old: string | null) => {
    calls.push(old)
    return Promise.resolve(old === null ? 'old' : 'new')
  }
  const { request } = createTransport({ url: 'http://directory', getToken, fetch: ask })
  const answers = await Promise.all([1, 2, 3].map(() => request(LogoutDocument)))
  expect(answers).toEqual([{ logout: true }, { logout: true }, { logout: true }])
  expect(calls).toEqual([null, 'old'])
})

it('a token that is refused when it is new is an end, not a loop', async () => {
  const { ask, asked } = answering(() => refused)
  const { request } = createTransport({ url: 'http://directory', getToken: (old) => `${old}!`, fetch: ask })
  expect(await codeOf(request(LogoutDocument))).toBe('UNAUTHENTICATED')
  expect(asked.length).toBe(2)
})

it.each([
  ['a server that is away', { status: 502, text: '<html>Bad gateway</html>' }, 'UNREACHABLE'],
  ['another server', { text: '<html>Welcome</html>' }, 'UNEXPECTED_ANSWER'],
  [
    'a server that is not well',
    { text: '{"errors":[{"message":"m","extensions":{"code":"UNAVAILABLE"}}]}' },
    'UNAVAILABLE',
  ],
  ['an error of tomorrow', { text: '{"errors":[{"message":"m","extensions":{"code":"NEW"}}]}' }, 'UNKNOWN'],
])('[T57] %s is told by its code', async (_, answer, code) => {
  const { ask } = answering(() => answer)
  const { request } = createTransport({ url: 'http://directory', token: 't', fetch: ask })
  expect(await codeOf(request(NodeDocument, { id: 'x' }))).toBe(code)
})

it('without a network, or given up by the caller, a request says which', async () => {
  const broken: typeof fetch = (_, init) =>
    init?.signal?.aborted ? Promise.reject(init.signal.reason) : Promise.reject(new TypeError('fetch failed'))
  const { request } = createTransport({ url: 'http://directory', fetch: broken })
  expect(await codeOf(request(LogoutDocument))).toBe('UNREACHABLE')
  expect(await codeOf(request(LogoutDocument, {}, { signal: AbortSignal.abort() }))).toBe('CLOSED')
})

it('a directory may stand below a path, with or without its last part', () => {
  expect(endpointOf('https://x.example/hr/')).toBe('https://x.example/hr/graphql')
  expect(endpointOf('https://x.example/hr/graphql')).toBe('https://x.example/hr/graphql')
})
