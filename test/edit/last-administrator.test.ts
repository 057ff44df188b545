import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Role } from '../../src/model/entry.ts'
import { type Administrator, type EditWorld, startEditWorld } from './world.ts'

/** Whoever may do away with an administrator is one; so what is left to refuse is what they do to themselves, at once or by a date. */
let world: EditWorld
let hrId: string
let administrators: Role
let other: Administrator
let otherId: string
beforeAll(async () => {
  world = await startEditWorld()
  hrId = only([...world.state.all('staff')].find((s) => s.login === 'hr')).id
  administrators = only([...world.state.all('role')].find((r) => r.name === 'Administrator'))
  const clerk = only(
    [...world.state.all('staff')].find(
      (s) => s.status === 'ACTIVE' && s.roleIds.length === 1 && s.id !== hrId,
    ),
  )
  otherId = clerk.id
  expect(await world.hr.edit('setStaffRoles', { id: otherId, roleIds: [administrators.id] })).toMatchObject(
    EDITED,
  )
  other = await world.as(clerk.login)
})
afterAll(async () => await world?.close())

const only = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('there is none')
  return value
}
const EDITED = { __typename: expect.stringMatching(/Edited$/) }
const LAST = { __typename: 'EditRefused', code: 'LAST_ADMINISTRATOR' }

/** Every way to lose one of two, asked of both at the same moment, by the other one. */
const WAYS: readonly (readonly [string, string, (id: string) => Record<string, unknown>])[] = [
  ['disabling', 'updateStaff', (id) => ({ id, isDisabled: true })],
  ['taking the role away', 'setStaffRoles', (id) => ({ id, roleIds: [] })],
  ['deleting', 'deleteStaff', (id) => ({ id })],
]

/** Both administer everything again. */
async function mended(): Promise<void> {
  for (const [id, by] of [
    [hrId, other],
    [otherId, world.hr],
  ] as const) {
    const person = only(world.state.get('staff', id))
    if (person.status === 'TRASHED') expect(await by.edit('restoreStaff', { id })).toMatchObject(EDITED)
    if (person.status === 'DISABLED')
      expect(await by.edit('updateStaff', { id, isDisabled: false })).toMatchObject(EDITED)
    if (!person.roleIds.includes(administrators.id))
      expect(await by.edit('setStaffRoles', { id, roleIds: [administrators.id] })).toMatchObject(EDITED)
  }
  other = await world.as(only(world.state.get('staff', otherId)).login)
  await world.hr.client.login('hr', 'dolores')
}

describe('[T36] somebody who administers everything is left', () => {
  beforeEach(async () => await mended())

  it('when a role of them all loses its abilities', async () => {
    expect(
      await world.hr.edit('updateRole', {
        id: administrators.id,
        abilities: [{ name: '*', scope: 'ORGANISATION', departmentId: null, fields: ['title'] }],
      }),
    ).toMatchObject(LAST)
    expect(await world.hr.edit('updateRole', { id: administrators.id, abilities: [] })).toMatchObject(LAST)
    expect(world.state.get('role', administrators.id)?.abilities).toEqual(administrators.abilities)
    expect(await world.hr.edit('updateRole', { id: administrators.id, description: 'All' })).toMatchObject(
      EDITED,
    )
  })

  it.each(WAYS)('when two do away with each other at the same moment, by %s', async (_, mutation, input) => {
    // Whoever comes second may have no session any more.
    const answers = await Promise.allSettled([
      world.hr.edit(mutation, input(otherId)),
      other.edit(mutation, input(hrId)),
    ])
    const done = answers.filter((a) => a.status === 'fulfilled' && a.value.__typename.endsWith('Edited'))
    expect(done).toHaveLength(1)
    const left = [hrId, otherId].flatMap((id) => world.state.get('staff', id) ?? [])
    expect(left.filter((s) => s.status === 'ACTIVE' && s.roleIds.includes(administrators.id))).toHaveLength(1)
  })

  it('when the leave date of the last one has come: they stay, and the log of the server says so', async () => {
    expect(await world.hr.edit('setStaffRoles', { id: otherId, roleIds: [] })).toMatchObject(EDITED)
    const { slapd } = world.server
    const dated = (operation: string) =>
      slapd.ldapmodify(`dn: uid=hr,${slapd.layout.people}\nchangetype: modify\n${operation}\n`)
    await dated('replace: dlrLeaveDate\ndlrLeaveDate: 2020-01-01')
    await vi.waitFor(() => expect(world.server.lines.join('\n')).toContain('is not disabled yet'), 10_000)
    expect(world.state.get('staff', hrId)?.status).toBe('ACTIVE')
    await dated('delete: dlrLeaveDate')
    await world.server.until(() => world.state.get('staff', hrId)?.leaveDate === null)
  })
})
