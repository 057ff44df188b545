import { afterEach, expect, it, vi } from 'vitest'
import { randomBytes } from 'node:crypto'
import { LdapPool } from '../../src/directory/pool.ts'
import { DirectoryWriter } from '../../src/directory/writer.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { createDatabase } from '../support/database.ts'
import { Device } from '../support/device.ts'
import { startServer } from '../support/server.ts'
import { startSlapd, TEST_BASE } from '../support/slapd.ts'
import { SmallDisk } from '../support/small-disk.ts'

const PATIENCE = { timeout: 60_000, interval: 50 }

let cleanUp: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanUp.toReversed()) await clean()
  cleanUp = []
})

it('[T84] a directory on a full disk refuses writes and is still followed and asked; what it then takes comes to the clients', async () => {
  const disk = await SmallDisk.mount(64)
  const database = await createDatabase()
  cleanUp.push(
    () => disk.unmount(),
    () => database.drop(),
  )
  const ldif = [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('')
  const slapd = await startSlapd({ ldif, within: disk.path })
  const server = await startServer({ slapd, database })
  const pool = new LdapPool(slapd.options)
  cleanUp.push(
    () => slapd.stop(),
    () => server.close(),
    () => pool.close(),
  )
  const device = new Device(await server.login('hr', 'dolores'))
  await device.load()

  const writer = new DirectoryWriter(pool)
  const dn = `uid=staff,${slapd.layout.people}`
  const put = (attribute: string, text: string) =>
    writer.modify(dn, [{ operation: 'replace', attribute, values: [text] }])
  await disk.fill(2000)
  let taken = 'before'
  const filling = (async () => {
    for (let n = 0; n < 1000; n++) {
      const description = randomBytes(100_000).toString('base64')
      const person = {
        objectClass: ['inetOrgPerson', 'dlrPerson'],
        uid: `x${n}`,
        cn: 'x',
        sn: 'x',
        description,
      }
      await writer.add(`uid=x${n},${slapd.layout.people}`, person)
      await put('title', `taken ${n}`)
      taken = `taken ${n}`
    }
  })()
  await expect(filling).rejects.toThrow()
  const health = await fetch(`${server.url}/readyz`)
  expect(await health.json()).toMatchObject({ status: 'ready', directory: 'up' })
  await server.client().login('hr', 'dolores')
  expect(await slapd.ldapsearch('(uid=staff)', 'title')).toContain(taken)

  await disk.free()
  await vi.waitFor(() => put('title', 'room again'), PATIENCE)
  await vi.waitFor(async () => {
    await device.catchUp()
    expect(JSON.stringify([...device.copy.staff.values()])).toContain('room again')
  }, PATIENCE)
  const fresh = await new Device(device.client).load()
  expect(device.copy).toEqual(fresh)
}, 180_000)
