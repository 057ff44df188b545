import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { expect, it } from 'vitest'
import { secretOf, signedHeaders } from '../../src/webhook/signature.ts'

const TOKEN_SECRET = 'a token secret of the tests, long enough'
const ID = '0b6a3a0e-5a52-4f4e-9a0c-7b7f6f0f0001'

it('the library of Standard Webhooks takes every message as we sign it, with either secret', () => {
  const [old, now] = [secretOf(TOKEN_SECRET, ID, 1), secretOf(TOKEN_SECRET, ID, 2)]
  fc.assert(
    fc.property(fc.json(), fc.stringMatching(/^msg_[\w-]{1,30}$/), (body, id) => {
      const headers = signedHeaders([now, old], id, Date.now(), body)
      for (const secret of [old, now])
        expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
    }),
  )
})

it('a message that was touched, another time, id or secret is not taken', () => {
  const secret = secretOf(TOKEN_SECRET, ID, 1)
  const headers = signedHeaders([secret], 'msg_1', Date.now(), '{"a":1}')
  const verify = (body: string, changed: object = {}, by = secret) =>
    new Webhook(by).verify(body, { ...headers, ...changed })
  expect(() => verify('{"a":1}')).not.toThrow()
  expect(() => verify('{"a":2}')).toThrow()
  expect(() => verify('{"a":1}', { 'webhook-id': 'msg_2' })).toThrow()
  expect(() =>
    verify('{"a":1}', { 'webhook-timestamp': String(Math.floor(Date.now() / 1000) - 1) }),
  ).toThrow()
  const others = [
    secretOf(TOKEN_SECRET, ID, 2),
    secretOf(`${TOKEN_SECRET}!`, ID, 1),
    secretOf(TOKEN_SECRET, ID.replace('1', '2'), 1),
  ]
  for (const other of others) expect(() => verify('{"a":1}', {}, other)).toThrow()
})
