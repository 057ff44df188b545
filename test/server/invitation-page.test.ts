import { createHash } from 'node:crypto'
import { parse, validate } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../../schema/schema.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let page: string
let policy: string
beforeAll(async () => {
  server = await startServer()
  const response = await fetch(`${server.url}/invitation`)
  page = await response.text()
  policy = response.headers.get('content-security-policy') ?? ''
})
afterAll(async () => await server?.close())

describe('the page of an invitation', () => {
  it('[T110] runs its own script and nothing else', () => {
    const [script = '', ...more] = [...page.matchAll(/<script>([^]*?)<\/script>/g)].map(([, text]) => text)
    expect(more).toEqual([])
    const sha = createHash('sha256').update(script).digest('base64')
    expect(policy).toContain(`script-src 'sha256-${sha}';`)
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
    expect(page).not.toMatch(/<[a-z]+ [^>]*\s(on[a-z]+|src|href)=/)
  })

  it('asks what the schema has', () => {
    const query = /const query = '([^']+)'/.exec(page)?.[1] ?? ''
    expect(validate(schema, parse(query))).toEqual([])
  })
})
