import { afterAll, beforeAll, expect, it } from 'vitest'
import { LdapPool } from '../../src/directory/pool.ts'
import { DirectoryWriter } from '../../src/directory/writer.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { rowsOf } from '../support/apply.ts'
import { Device } from '../support/device.ts'
import { oracleDigest } from '../support/oracle-digest.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

const EDITS = 1000

let server: TestServer
beforeAll(async () => {
  server = await startServer({
    ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join(''),
    // Many leavers in a row are wanted here (L6).
    settings: { MASS_DELETE_PERCENT: '100' },
  })
})
afterAll(() => server?.close())

/** Titles, phones, names, retypes, leavers and moves, spread over everybody; a function of `n` alone. */
async function edit(writer: DirectoryWriter, logins: readonly string[], n: number): Promise<void> {
  const { people } = server.slapd.layout
  const dn = `uid=${logins[(n * 37) % logins.length]},${people}`
  const set = (attribute: string, ...values: string[]) =>
    writer.modify(dn, [{ operation: 'replace' as const, attribute, values }])
  const acts = [
    () => set('title', `Title ${n}`),
    () => set('mobile', `+86 139 0000 ${String(n).padStart(4, '0')}`),
    () => set('displayName', `Name ${n}`),
    () => set('dlrDisabled', n % 2 ? 'TRUE' : 'FALSE'),
    () => set('dlrManager'),
  ]
  await acts[n % acts.length]?.()
}

it('[D2] [D10] offline at v, back at v+1000: the net difference, and the result equals a fresh snapshot', async () => {
  const logins = ['hr', 'staff', 'guest']
  const devices = await Promise.all(logins.map(async (l) => new Device(await server.login(l, 'dolores'))))
  for (const device of devices) await device.load()
  const start = server.instance.replica.version
  const active = [...server.instance.replica.state.all('staff')].filter((s) => s.status === 'ACTIVE')
  const others = active.map((s) => s.login).filter((login) => !logins.includes(login))
  const pool = new LdapPool(server.slapd.options)
  const writer = new DirectoryWriter(pool)
  for (let n = 0; server.instance.replica.version < start + EDITS;) {
    await Promise.all(Array.from({ length: 8 }, () => edit(writer, others, n++)))
  }
  await pool.close()
  for (const device of devices) {
    const pages = await device.catchUp(50)
    const told = pages.flatMap((page) => page.changes.map((c) => c.id))
    expect(new Set(told).size).toBe(told.length)
    const fresh = await new Device(device.client).load()
    await device.catchUp()
    expect(device.copy.cursor).toBe(fresh.cursor)
    expect(device.copy.departments).toEqual(fresh.departments)
    expect(device.copy.staff).toEqual(fresh.staff)
    expect(device.copy.digest).toBe(oracleDigest(rowsOf(fresh)))
  }
}, 120_000)
