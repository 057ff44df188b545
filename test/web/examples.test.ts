import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileStore } from 'dolores/sdk/node'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { setTitle } from '../../web/sdk/examples/edit.ts'
import { onLeavers } from '../../web/sdk/examples/leavers.ts'
import { live } from '../../web/sdk/examples/live.ts'
import { keepTable } from '../../web/sdk/examples/postgres-table.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { tokenFor } from '../support/pass.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'
import { Watched } from './watched.ts'

/** The examples of the SDK's README, as they stand there. */
let server: TestServer
let own: TestDatabase
let folder: string
beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  own = await createDatabase()
  folder = await mkdtemp(join(tmpdir(), 'dolores-examples-'))
  await server.login('hr', 'dolores')
})
afterAll(async () => {
  await own?.drop()
  await server?.close()
  await rm(folder, { recursive: true, force: true })
})

const ldif = (text: string) => server.slapd.ldapmodify(text)
const rename = (login: string, name: string) =>
  ldif(
    `dn: uid=${login},ou=people,${TEST_BASE}\nchangetype: modify\nreplace: displayName\ndisplayName: ${name}\n`,
  )
const fire = (login: string) => ldif(`dn: uid=${login},ou=people,${TEST_BASE}\nchangetype: delete\n`)
const ordinary = (rows: Watched['rows']) =>
  [...rows.staff.values()]
    .map(({ login }) => login)
    .filter((login) => !['hr', 'staff', 'guest'].includes(login))

it('stand in the README as they are', async () => {
  const sdk = join(import.meta.dirname, '../../web/sdk')
  const readme = await readFile(join(sdk, 'README.md'), 'utf8')
  for (const name of await readdir(join(sdk, 'examples')))
    expect(readme, name).toContain(`\`\`\`ts\n${await readFile(join(sdk, 'examples', name), 'utf8')}\`\`\``)
})

it('live: prints what is there, and each change', async () => {
  const lines: string[] = []
  let wake = () => {}
  const client = await live(server.url, join(folder, 'live'), (line) => {
    lines.push(line)
    wake()
  })
  const size = client.rows?.staff.size ?? 0
  expect(lines).toEqual([`${size} people in ${client.rows?.departments.size} departments`])
  const heard = new Promise<void>((resolve) => (wake = resolve))
  await rename('staff', 'Renamed')
  await heard
  expect(lines[1]).toMatch(/ -> Renamed$/)
  await client.close()
})

it('edit: shows the edit once it is made, and says in words why it is not', async () => {
  const hr = new Watched({
    url: server.url,
    token: (await server.login('hr', 'dolores')).tokens?.accessToken ?? '',
  })
  const staff = new Watched({ url: server.url, token: await tokenFor(server, 'staff') })
  await Promise.all([hr.client.ready(), staff.client.ready()])
  const id = hr.person('staff')?.id ?? ''
  expect(await setTitle(hr.client, id, 'Head of everything')).toBeNull()
  expect(hr.person('staff')?.title).toBe('Head of everything')
  expect(await setTitle(staff.client, id, 'No')).toBe('You do not administer this person.')
  await Promise.all([hr.close(), staff.close()])
})

it('postgres-table: the table is the copy, after whatever has happened', async () => {
  const pool = new pg.Pool({ connectionString: own.url, max: 2 })
  const hr = new Watched({ url: server.url, token: await tokenFor(server, 'hr') })
  const errors: unknown[] = []
  const table = await keepTable(hr.client, pool, (error) => errors.push(error))
  await hr.client.ready()
  const expectSame = async () => {
    await table.settled()
    const { rows } = await pool.query('SELECT id, name, title, departments FROM people ORDER BY id')
    const expected = [...hr.rows.staff.values()].map(({ id, name, title, memberships }) => ({
      id,
      name,
      title,
      departments: memberships.map((m) => m.departmentId),
    }))
    expect(rows).toEqual(expected.sort((a, b) => (a.id < b.id ? -1 : 1)))
  }
  await expectSame()
  const [first = '', second = ''] = ordinary(hr.rows)
  await rename(first, 'Somebody Else')
  await fire(second)
  await hr.until(() => hr.person(first)?.name === 'Somebody Else' && !hr.person(second))
  await expectSame()
  await hr.close()
  table.stop()
  await table.settled()
  expect(errors).toEqual([])
  await pool.end()
})

it('leavers: tells of whoever leaves, also while it was not there, and of nobody when a role is lost', async () => {
  const store = () => fileStore(join(folder, 'leavers'))
  const token = await tokenFor(server, 'hr')
  const gone: string[] = []
  const first = new Watched({ url: server.url, token, store: store() })
  onLeavers(first.client, ({ login }) => gone.push(login))
  await first.client.ready()
  const [one = '', two = ''] = ordinary(first.rows)
  await fire(one)
  await first.until(() => gone.includes(one))
  await first.close()

  await fire(two)
  const second = new Watched({ url: server.url, token, store: store() })
  onLeavers(second.client, ({ login }) => gone.push(login))
  await second.until(() => gone.includes(two))

  const guest = await server.slapd.idOf(`cn=guest,ou=roles,${TEST_BASE}`)
  const before = second.rows.staff.size
  await ldif(`dn: uid=hr,ou=people,${TEST_BASE}\nchangetype: modify\nreplace: dlrRole\ndlrRole: ${guest}\n`)
  await second.until(({ rows, status }) => status.kind === 'live' && (rows?.staff.size ?? before) < before)
  expect(gone).toEqual([one, two])
  await second.close()
})
