import { expect, it } from 'vitest'
import { createLogger } from '../../src/log.ts'
import type { Conversation, Message } from '../../src/messaging/conversation.ts'
import { Courier, type CourierOptions } from '../../src/messaging/courier.ts'
import type { FeedEvent } from '../../src/messaging/feed.ts'

const message = (event: number): Message => ({
  conversationId: 'c',
  seq: event,
  id: `m${event}`,
  event,
  senderId: 'other',
  body: { kind: 'TEXT', text: `${event}`, quotedId: null, mentionIds: [], mentionsAll: false },
  sentAt: new Date(0),
  recalledAt: null,
})

/** A store whose answers come when they are let go, with what was there when they were asked for. */
class SlowStore {
  head = 1
  isBroken = false
  readonly #waiting: (() => void)[] = []
  listeners = async () => [{ staffId: 'me', since: 1 }]
  one = async () => null
  events = async (_: string, event: number) => {
    const found = Array.from({ length: Math.max(0, this.head - event) }, (_, n) => message(event + n + 1))
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (this.isBroken) throw new Error('away')
    return found
  }
  /** Settles when there is a question. */
  async asked(): Promise<void> {
    await expect.poll(() => this.#waiting.length).toBeGreaterThan(0)
  }
  /** Lets the next answer go. */
  async release(): Promise<void> {
    await this.asked()
    this.#waiting.shift()?.()
  }
}

function world() {
  const store = new SlowStore()
  const courier = new Courier({ store, log: createLogger('silent') })
  const feed = courier.open('me')
  const next = async () => (await feed.next()).value as FeedEvent
  const told = async () => {
    const event = await next()
    return event.kind === 'MESSAGES' ? event.messages.map(({ event: number }) => number) : event.kind
  }
  return { store, courier, feed, told }
}

it('tells what was announced while it read, and nothing twice', async () => {
  const { store, courier, told } = world()
  expect(await told()).toBe('OPENED')
  store.head = 2
  courier.heard('c 2')
  await store.asked()
  store.head = 4
  courier.heard('c 3')
  courier.heard('c 4')
  await store.release()
  expect(await told()).toEqual([2])
  await store.release()
  expect(await told()).toEqual([3, 4])
  courier.heard('c 4')
  store.head = 5
  courier.heard('c 5')
  await store.release()
  expect(await told()).toEqual([5])
})

it('has everybody ask again when the database does not answer, and goes on then', async () => {
  const { store, courier, told } = world()
  expect(await told()).toBe('OPENED')
  store.head = 2
  store.isBroken = true
  courier.heard('c 2')
  await store.release()
  expect(await told()).toBe('OPENED')
  store.isBroken = false
  store.head = 3
  courier.heard('c 3')
  await store.release()
  expect(await told()).toEqual([3])
})

it('lets words of a newer server pass, without having everybody ask again', async () => {
  const { store, courier, told } = world()
  expect(await told()).toBe('OPENED')
  for (const word of ['c typing me', 'c', '', 'whatever 1 2 3']) courier.heard(word)
  store.head = 2
  courier.heard('c 2')
  await store.release()
  expect(await told()).toEqual([2])
})

it('ends its feeds when it is closed, and forgets those that end', async () => {
  const { courier, feed } = world()
  expect(courier.size).toBe(1)
  courier.close()
  expect(await feed.next()).toEqual({ value: undefined, done: true })
  expect(courier.size).toBe(0)
  await courier.open('me').return()
  expect(courier.size).toBe(0)
})

const conversation = (more: Partial<Conversation>): Conversation => ({
  id: 'c',
  kind: 'GROUP',
  name: 'Group',
  ownerId: 'other',
  head: 1,
  lastAt: new Date(0),
  memberIds: ['me', 'other'],
  staffId: 'me',
  since: 0,
  read: 0,
  unread: 0,
  isMuted: false,
  isPinned: false,
  last: null,
  ...more,
})

const notice = (event: number, action: 'ADDED' | 'REMOVED'): Message => ({
  ...message(event),
  body: { kind: 'NOTICE', action, staffIds: ['me'], name: null },
})

/** What is told until the feed has nothing more. */
async function toldOf(store: CourierOptions['store'], words: readonly string[]): Promise<FeedEvent[]> {
  const courier = new Courier({ store, log: createLogger('silent') })
  const feed = courier.open('me')
  for (const word of words) courier.heard(word)
  await expect.poll(() => courier.isIdle).toBe(true)
  const events: FeedEvent[] = []
  courier.heard(undefined)
  for await (const event of feed) {
    if (event.kind === 'OPENED' && events.length > 0) return events.slice(1)
    events.push(event)
  }
  return events
}

it('[T49] whoever goes while it reads is told nothing of what was said after they went', async () => {
  const all = [message(2), notice(3, 'REMOVED'), message(4)]
  let questions = 0
  const store: CourierOptions['store'] = {
    // The removal is committed between any two questions.
    listeners: async () => (questions++ === 0 ? [{ staffId: 'me', since: 1 }] : []),
    events: async (_, event) => all.filter((m) => m.event > event && (questions++ > 0 || m.event < 3)),
    one: async () => null,
  }
  const told = await toldOf(store, ['c 2', 'c 4'])
  const numbers = told.flatMap((e) => (e.kind === 'MESSAGES' ? e.messages.map(({ event }) => event) : []))
  expect(Math.max(0, ...numbers)).toBeLessThan(4)
  expect(told.at(-1)).toEqual({ kind: 'GONE', conversationId: 'c' })
})

it('whoever went and came back lets go of what they had, and begins anew', async () => {
  const all = [message(2), notice(3, 'REMOVED'), message(4), notice(5, 'ADDED'), message(6)]
  const told = await toldOf(
    {
      listeners: async () => [{ staffId: 'me', since: 4 }],
      events: async (_, event) => all.filter((m) => m.event > event),
      one: async () => conversation({ head: 6 }),
    },
    ['c 2', 'c 6'],
  )
  expect(told.map(({ kind }) => kind)).toEqual(['GONE', 'CONVERSATION', 'MESSAGES'])
  expect(told.at(-1)).toMatchObject({ messages: [{ event: 5 }, { event: 6 }] })
})

it('[P2] asks about few conversations at a time, and misses none', async () => {
  const now = { asking: 0, most: 0 }
  const asked = async <T>(answer: T): Promise<T> => {
    now.most = Math.max(now.most, ++now.asking)
    await new Promise(setImmediate)
    now.asking--
    return answer
  }
  const told = await toldOf(
    {
      listeners: () => asked([{ staffId: 'me', since: 0 }]),
      events: (id, event) => asked([{ ...message(event + 1), conversationId: id }]),
      one: () => asked(null),
    },
    Array.from({ length: 200 }, (_, n) => `c${n} 2`),
  )
  expect(now.most).toBeLessThanOrEqual(4)
  expect(new Set(told.map((e) => (e.kind === 'MESSAGES' ? e.conversationId : ''))).size).toBe(200)
})

it('marks are told in their order, however long one takes to be read, and never of what is gone', async () => {
  let read = 0
  let isGone = false
  const store: CourierOptions['store'] = {
    listeners: async () => [],
    events: async (_, event) => {
      isGone = true
      return event < 2 ? [notice(2, 'REMOVED')] : []
    },
    one: async () => {
      const answer = isGone ? null : conversation({ read: ++read })
      // The first one takes the longest.
      for (let turns = 3 - read; turns > 0; turns--) await new Promise(setImmediate)
      return answer
    },
  }
  const told = await toldOf(store, ['c of me', 'c of me', 'c 2'])
  const reads = told.flatMap((e) => (e.kind === 'CONVERSATION' ? [e.conversation.read] : []))
  expect(reads).toEqual(reads.toSorted((a, b) => a - b))
  expect(told.at(-1)?.kind).toBe('GONE')
})
