import { parse, subscribe } from 'graphql'
import { describe, expect, it } from 'vitest'
import { Caller, createContext } from '../../schema/context.ts'
import { schema } from '../../schema/schema.ts'
import type { Message } from '../../src/messaging/conversation.ts'
import { Feed } from '../../src/messaging/feed.ts'
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

describe('a subscription', () => {
  it('[T49] shows people as they may be seen when it tells something, also after the history was replaced', async () => {
    const world = new World()
    const { id } = world.person(0)
    const feed = new Feed(id, () => {})
    const said: Message = {
      conversationId: 'c',
      seq: 1,
      id: 'm',
      event: 1,
      senderId: id,
      body: { kind: 'TEXT', text: 'x', quotedId: null, mentionIds: [], mentionsAll: false },
      sentAt: new Date(0),
      recalledAt: null,
    }
    const contextValue = createContext(
      { ...world.services, courier: { open: () => feed } },
      { signedIn: { staffId: id, sessionId: 's' }, origin: { address: '', userAgent: null }, requestId: 'r' },
    )
    const document = parse(
      'subscription { conversationEvents { ... on MessagesTold { messages { sender { id } } } } }',
    )
    const stream = await subscribe({ schema, document, contextValue })
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream))
    await stream.next()
    const senders = async () => {
      feed.push({ kind: 'MESSAGES', conversationId: 'c', head: 1, messages: [said] })
      return JSON.parse(JSON.stringify((await stream.next()).value)).data.conversationEvents.messages
    }
    expect(await senders()).toEqual([{ sender: { id } }])
    world.history.replace([])
    expect(await senders()).toEqual([{ sender: null }])
  })
})
