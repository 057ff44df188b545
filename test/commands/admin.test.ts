import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/server.ts'

const SCRIPT = fileURLToPath(new URL('../../src/commands/admin.ts', import.meta.url))

/** An empty directory: nobody is there yet. */
let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => await server?.close())

interface Ended {
  readonly code: number | null
  readonly text: string
}
function admin(args: readonly string[], input = ''): Promise<Ended> {
  const { LDAP_URLS, LDAP_BASE_DN, LDAP_BIND_DN, LDAP_BIND_PASSWORD } = server.config
  const env = {
    ...process.env,
    LDAP_URLS: LDAP_URLS.join(','),
    LDAP_BASE_DN,
    LDAP_BIND_DN,
    LDAP_BIND_PASSWORD,
    DATABASE_URL: server.database.url,
  }
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, ...args], { env })
    let text = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => (text += part.toString()))
    child.on('close', (code) => resolve({ code, text }))
    child.stdin.end(input)
  })
}

describe('npm run admin', () => {
  it('makes the first administrator of an empty directory, who can then make everything else', async () => {
    expect(
      await admin(['boss', '--create', '王 Boss', '--password-stdin'], 'correct horse battery\n'),
    ).toMatchObject({ code: 0 })
    const client = await server.login('boss', 'correct horse battery')
    const { createType } = await client.query(
      `mutation { createType(input: { appliesTo: STAFF, name: "Employee" }) { __typename ... on CatalogueEdited { id } } }`,
    )
    expect(createType).toMatchObject({ __typename: 'CatalogueEdited' })
  })

  it('breaks the glass: a disabled person without rights gets back in, and one role is enough', async () => {
    expect((await admin(['second', '--create', 'Second', '--password-stdin'], 'first password\n')).code).toBe(
      0,
    )
    const roles = () =>
      [...server.instance.replica.state.all('role')].filter((r) => r.name === 'Administrator')
    const second = () => [...server.instance.replica.state.all('staff')].find((s) => s.login === 'second')
    await server.until(() => second() !== undefined)
    await server.slapd.ldapmodify(
      `dn: uid=second,ou=people,dc=dolores,dc=test\nchangetype: modify\nreplace: dlrDisabled\ndlrDisabled: TRUE\n-\nreplace: dlrLeaveDate\ndlrLeaveDate: 2020-01-01\n-\ndelete: dlrRole\n`,
    )
    await server.until(() => second()?.status === 'DISABLED')
    const ended = await admin(['second', '--password-stdin'], 'another password\n')
    expect(ended).toMatchObject({ code: 0, text: expect.stringContaining('enabled') })
    expect(ended.text).not.toContain('another password')
    await server.until(() => second()?.status === 'ACTIVE' && (second()?.roleIds.length ?? 0) > 0)
    await server.login('second', 'another password')
    const records = await server.database.sql(
      `SELECT action FROM audit WHERE action = 'admin.command' AND subject_id = '${second()?.id}'`,
    )
    expect(records).toHaveLength(2)
    expect(roles()).toHaveLength(1)
    expect(await admin(['second'])).toMatchObject({ code: 0, text: expect.stringContaining('already') })
  })

  it('says what to do', async () => {
    expect(await admin([])).toMatchObject({
      code: 1,
      text: expect.stringContaining('npm run admin -- LOGIN'),
    })
    expect(await admin(['nobody.there'])).toMatchObject({
      code: 1,
      text: expect.stringContaining('--create'),
    })
    expect(await admin(['boss', '--password-stdin'], 'short\n')).toMatchObject({
      code: 1,
      text: expect.stringContaining('8 characters'),
    })
    expect(await admin(['*)(uid=*'])).toMatchObject({
      code: 1,
      text: expect.stringContaining('Nobody has the login'),
    })
  })
})
