import { describe, expect, it } from 'vitest'
import { ConfigError, readSettings } from '../../../src/config.ts'
import { realTarget } from './target.ts'

const NAMES = [
  'EASEMOB_APP_KEY',
  'EASEMOB_CLIENT_ID',
  'EASEMOB_CLIENT_SECRET',
  'EASEMOB_CALLBACK_SECRET',
  'EASEMOB_REST_URL',
] as const
const ALL = { EASEMOB_APP_KEY: 'company#people', EASEMOB_CLIENT_ID: 'id', EASEMOB_CLIENT_SECRET: 'a secret' }
const read = (env: Readonly<Record<string, string>>) => readSettings(env, 'production', NAMES)
function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    read(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

describe('[7] the settings of Easemob', () => {
  it('are given all or not at all', () => {
    expect(read({}).EASEMOB_APP_KEY).toBe('')
    expect(read(ALL)).toMatchObject({ ...ALL, EASEMOB_REST_URL: 'https://a1.easemob.com' })
    const together = 'EASEMOB_APP_KEY, EASEMOB_CLIENT_ID, EASEMOB_CLIENT_SECRET are given all or not at all'
    for (const name of ['EASEMOB_APP_KEY', 'EASEMOB_CLIENT_ID', 'EASEMOB_CLIENT_SECRET'])
      expect(problemsOf({ ...ALL, [name]: '' })).toEqual([`${name} must be set too: ${together}`])
    expect(problemsOf({ EASEMOB_CLIENT_SECRET: 'a secret' })).toEqual([
      `EASEMOB_APP_KEY and EASEMOB_CLIENT_ID must be set too: ${together}`,
    ])
  })

  it('say what is wrong, and never the secret', () => {
    expect(problemsOf({ ...ALL, EASEMOB_APP_KEY: 'company' })).toEqual([
      expect.stringContaining('company#people'),
    ])
    expect(problemsOf({ EASEMOB_CALLBACK_SECRET: 'a secret' })).toEqual([
      'EASEMOB_CALLBACK_SECRET is of no use without EASEMOB_APP_KEY',
    ])
    expect(problemsOf({ ...ALL, EASEMOB_REST_URL: 'ftp://x' }).join()).not.toContain('a secret')
  })

  it('[1] with them the contract is held against Easemob itself', () => {
    expect(realTarget({})).toBeNull()
    expect(realTarget({ ...ALL, EASEMOB_CLIENT_ID: '' })).toBeNull()
    expect(realTarget(ALL)).toEqual({
      url: 'https://a1.easemob.com',
      appKey: 'company#people',
      clientId: 'id',
      clientSecret: 'a secret',
    })
  })
})
