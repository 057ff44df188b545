import { describe, expect, it } from 'vitest'
import { Caller } from '../../schema/context.ts'
import { World } from './world.ts'

describe('Caller', () => {
  it('[V9] shares one view while the state stands still, and none of them outlives a change of grants', () => {
    const world = new World()
    const me = world.person(0)
    const caller = new Caller(world.services.sync, { staffId: me.id, sessionId: 's' })
    expect(caller.view).toBe(caller.view)
    expect(world.asked).toEqual(['view'])
    expect(caller.view.staff(me.id)).not.toBeNull()
    world.company.put({ ...me, roleIds: [] })
    world.company.commit()
    world.catchUp()
    expect(caller.view.staff(me.id)).toBeNull()
  })

  it('sees nothing before somebody signed in, and with their eyes from then on', () => {
    const world = new World()
    const { id } = world.person(0)
    const caller = new Caller(world.services.sync, null)
    expect(caller.view.staff(id)).toBeNull()
    caller.signIn({ staffId: id, sessionId: 's' })
    expect(caller.view.staff(id)).not.toBeNull()
    expect(caller.signedIn?.sessionId).toBe('s')
  })

  it('[K3] takes the view after the wait, from a history that was replaced meanwhile', async () => {
    const world = new World()
    const { id } = world.person(0)
    const sync = { ...world.services.sync, waitFor: async () => world.history.replace([]) }
    const caller = new Caller(sync, { staffId: id, sessionId: 's' })
    expect(caller.view.staff(id)).not.toBeNull()
    expect(await caller.ask('v', (view) => view.staff(id))).toBeNull()
  })
})
