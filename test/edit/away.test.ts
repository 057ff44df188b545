import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../support/client.ts'
import { type EditWorld, startEditWorld } from './world.ts'

/** What edits answer while something that they need is away: they are refused whole, and come when it is back (L1, T77, T78). */
let world: EditWorld
beforeEach(async () => {
  world = await startEditWorld()
})
afterEach(async () => await world?.close())

const person = () => [...world.state.all('staff')].find((s) => s.login === 'staff')?.id ?? ''
const titled = async (client: Client, title: string, key: string | null = null) =>
  await client.ask(
    `mutation ($input: UpdateStaffInput!) { updateStaff(input: $input) { __typename ... on StaffEdited { version } } }`,
    { input: { id: person(), title, ...(key === null ? {} : { idempotencyKey: key }) } },
  )
const codeOf = (answer: Awaited<ReturnType<typeof titled>>) => answer.errors[0]?.extensions['code']
const inDirectory = async () => await world.server.slapd.ldapsearch('(uid=staff)', 'title')

/** As after a fail-over to a standby: what was connected is cut off, and whoever comes back may only read. */
async function isReadOnly(is: boolean): Promise<void> {
  const { database } = world.server
  const name = new URL(database.url).pathname.slice(1)
  const set = is ? 'SET default_transaction_read_only = on' : 'RESET ALL'
  await database.sql(`BEGIN READ WRITE; ALTER DATABASE ${name} ${set}; COMMIT`)
  await database.sql(`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'dolores%'`)
}

describe('[L1] an edit', () => {
  it('[T77] is UNAVAILABLE without the directory, and comes with the same key when it is back', async () => {
    await world.server.slapd.kill9()
    expect(codeOf(await titled(world.hr.client, 'Away', 'once'))).toBe('UNAVAILABLE')
    expect(world.state.get('staff', person())?.title).not.toBe('Away')
    await world.server.slapd.restart()
    await expect
      .poll(async () => (await titled(world.hr.client, 'Away', 'once')).errors.length, { timeout: 20_000 })
      .toBe(0)
    expect(world.state.get('staff', person())?.title).toBe('Away')
  })

  it('[T78] is UNAVAILABLE when the database takes nothing (a standby after a fail-over), and nothing of it reaches the directory', async () => {
    const before = await inDirectory()
    await isReadOnly(true)
    expect(codeOf(await titled(world.hr.client, 'Lost'))).toBe('UNAVAILABLE')
    expect(await inDirectory()).toBe(before)
    await isReadOnly(false)
    await expect
      .poll(async () => (await titled(world.hr.client, 'Found')).errors.length, { timeout: 20_000 })
      .toBe(0)
    expect(await inDirectory()).toContain('title: Found')
  })

  it('is UNAVAILABLE while nothing is taken from the directory, so that nothing is written that nobody would see', async () => {
    const { database } = world.server
    await database.sql("UPDATE source SET stopped = 'a test says so'")
    const before = await inDirectory()
    expect(codeOf(await titled(world.hr.client, 'Unseen'))).toBe('UNAVAILABLE')
    expect(await inDirectory()).toBe(before)
    await database.sql('UPDATE source SET stopped = NULL')
    expect((await titled(world.hr.client, 'Seen')).errors).toEqual([])
  })
})
