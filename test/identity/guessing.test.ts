import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { Client } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

const FLOOR_MS = 250
const PASSWORD = 'dolores'
const CANARY = 'canary-8f1d-wrong-password'

/** Two instances over one directory and one database. */
let one: TestServer
let two: TestServer

beforeAll(async () => {
  one = await startServer({
    ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join(''),
    loginFloorMs: FLOOR_MS,
    settings: { TRUST_PROXY: '1' },
  })
  two = await startServer({ slapd: one.slapd, database: one.database, settings: { TRUST_PROXY: '1' } })
  await one.login('hr', PASSWORD)
})
afterAll(async () => {
  await two?.close()
  await one?.close()
})
beforeEach(() => one.database.sql('DELETE FROM login_attempt'))

let host = 0
/** A client from an address that nobody has come from before. */
function stranger(server: TestServer = one): Client {
  return server.client({ 'x-forwarded-for': `198.51.100.${++host}` })
}

async function signedIn(login: string, server: TestServer = one): Promise<Client> {
  const client = stranger(server)
  await client.login(login, PASSWORD)
  return client
}

describe('guessing passwords', () => {
  it('[T90] makes who guesses wait, also when the guess is right by then', async () => {
    const client = stranger()
    for (let i = 0; i < 6; i++) {
      expect((await client.tryLogin('staff', CANARY)).__typename).toBe('InvalidCredentials')
    }
    const outcome = await client.ask(
      'mutation { login(input: { login: "staff", password: "dolores" }) { __typename ... on TooManyAttempts { code retryAfterSeconds } } }',
    )
    expect(outcome.data?.['login']).toEqual({
      __typename: 'TooManyAttempts',
      code: 'TOO_MANY_ATTEMPTS',
      retryAfterSeconds: 1,
    })
    expect((await client.tryLogin('hr', PASSWORD)).__typename).toBe('Session')
    expect((await stranger().tryLogin('staff', PASSWORD)).__typename).toBe('Session')
  })

  it('[T90] treats logins that nobody has the same', async () => {
    const client = stranger()
    for (let i = 0; i < 6; i++) await client.tryLogin('nobody-of-that-name', CANARY)
    expect((await client.tryLogin('nobody-of-that-name', CANARY)).__typename).toBe('TooManyAttempts')
  })

  it('[T90] knows a login in every spelling that the directory takes for it', async () => {
    const client = stranger()
    const spellings = ['staff', 'st\u200baff', 's\u00adtaff', ' STAFF', 'ｓｔａｆｆ', 'sta\ufeffff', 'STaff']
    const outcomes: string[] = []
    for (const login of spellings) outcomes.push((await client.tryLogin(login, CANARY)).__typename)
    expect(outcomes.filter((o) => o === 'InvalidCredentials')).toHaveLength(6)
    expect((await stranger().tryLogin('st\u200baff', PASSWORD)).__typename).toBe('Session')
  })

  it('[T90] counts before it asks: parallel guesses and aliases gain nothing', async () => {
    const client = stranger()
    // Five are free and the sixth blocks for a second, each further one twice as long: that is all that time may add.
    let startedAt = performance.now()
    const allowed = () => 6 + Math.floor(Math.log2(1 + (performance.now() - startedAt) / 1000))
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => client.tryLogin('staff', CANARY)))
    expect(outcomes.filter((o) => o.__typename === 'InvalidCredentials').length).toBeLessThanOrEqual(
      allowed(),
    )
    const aliases = Array.from(
      { length: 15 },
      (_, i) => `a${i}: login(input: { login: "hr", password: "${CANARY}" }) { __typename }`,
    )
    startedAt = performance.now()
    const { data } = await stranger().ask(`mutation { ${aliases.join(' ')} }`)
    const named = JSON.stringify(data).match(/InvalidCredentials/g) ?? []
    expect(named.length).toBeLessThanOrEqual(allowed())
  })

  it('[T90] holds on every instance', async () => {
    const address = { 'x-forwarded-for': '203.0.113.1' }
    for (let i = 0; i < 6; i++) await one.client(address).tryLogin('staff', CANARY)
    expect((await two.client(address).tryLogin('staff', PASSWORD)).__typename).toBe('TooManyAttempts')
  })

  it('[T90] does not let strangers keep somebody out who has signed in from there before', async () => {
    const home = await signedIn('staff')
    for (let i = 0; i < 21; i++) await stranger(two).tryLogin('staff', CANARY)
    expect((await stranger().tryLogin('staff', PASSWORD)).__typename).toBe('TooManyAttempts')
    expect((await home.tryLogin('staff', PASSWORD)).__typename).toBe('Session')
  })

  it('[T90] does not let one person keep an office out whose people have signed in from there before', async () => {
    const office = () => one.client({ 'x-forwarded-for': '203.0.113.99' })
    await office().login('staff', PASSWORD)
    const guesses = Array.from({ length: 70 }, (_, n) => office().tryLogin(`nobody-${n}`, CANARY))
    const outcomes = (await Promise.all(guesses)).map((o) => o.__typename)
    expect(outcomes).toContain('TooManyAttempts')
    expect((await office().tryLogin('nobody-else', CANARY)).__typename).toBe('TooManyAttempts')
    expect((await office().tryLogin('staff', PASSWORD)).__typename).toBe('Session')
  })

  it('[T90] does not believe addresses that a client makes up', async () => {
    const outcomes: string[] = []
    for (let i = 0; i < 7; i++) {
      const client = one.client({ 'x-forwarded-for': `192.0.2.${i}, 203.0.113.2` })
      outcomes.push((await client.tryLogin('staff', CANARY)).__typename)
    }
    expect(outcomes.at(-1)).toBe('TooManyAttempts')
  })
})
