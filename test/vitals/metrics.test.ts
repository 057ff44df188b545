import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OPERATION_NAMES } from '../../schema/operation-names.ts'
import { ERROR_CODES } from '../../src/errors.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { metricsText } from '../../src/vitals/exposition.ts'
import { Traffic } from '../../src/vitals/traffic.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

const LDIF = [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('')
const TOKEN = 'a-token-of-the-tests-that-is-long-enough'
/** Over the wire; the labels themselves are tried with 10,000. */
const NAMES = 100

let server: TestServer

beforeAll(async () => {
  server = await startServer({ ldif: LDIF, settings: { METRICS_TOKEN: TOKEN } })
  await server.login('hr', 'dolores')
})
afterAll(() => server?.close())

async function scrape(headers: Record<string, string>, at = server): Promise<Response> {
  return await fetch(`${at.url}/metrics`, { headers })
}

async function metrics(): Promise<string> {
  const response = await scrape({ authorization: `Bearer ${TOKEN}` })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  return await response.text()
}

/** Value of the series that begins so. */
function valueOf(text: string, series: string): number | null {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return line === undefined ? null : Number(line.slice(series.length))
}

describe('what Prometheus reads', () => {
  it('[T101] is told to nobody without the token of its own: neither to strangers nor to whoever is signed in', async () => {
    const { accessToken } = await server.client().login('hr', 'dolores')
    const others = [{}, { authorization: 'Bearer no' }, { authorization: `Bearer ${accessToken}` }]
    for (const headers of [...others, { authorization: `Basic ${TOKEN}` }]) {
      const response = await scrape(headers)
      expect(response.status).toBe(401)
      expect(await response.text()).not.toContain('dolores_')
    }
    const post = { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } }
    expect((await fetch(`${server.url}/metrics`, post)).status).toBe(405)
  })

  it('[T101] is not there where no token is set', async () => {
    const { slapd, database } = server
    const other = await startServer({ slapd, database })
    try {
      for (const authorization of ['Bearer ', `Bearer ${TOKEN}`])
        expect((await scrape({ authorization }, other)).status).toBe(404)
    } finally {
      await other.close()
    }
  })

  it('[T101] names of operations, paths and methods that clients make up come to one series, and stand nowhere in it', async () => {
    await server.client().ask('query Bomb { __typename }')
    const series = 'dolores_graphql_duration_seconds_count{operation="other",code="ok"}'
    const before = await metrics()
    const asked = Array.from({ length: NAMES }, async (_, i) => {
      await server.client().ask(`query Bomb${i} { __typename }`)
      await fetch(`${server.url}/bomb${i}/x`, { method: i % 2 === 0 ? 'PUT' : 'GET' })
    })
    await Promise.all(asked)
    const text = await metrics()
    expect(text).not.toMatch(/bomb/i)
    expect(valueOf(text, series)).toBe((valueOf(before, series) ?? 0) + NAMES)
    // A histogram for each of: pages asked for, and asked for by a method that there is not.
    expect(text.split('\n').length - before.split('\n').length).toBeLessThan(80)
  })

  it('[T101] operations that we publish have series of their own, with codes of the table', async () => {
    const client = await server.login('hr', 'dolores')
    await client.ask('query Viewer { viewer { staff { id } } }')
    await server.client().ask('query Viewer { viewer { staff { id } } }')
    const labels = [...(await metrics()).matchAll(/_count\{operation="(\w+)",code="(\w+)"\}/g)]
    expect(labels.map(([, name]) => name)).toContain('Viewer')
    for (const [, name = '', code = ''] of labels) {
      expect([...OPERATION_NAMES, 'other']).toContain(name)
      expect([...ERROR_CODES, 'ok', 'other']).toContain(code)
    }
  })

  it('tells how the house is, and nothing of anybody', async () => {
    const text = await metrics()
    for (const up of ['database_up', 'directory_up', 'projector_up', 'leader'])
      expect([up, valueOf(text, `dolores_${up}`)]).toEqual([up, 1])
    const version = server.instance.replica.version
    expect(valueOf(text, 'dolores_changelog_version')).toBe(version)
    expect(valueOf(text, 'dolores_replica_version')).toBe(version)
    expect(valueOf(text, 'dolores_projector_stopped')).toBe(0)
    expect(valueOf(text, 'dolores_webhooks{state="failing"}')).toBe(0)
    expect(valueOf(text, 'dolores_imports{state="waiting"}')).toBe(0)
    expect(valueOf(text, 'process_resident_memory_bytes')).toBeGreaterThan(1e7)
    const people = [...server.instance.replica.state.all('staff')]
    for (const { id, name, login } of people) {
      expect(text).not.toContain(id)
      expect(text).not.toContain(`"${name}"`)
      expect(text).not.toContain(`"${login}"`)
    }
  })

  it('is in the form that Prometheus reads: each family once, with its type, and buckets that add up', async () => {
    const text = await metrics()
    const families = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name]) => name)
    expect(new Set(families).size).toBe(families.length)
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? [-+.\deInf]+)$/)
    const all = /^(\w+)_bucket\{(.*),le="\+Inf"\} (\d+)$/gm
    for (const [, name, labels, value] of text.matchAll(all))
      expect(valueOf(text, `${name}_count{${labels}}`)).toBe(Number(value))
  })

  it('still answers while the directory is away, and says so', async () => {
    server.slapd.pause()
    try {
      await expect
        .poll(async () => valueOf(await metrics(), 'dolores_directory_up'), { timeout: 20_000 })
        .toBe(0)
      expect(valueOf(await metrics(), 'dolores_database_up')).toBe(1)
    } finally {
      server.slapd.resume()
    }
  }, 60_000)
})

describe('the labels of requests', () => {
  it('[T101] 10,000 names, codes, paths and methods of a client come to one series, those of ours to one each', () => {
    const traffic = new Traffic({ operations: ['Snapshot'], routes: ['graphql'] })
    const linesOf = () => metricsText(traffic.families).split('\n').length
    const ask = (name: string) => {
      traffic.executed(name, `${name}_CODE`, 1)
      traffic.answered(`/${name}/graphql`, name, 200, 1)
    }
    ask('first')
    const before = linesOf()
    for (let n = 0; n < 10_000; n++) ask(`__proto__${n}\n"} 1`)
    expect(linesOf()).toBe(before)
    traffic.executed('Snapshot', 'UNAVAILABLE', 1)
    traffic.answered('/graphql', 'POST', 200, 1)
    const text = metricsText(traffic.families)
    expect(text).toContain('{operation="Snapshot",code="UNAVAILABLE"}')
    expect(text).toContain('{route="graphql",method="POST",status="2xx"}')
    expect(text).not.toContain('__proto__')
  })
})
