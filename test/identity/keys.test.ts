import { createHmac, createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { createLocalJWKSet, jwtVerify, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { AccessTokens, ACCESS_TOKEN_SECONDS, ISSUER } from '../../src/identity/access-tokens.ts'
import { deriveSecret, publicJwk, signingKey } from '../../src/identity/keys.ts'
import { bearerToken } from '../../src/identity/viewer.ts'

const SECRET = 'a secret of the tests that is long enough'
const STAFF = '11111111-1111-4111-8111-111111111111'
const SESSION = '22222222-2222-4222-8222-222222222222'
const clock = { now: () => Date.now() }
const tokens = new AccessTokens(SECRET, 'dolores', clock)

describe('keys', () => {
  it('follow from the secret alone', () => {
    expect(publicJwk(signingKey(SECRET))).toEqual(publicJwk(signingKey(SECRET)))
    expect(signingKey(SECRET).kid).not.toBe(signingKey(`${SECRET}!`).kid)
    expect(deriveSecret(SECRET, 'access-token')).not.toEqual(deriveSecret(SECRET, 'refresh-token'))
  })

  it('are published without their private part', () => {
    expect(Object.keys(publicJwk(signingKey(SECRET))).sort()).toEqual([
      'alg',
      'crv',
      'kid',
      'kty',
      'use',
      'x',
    ])
  })
})

describe('access tokens', () => {
  it('are accepted by any service that reads the JWKS', async () => {
    const { token, expiresAt } = await tokens.sign(STAFF, SESSION)
    const jwks = createLocalJWKSet({ keys: [...tokens.jwks().keys] })
    const { payload, protectedHeader } = await jwtVerify(token, jwks, {
      audience: 'dolores',
      issuer: ISSUER,
      typ: 'at+jwt',
      algorithms: ['EdDSA'],
    })
    expect(payload.sub).toBe(STAFF)
    expect(payload['sid']).toBe(SESSION)
    expect(payload.exp).toBe(expiresAt.getTime() / 1000)
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(ACCESS_TOKEN_SECONDS)
    expect(protectedHeader.kid).toBe(tokens.jwks().keys[0]?.kid)
  })

  it('say who asks, until they expire', async () => {
    let now = Date.now()
    const timed = new AccessTokens(SECRET, 'dolores', { now: () => now })
    const { token, expiresAt } = await timed.sign(STAFF, SESSION)
    const claims = { staffId: STAFF, sessionId: SESSION, expiresAt: expiresAt.getTime() }
    expect(await timed.verify(token)).toEqual({ kind: 'valid', claims })
    now = expiresAt.getTime() - 1
    expect(await timed.verify(token)).toEqual({ kind: 'valid', claims })
    now = expiresAt.getTime()
    expect(await timed.verify(token)).toEqual({ kind: 'expired' })
    const fresh = new AccessTokens(SECRET, 'dolores', { now: () => now })
    expect(await fresh.verify(token)).toEqual({ kind: 'expired' })
  })

  const { privateKey } = signingKey(SECRET)
  const good = {
    sid: SESSION,
    sub: STAFF,
    iss: ISSUER,
    aud: 'dolores',
    exp: Math.floor(Date.now() / 1000) + 600,
  }
  const header = { alg: 'EdDSA', typ: 'at+jwt', kid: signingKey(SECRET).kid }
  const sign = (payload: object, over: object = {}, key = privateKey) =>
    new SignJWT({ ...payload }).setProtectedHeader({ ...header, ...over }).sign(key)
  const hmacWithPublicKey = () => {
    const x = publicJwk(signingKey(SECRET)).x
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const text = `${part({ ...header, alg: 'HS256' })}.${part(good)}`
    return `${text}.${createHmac('sha256', Buffer.from(x, 'base64url')).update(text).digest('base64url')}`
  }
  const ecKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const foreignKey = () =>
    createPrivateKey(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }))

  const cases: [string, () => string | Promise<string>][] = [
    ['nothing', () => ''],
    ['no JWT', () => 'nonsense'],
    ['alg none', () => new UnsecuredJWT({ ...good }).encode()],
    ['HS256 with the public key as secret', hmacWithPublicKey],
    ['another algorithm', () => sign(good, { alg: 'ES256' }, ecKey())],
    ['a key that is not ours', () => sign(good, {}, foreignKey())],
    [
      'a key that the token brings itself (jwk)',
      () => sign(good, { jwk: publicJwk(signingKey('x'.repeat(32))) }, foreignKey()),
    ],
    ['a key from elsewhere (jku)', () => sign(good, { jku: 'https://evil.example/jwks.json' }, foreignKey())],
    ['a kid that is a path', () => sign(good, { kid: '../../dev/null' })],
    ['a kid that is SQL', () => sign(good, { kid: "' OR 1=1 --" })],
    ['no kid', () => sign(good, { kid: undefined })],
    ['another type (an ID token)', () => sign(good, { typ: 'JWT' })],
    ['no type', () => sign(good, { typ: undefined })],
    ['another audience', () => sign({ ...good, aud: 'other' })],
    ['no audience', () => sign({ ...good, aud: undefined })],
    ['another issuer', () => sign({ ...good, iss: 'other' })],
    ['no expiry', () => sign({ ...good, exp: undefined })],
    ['not yet valid', () => sign({ ...good, nbf: good.exp })],
    ['no subject', () => sign({ ...good, sub: undefined })],
    ['a subject that is no id', () => sign({ ...good, sub: "x' OR 1=1" })],
    ['no session', () => sign({ ...good, sid: undefined })],
    [
      'an unknown critical header',
      () => `${Buffer.from(JSON.stringify({ ...header, crit: ['x'], x: 1 })).toString('base64url')}.e30.AAAA`,
    ],
    ['a huge token', () => sign({ ...good, pad: 'x'.repeat(100_000) })],
  ]

  it.each(cases)('[T93] are refused: %s', async (_, make) => {
    expect(await tokens.verify(await make())).toEqual({ kind: 'invalid' })
  })

  it('[T93] are refused after any change of a byte', async () => {
    const { token } = await tokens.sign(STAFF, SESSION)
    for (let i = 0; i < token.length; i += 7) {
      const changed = `${token.slice(0, i)}${token[i] === 'A' ? 'B' : 'A'}${token.slice(i + 1)}`
      // The last character of base64url carries bits that mean nothing.
      if (i === token.length - 1) continue
      expect((await tokens.verify(changed)).kind).toBe('invalid')
    }
  })
})

describe('the Authorization header', () => {
  it('carries a bearer token or nothing', () => {
    expect(bearerToken('Bearer abc.def')).toBe('abc.def')
    expect(bearerToken('bearer  abc ')).toBe('abc')
    for (const text of ['', 'Bearer', 'Bearer ', 'Basic abc', 'abc', 'Bearer a b', 'Bearer a\r\nX: y']) {
      expect(bearerToken(text)).toBeNull()
    }
  })
})
