import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import type { Authentication, Viewer } from '../../src/identity/viewer.ts'
import { Callers } from '../../src/server/callers.ts'

const viewer: Viewer = { staffId: 'wei', sessionId: 's', expiresAt: 1000 }

/** Tokens are read as what they say; `now` and `ended` say whether they still hold. */
function identity() {
  const world = { now: 0, ended: false, read: [] as string[] }
  const recheck = (of: Viewer): Authentication => {
    if (of.expiresAt <= world.now) return { kind: 'refused', reason: 'expired' }
    return world.ended ? { kind: 'refused', reason: 'ended' } : { kind: 'viewer', viewer: of }
  }
  const authenticate = async (token: string): Promise<Authentication> => {
    world.read.push(token)
    return token === 'forged'
      ? { kind: 'refused', reason: 'invalid' }
      : recheck({ ...viewer, staffId: token })
  }
  return { world, callers: new Callers({ authenticate, recheck }) }
}

function connection(callers: Callers) {
  const socket = {}
  return async (authorization?: string) => {
    const request = { headers: { authorization }, socket } as unknown as IncomingMessage
    const found = await callers.of(request)
    return found.kind === 'viewer'
      ? found.viewer.staffId
      : found.kind === 'refused'
        ? found.reason
        : found.kind
  }
}

it('[T49] [P4] a token that was good on this connection a moment ago is refused once its session or its time has ended', async () => {
  const { world, callers } = identity()
  const ask = connection(callers)
  expect([await ask('Bearer wei'), await ask('Bearer wei')]).toEqual(['wei', 'wei'])
  expect(world.read).toEqual(['wei'])
  world.ended = true
  expect(await ask('Bearer wei')).toBe('ended')
  world.ended = false
  expect(await ask('Bearer wei')).toBe('wei')
  world.now = 1000
  expect(await ask('Bearer wei')).toBe('expired')
})

it('[T93] what one request of a connection has proved holds for no other token, nor for none', async () => {
  const { world, callers } = identity()
  const ask = connection(callers)
  expect(await ask('Bearer wei')).toBe('wei')
  expect(await ask()).toBe('anonymous')
  expect(await ask('Bearer forged')).toBe('invalid')
  expect(await ask('Bearer mia')).toBe('mia')
  expect(await ask('Bearer wei')).toBe('wei')
  expect(await ask('Basic wei')).toBe('invalid')
  expect(await connection(callers)('Bearer wei')).toBe('wei')
  expect(world.read).toEqual(['wei', 'forged', 'mia', 'wei', 'wei'])
})
