import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { Entry, EntryKind } from '../../src/model/entry.ts'
import { Glyphs } from '../../src/picture/glyphs.ts'
import type { Client } from '../support/client.ts'
import { oracleView } from '../support/oracle.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

const KINDS: readonly EntryKind[] = [
  'department',
  'departmentType',
  'fieldDefinition',
  'role',
  'rule',
  'staff',
  'staffType',
]
const MISSING = '00000000-0000-4000-8000-000000000000'

let server: TestServer
let hr: Client
let guest: Client
beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  hr = await server.login('hr', 'dolores')
  guest = await server.login('guest', 'dolores')
})
afterAll(() => server?.close())

function seenBy(login: string) {
  const { state } = server.instance.replica
  const entries = KINDS.flatMap((kind): Entry[] => [...state.all(kind)])
  const viewer = [...state.all('staff')].find((s) => s.login === login)
  return oracleView(entries, viewer?.id ?? '')
}

const idsIn = (svg: string) => [...svg.matchAll(/data-id="([^"]+)"/g)].map(([, id = '']) => id).sort()
const textOf = async (response: Response) => ({ status: response.status, text: await response.text() })

it('[T40] charts need the session', async () => {
  for (const path of ['/chart.svg', '/chart.png?by=managers', '/chart.svg?depth=no']) {
    const answer = await server.client().get(path)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  }
  const posted = await fetch(`${server.url}/chart.svg`, { method: 'POST' })
  expect(posted.status).toBe(405)
})

it('[T40] charts name exactly what the viewer sees, people and departments', async () => {
  for (const [client, login] of [
    [hr, 'hr'],
    [guest, 'guest'],
  ] as const) {
    const { departments, staff } = seenBy(login)
    expect(idsIn(await (await client.get('/chart.svg')).text())).toEqual([...departments.keys()].sort())
    const people = await (await client.get('/chart.svg?by=managers')).text()
    expect(idsIn(people)).toEqual([...staff.keys()].sort())
  }
  expect(seenBy('guest').staff.size).toBeLessThan(seenBy('hr').staff.size)
})

it('[T40] hidden, missing and malformed roots answer the same bytes', async () => {
  const seen = seenBy('guest')
  const hidden = [...seenBy('hr').departments.keys()].find((id) => !seen.departments.has(id)) ?? ''
  const colleague = [...seenBy('hr').staff.keys()].find((id) => !seen.staff.has(id)) ?? ''
  expect([hidden.length, colleague.length]).toEqual([36, 36])
  for (const path of ['/chart.svg?', '/chart.png?', '/chart.svg?by=managers&', '/chart.png?by=managers&']) {
    const roots = [hidden, colleague, MISSING, 'x', '', '%00', '../../etc']
    const answers = await Promise.all(
      roots.map(async (root) => textOf(await guest.get(`${path}root=${root}`))),
    )
    expect(answers[0]?.status).toBe(404)
    for (const answer of answers) expect(answer).toEqual(answers[0])
  }
})

it('[T73] [T110] a chart is kept by nobody else, asked about each time, and nothing in it runs', async () => {
  const chart = await hr.get('/chart.svg?depth=1')
  expect(chart.headers.get('content-type')).toBe('image/svg+xml')
  expect(chart.headers.get('cache-control')).toBe('private, no-cache')
  expect(chart.headers.get('vary')).toContain('Authorization')
  expect(chart.headers.get('x-content-type-options')).toBe('nosniff')
  expect(chart.headers.get('content-security-policy')).toContain('sandbox')
  const etag = chart.headers.get('etag') ?? ''
  expect((await hr.get('/chart.svg?depth=1', { 'if-none-match': etag })).status).toBe(304)
  expect((await hr.get('/chart.svg?depth=2', { 'if-none-match': etag })).status).toBe(200)
})

it('a chart begins where it is told to, and ends at a depth', async () => {
  const { departments } = seenBy('hr')
  const parent = [...departments.values()].find((d) => d.parentId !== null)?.parentId ?? ''
  const one = await (await hr.get(`/chart.svg?root=${parent}&depth=1`)).text()
  expect(idsIn(one)).toEqual([parent])
  const two = await (await hr.get(`/chart.svg?root=${parent}&depth=2`)).text()
  const children = [...departments.values()].filter((d) => d.parentId === parent)
  expect(idsIn(two)).toEqual([parent, ...children.map(({ id }) => id)].sort())
})

it('a chart is a PNG for those who ask, where there are fonts for it, and otherwise says what to do', async () => {
  const { departments, staff } = seenBy('hr')
  const [department] = departments.keys()
  const [person] = staff.keys()
  for (const query of [`root=${department}&depth=1`, `by=managers&root=${person}&depth=1`]) {
    const svg = await (await hr.get(`/chart.svg?${query}`)).text()
    const written = [...svg.matchAll(/>([^<>]+)</g)].map(([, text]) => text).join('')
    const letters = [...(await new Glyphs().missingIn(written))].filter((c) => /[\p{L}\p{N}]/u.test(c))
    const answer = await hr.get(`/chart.png?${query}`)
    expect(answer.status).toBe(letters.length > 0 ? 501 : 200)
    if (answer.status === 501) expect(await answer.text()).toContain('ask for /chart.svg')
    else {
      const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? []
      const { format, ...size } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata()
      expect([format, size.width, size.height]).toEqual(['png', Number(width), Number(height)])
      expect(answer.headers.get('content-type')).toBe('image/png')
    }
  }
})

it('what cannot be asked is refused with an advice', async () => {
  for (const query of ['by=salary', 'by=', 'depth=0', 'depth=-1', 'depth=101', 'depth=1e1', 'depth=']) {
    const { status, text } = await textOf(await hr.get(`/chart.svg?${query}`))
    expect(status, query).toBe(400)
    expect(text).toContain('?by= departments or managers')
  }
})
