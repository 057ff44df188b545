import { expect } from 'vitest'
import type { View } from '../../src/access/view.ts'
import { InvalidCredentials, TooManyAttempts } from '../../src/identity/failures.ts'
import type { Authentication } from '../../src/identity/viewer.ts'
import { createLogger } from '../../src/log.ts'
import type { Entry, Staff } from '../../src/model/entry.ts'
import type { AuthenticatedCall } from '../../src/server/call.ts'
import { contextOf } from '../../src/server/context.ts'
import { createGraphql } from '../../src/server/graphql.ts'
import { limitsPlugin } from '../../src/server/limits.ts'
import { Sync } from '../../src/sync/sync.ts'
import type { IdentityAnswers, Services } from '../../schema/context.ts'
import { PageCursors } from '../../schema/paging.ts'
import { schema } from '../../schema/schema.ts'
import { newCompany, type Company } from '../support/histories.ts'
import { MemoryHistory } from '../support/memory-history.ts'
import type { House } from '../../src/vitals/vitals.ts'
import { ABSENT } from '../support/absent-services.ts'

const SECRET = 'a secret of the tests that is long enough'

export interface Answer {
  readonly status: number
  /** The body as it came: for comparisons byte by byte. */
  readonly text: string
  readonly data: Record<string, unknown> | null
  readonly errors: readonly { message: string; extensions: Record<string, unknown> }[]
}

const HOUSE: House = {
  isDatabaseUp: true,
  isDirectoryUp: true,
  projector: null,
  headVersion: null,
  queues: null,
  here: {
    version: 0,
    following: 0,
    people: 0,
    audiences: 0,
    sockets: 0,
    outbox: 0,
    isLeader: false,
    lagMs: null,
    worstStallMs: 0,
  },
}

/** The real schema behind the real engine, over a directory in memory; only who-signs-in is made up. */
export class World {
  readonly company: Company
  readonly history = new MemoryHistory()
  readonly sync: Sync
  readonly services: Services
  /** What the logic behind the schema was asked, in order. */
  readonly asked: string[] = []
  readonly #graphql

  constructor(company: Company = newCompany()) {
    this.company = company
    this.history.append(...company.versions)
    this.sync = new Sync({ replica: this.history, secret: SECRET, waitMs: 20 })
    this.services = {
      sync: this.#recorded(),
      identity: this.#identity(),
      pages: new PageCursors(SECRET),
      copyLeaseSeconds: 604_800,
      ...ABSENT,
      accounts: { ...ABSENT.accounts, sessions: async () => null },
      audits: { page: async () => ({ records: [], hasNext: false, last: null }) },
      imports: { ...ABSENT.imports, recent: async () => [] },
      vitals: { house: async () => HOUSE },
      days: { of: async () => [{ day: '2026-11-27', staff: 2, departments: 1 }] },
      webhooks: { ...ABSENT.webhooks, all: async () => [] },
      integrations: { ...ABSENT.integrations, all: async () => [] },
      conversations: {
        ...ABSENT.conversations,
        all: async () => [],
        one: async () => null,
        search: async () => [],
      },
      acknowledgePurge: async (_, version) => this.sync.isCursor(version),
    }
    this.#graphql = createGraphql({
      schema,
      plugins: [
        limitsPlugin(({ call }: { call: AuthenticatedCall }) => call.authentication.kind !== 'viewer'),
      ],
      context: (call) => contextOf(this.services, call),
      log: createLogger('silent'),
    })
  }

  get entries(): readonly Entry[] {
    return this.company.list
  }

  /** The n-th person of the company. */
  person(n: number): Staff {
    const staff = this.company.of('staff')[n]
    if (!staff) throw new Error(`There is no person ${n}`)
    return staff
  }

  view(staffId: string): View {
    return this.sync.view(staffId)
  }

  /** Writes what the company has committed since. */
  catchUp(): void {
    this.history.append(...this.company.versions.slice(this.history.version))
  }

  /** Sends one operation, or a batch, as somebody, or as nobody. */
  async send(staffId: string | null, body: unknown): Promise<Answer> {
    const viewer =
      staffId === null ? null : { staffId, sessionId: `session of ${staffId}`, expiresAt: Infinity }
    const authentication: Authentication = viewer ? { kind: 'viewer', viewer } : { kind: 'anonymous' }
    const call = { requestId: 'r-1', address: '192.0.2.1', userAgent: 'tests', authentication }
    const request = new this.#graphql.fetchAPI.Request('http://127.0.0.1/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    })
    const response = await this.#graphql.fetch(request, { call })
    const text = await response.text()
    const answer: { data?: Record<string, unknown> | null; errors?: Answer['errors'] } = JSON.parse(text)
    return { status: response.status, text, data: answer.data ?? null, errors: answer.errors ?? [] }
  }

  ask(staffId: string | null, query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
    return this.send(staffId, { query, variables })
  }

  /** The data of an operation that must not fail. */
  async data(staffId: string | null, query: string, variables: Record<string, unknown> = {}) {
    const { data, errors } = await this.ask(staffId, query, variables)
    expect(errors).toEqual([])
    return data
  }

  #recorded(): Services['sync'] {
    const { sync, asked } = this
    return {
      view: (staffId) => (asked.push('view'), sync.view(staffId)),
      changesSince: (...args) => (asked.push('changesSince'), sync.changesSince(...args)),
      snapshot: (...args) => (asked.push('snapshot'), sync.snapshot(...args)),
      search: (...args) => (asked.push('search'), sync.search(...args)),
      waitFor: (version) => (asked.push('waitFor'), sync.waitFor(version)),
      reportDigest: (by, version) => (asked.push('reportDigest'), sync.reportDigest(by, version)),
    }
  }

  /** Knows one password for everybody. */
  #identity(): IdentityAnswers {
    const issue = (staffId: string) => ({
      staffId,
      sessionId: `session of ${staffId}`,
      accessToken: `access ${staffId}`,
      refreshToken: `refresh ${staffId}`,
      expiresAt: new Date('2026-11-24T02:15:00Z'),
    })
    const failed = (login: string) =>
      login === 'eager' ? new TooManyAttempts(30_000) : new InvalidCredentials()
    return {
      login: async (login, password) => {
        const staff = this.company.of('staff').find((s) => s.login === login)
        return staff && password === 'dolores' ? issue(staff.id) : failed(login)
      },
      refresh: async (token) => (token.startsWith('refresh ') ? issue(token.slice(8)) : failed(token)),
      logout: async () => true,
      sessions: async (staffId) => {
        const at = new Date('2026-11-24T02:15:00Z')
        const [createdAt, lastUsedAt, expiresAt] = [at, at, at]
        return [
          { id: `session of ${staffId}`, createdAt, lastUsedAt, expiresAt, address: '::1', userAgent: null },
        ]
      },
      revoke: async (staffId, id) => id === `session of ${staffId}`,
    }
  }
}
