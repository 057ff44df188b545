import { timingSafeEqual } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { IntegrationTokens } from '../../src/integration/integration-tokens.ts'
import type { IntegrationStore, LiveToken } from '../../src/integration/store.ts'
import { hashOf, looksLikeToken, prefixOf, tokenOf } from '../../src/integration/token.ts'
import { deriveSecret } from '../../src/identity/keys.ts'
import { createLogger } from '../../src/log.ts'
import type { Ability } from '../../src/model/entry.ts'
import { HeadState } from '../../src/model/state.ts'
import { idOf, staff } from '../support/entries.ts'

vi.mock('node:crypto', async (load) => {
  const crypto = await load<{ timingSafeEqual: typeof timingSafeEqual }>()
  return { ...crypto, timingSafeEqual: vi.fn(crypto.timingSafeEqual) }
})

const SECRET = 'a secret of the tests that is long enough'
const key = deriveSecret(SECRET, 'integration')

const VIEWER = { staffId: 'account', sessionId: '', expiresAt: 0 }
const abilities: Ability[] = ['integration.write', 'access.explain', 'staff.read', 'department.read'].map(
  (name) => ({
    name,
    scope: 'ORGANISATION' as const,
    departmentId: null,
    fields: ['*'],
  }),
)

function stored(text: string): LiveToken {
  return {
    id: 'token',
    prefix: prefixOf(text) ?? '',
    hash: hashOf(key, text).toString('hex'),
    issuedBy: idOf(2),
    expiresAt: new Date(Date.now() + 60_000),
    lastUsedOn: null,
    integration: { id: 'integration', name: 'Mirror', staffId: idOf(1), scopes: ['directory.read'] },
  }
}

/** An answer that comes when the test says so. */
function later() {
  let resolve: (tokens: LiveToken[]) => void = () => {}
  const promise = new Promise<LiveToken[]>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

/** Somebody who administers integrations, and an account. */
function tokensOver(live: IntegrationStore['live']): IntegrationTokens {
  const state = new HeadState([
    staff(1),
    staff(2, { roleIds: [idOf(3)] }),
    { kind: 'role', id: idOf(3), name: 'Integrations', description: null, ruleIds: [], abilities },
  ])
  return new IntegrationTokens({
    store: { live, used: async () => {}, forget: async () => {} },
    replica: { state, onAdvance: () => () => {} },
    secret: SECRET,
    // Nobody listens there.
    url: 'postgresql://127.0.0.1:1/none',
    clock: { now: () => Date.now() },
    log: createLogger('fatal', { write: () => {} }),
  })
}

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
    // The hash of another token: whoever knows the prefix alone knows nothing.
    const hash = hashOf(key, tokenOf(key, 'other')).toString('hex')
    const tokens = tokensOver(async () => [{ ...stored(mine), hash }])
    vi.mocked(timingSafeEqual).mockClear()
    expect(await tokens.authenticate(mine)).toEqual({ kind: 'refused', reason: 'invalid' })
    expect(timingSafeEqual).toHaveBeenCalledOnce()
    const [a, b] = vi.mocked(timingSafeEqual).mock.calls[0] ?? []
    expect([a?.byteLength, b?.byteLength]).toEqual([32, 32])
  })
})

describe('[T97] tokens that are read while others are made', () => {
  const mine = tokenOf(key, 'mine')
  const known = (tokens: IntegrationTokens) => tokens.recheck({ ...VIEWER, sessionId: 'token' })

  it('are not lost to a reading that began before and ends after', async () => {
    const first = later()
    const answers = [first.promise, Promise.resolve([stored(mine)])]
    const tokens = tokensOver(() => answers.shift() ?? Promise.resolve([]))
    const ended = vi.fn()
    tokens.onEnded(ended)
    const early = tokens.authenticate(tokenOf(key, 'other'))
    expect(await tokens.authenticate(mine)).toMatchObject({ kind: 'viewer' })
    first.resolve([])
    expect(await early).toEqual({ kind: 'refused', reason: 'invalid' })
    expect(known(tokens)).toMatchObject({ kind: 'viewer' })
    expect(ended).not.toHaveBeenCalled()
  })

  it('nor one that is found by itself while all are read', async () => {
    const reading = later()
    const reads: Promise<LiveToken[]>[] = [Promise.resolve([]), reading.promise]
    let count = 0
    const tokens = tokensOver(async (_, prefix) => {
      if (prefix !== undefined) return [stored(mine)]
      count++
      return (await reads.shift()) ?? [stored(mine)]
    })
    const ended = vi.fn()
    tokens.onEnded(ended)
    const stop = new AbortController()
    const running = tokens.run(stop.signal)
    await vi.waitFor(() => expect(count).toBe(2), { timeout: 5000 })
    expect(await tokens.authenticate(mine)).toMatchObject({ kind: 'viewer' })
    reading.resolve([])
    await vi.waitFor(() => expect(count).toBe(3), { timeout: 5000 })
    stop.abort()
    await running
    expect(ended).not.toHaveBeenCalled()
    expect(known(tokens)).toMatchObject({ kind: 'viewer' })
  })

  it('are refused as what cannot be told while the database does not answer, and work again when it does', async () => {
    let isAway = true
    const tokens = tokensOver(async () => {
      if (isAway) throw new Error('away')
      return [stored(mine)]
    })
    expect(await tokens.authenticate(mine)).toEqual({ kind: 'refused', reason: 'away' })
    isAway = false
    expect(await tokens.authenticate(mine)).toMatchObject({ kind: 'viewer' })
    isAway = true
    expect(await tokens.authenticate(mine)).toMatchObject({ kind: 'viewer' })
  })
})
