import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  clientAddress,
  corsHeaders,
  originAllowed,
  originPolicy,
  ownOrigin,
} from '../../src/server/origin.ts'

const request = (headers: Record<string, string>) => ({ headers })

describe('the own origin', () => {
  const open = originPolicy([], '0.0.0.0', 0)
  const local = originPolicy([], '127.0.0.1', 0)
  const proxied = originPolicy([], '127.0.0.1', 1)

  it('[T42] is the host that was asked, by the scheme that was used', () => {
    expect(ownOrigin(open, request({ host: 'people.example.com:4000' }))).toBe(
      'http://people.example.com:4000',
    )
    expect(ownOrigin(local, request({ host: 'localhost:4000' }))).toBe('http://localhost:4000')
    expect(ownOrigin(local, request({ host: '[::1]:4000' }))).toBe('http://[::1]:4000')
  })

  it('[T42] of a loopback server is never another name', () => {
    for (const host of ['rebound.example:4000', '127.0.0.1.example', 'localhost.example', '10.0.0.1']) {
      expect(ownOrigin(local, request({ host }))).toBeNull()
    }
  })

  it('[T16] is https only when a trusted proxy says so', () => {
    const headers = { host: 'people.example.com', 'x-forwarded-proto': 'https' }
    expect(ownOrigin(proxied, request(headers))).toBe('https://people.example.com')
    expect(ownOrigin(open, request(headers))).toBe('http://people.example.com')
    const spoofed = { ...headers, 'x-forwarded-proto': 'https, http' }
    expect(ownOrigin(proxied, request(spoofed))).toBe('http://people.example.com')
  })

  it('is nothing without a sane Host header', () => {
    for (const host of ['', 'a b', 'a/b', 'a@b', 'a:b', '*'])
      expect(ownOrigin(open, request({ host }))).toBeNull()
  })
})

describe('allowed origins', () => {
  it('[T16] are compared exactly: nothing else ever gets in', () => {
    const policy = originPolicy(['https://people.example.com'], '127.0.0.1', 0)
    const near = fc
      .tuple(fc.constantFrom('https://', 'http://', 'HTTPS://', ''), fc.string(), fc.string())
      .map(([scheme, before, after]) => `${scheme}${before}people.example.com${after}`)
    fc.assert(
      fc.property(near, (origin) => {
        const headers = request({ origin, host: '127.0.0.1:4000' })
        const isExact = origin === 'https://people.example.com'
        expect(originAllowed(policy, headers)).toBe(isExact)
        expect(corsHeaders(policy, headers).includes('access-control-allow-origin')).toBe(isExact)
      }),
    )
  })
})

describe('the address of a client', () => {
  it('[T90] is what the last trusted proxy has seen', () => {
    expect(clientAddress('10.0.0.1', '1.1.1.1, 2.2.2.2', 0)).toBe('10.0.0.1')
    expect(clientAddress('10.0.0.1', '1.1.1.1, 2.2.2.2', 1)).toBe('2.2.2.2')
    expect(clientAddress('10.0.0.1', '1.1.1.1, 2.2.2.2', 2)).toBe('1.1.1.1')
    expect(clientAddress('10.0.0.1', '2.2.2.2', 3)).toBe('10.0.0.1')
    expect(clientAddress('::ffff:10.0.0.1', undefined, 1)).toBe('10.0.0.1')
    expect(clientAddress(undefined, undefined, 0)).toBe('')
  })
})
