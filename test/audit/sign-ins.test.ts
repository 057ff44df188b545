import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'
import { auditOf } from './log.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  await server.login('staff', 'dolores')
})
afterAll(async () => await server?.close())

it('[T90] [T91] [T100] sign-ins that are refused stand in the log: of whose account, and never what was typed', async () => {
  const typed = 'my-secret-typed-as-login'
  await server.client().tryLogin('staff', 'wrong-password-canary')
  await server.client().tryLogin(typed, 'x')
  const refused = await vi.waitFor(async () => {
    const records = (await auditOf(server.database)).filter(
      (r) => r.action === 'session.start' && r.outcome === 'REFUSED',
    )
    expect(records).toHaveLength(2)
    return records
  })
  const staff = [...server.instance.replica.state.all('staff')].find((s) => s.login === 'staff')
  expect(refused.map((r) => r.subjectId)).toEqual([staff?.id, null])
  const everything = JSON.stringify(refused) + server.lines.join('\n')
  expect(everything).not.toMatch(/my-secret-typed|wrong-password-canary/)
})
