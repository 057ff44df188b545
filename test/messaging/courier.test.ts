import { expect, it } from 'vitest'
import { createLogger } from '../../src/log.ts'
import type { Message } from '../../src/messaging/conversation.ts'
import { Courier } from '../../src/messaging/courier.ts'
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
  after = async (_: string, _since: number, event: number) => {
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

it('ends its feeds when it is closed, and forgets those that end', async () => {
  const { courier, feed } = world()
  expect(courier.size).toBe(1)
  courier.close()
  expect(await feed.next()).toEqual({ value: undefined, done: true })
  expect(courier.size).toBe(0)
  await courier.open('me').return()
  expect(courier.size).toBe(0)
})
