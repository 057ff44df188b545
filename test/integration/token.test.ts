import { timingSafeEqual } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { IntegrationTokens } from '../../src/integration/integration-tokens.ts'
import type { LiveToken } from '../../src/integration/store.ts'
import { hashOf, looksLikeToken, prefixOf, tokenOf } from '../../src/integration/token.ts'
import { deriveSecret } from '../../src/identity/keys.ts'
import { createLogger } from '../../src/log.ts'
import { HeadState } from '../../src/model/state.ts'

vi.mock('node:crypto', async (load) => {
  const crypto = await load<{ timingSafeEqual: typeof timingSafeEqual }>()
  return { ...crypto, timingSafeEqual: vi.fn(crypto.timingSafeEqual) }
})

const SECRET = 'a secret of the tests that is long enough'
const key = deriveSecret(SECRET, 'integration')

describe('[T97] the token of an integration', () => {
  it('is found in texts by its pattern, and checked by its sum without asking anybody', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const token = tokenOf(key, seed)
        expect(token).toMatch(/^dlr_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/)
        expect(looksLikeToken(token)).toBe(true)
        expect(prefixOf(token)).toBe(token.slice(0, 16))
      }),
    )
  })

  it('with one letter that is another one is none', () => {
    const token = tokenOf(key, 'seed')
    const letter = fc.string({
      unit: fc.constantFrom('0', '9', 'A', 'Q', 'Z', 'a', 'q', 'z'),
      minLength: 1,
      maxLength: 1,
    })
    fc.assert(
      fc.property(fc.nat(token.length - 1), letter, (at, other) => {
        const wrong = token.slice(0, at) + other + token.slice(at + 1)
        if (wrong !== token) expect(prefixOf(wrong)).toBeNull()
      }),
    )
    for (const text of ['', 'dlr_', `${token} `, `${token}\n`, token.slice(1), token + token])
      expect(prefixOf(text)).toBeNull()
  })

  it('follows from its seed with TOKEN_SECRET alone, and has no hash with another one', () => {
    const other = deriveSecret(`${SECRET}, another one`, 'integration')
    const token = tokenOf(key, 'seed')
    expect(tokenOf(key, 'seed')).toBe(token)
    expect(tokenOf(other, 'seed')).not.toBe(token)
    expect(hashOf(other, token)).not.toEqual(hashOf(key, token))
  })

  it('is compared by hash in constant time, of whatever length or content what is sent may be', async () => {
    const mine = tokenOf(key, 'mine')
    const state = new HeadState()
    const stored: LiveToken = {
      id: 'token',
      prefix: prefixOf(mine) ?? '',
      // The hash of another token: whoever knows the prefix alone knows nothing.
      hash: hashOf(key, tokenOf(key, 'other')).toString('hex'),
      issuedBy: 'somebody',
      expiresAt: new Date(Date.now() + 60_000),
      lastUsedOn: null,
      integration: { id: 'integration', name: 'Mirror', staffId: 'account', scopes: ['directory.read'] },
    }
    const tokens = new IntegrationTokens({
      store: { live: async () => [stored], used: async () => {}, forget: async () => {} },
      replica: { state, onAdvance: () => () => {} },
      secret: SECRET,
      url: '',
      clock: { now: () => Date.now() },
      log: createLogger('fatal', { write: () => {} }),
    })
    vi.mocked(timingSafeEqual).mockClear()
    expect(await tokens.authenticate(mine)).toEqual({ kind: 'refused', reason: 'invalid' })
    expect(timingSafeEqual).toHaveBeenCalledOnce()
    const [a, b] = vi.mocked(timingSafeEqual).mock.calls[0] ?? []
    expect([a?.byteLength, b?.byteLength]).toEqual([32, 32])
  })
})
