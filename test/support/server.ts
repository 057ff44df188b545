import { readConfig, type Config } from '../../src/config.ts'
import { createLogger } from '../../src/log.ts'
import type { SocketLimits } from '../../src/server/websocket.ts'
import { startInstance, type Instance, type StartOptions } from '../../src/server/start.ts'
import { Client } from './client.ts'
import { createDatabase, type TestDatabase } from './database.ts'
import { startSlapd, type TestSlapd } from './slapd.ts'

export const TOKEN_SECRET = 'the token secret of the tests, long enough'

export interface TestServerOptions {
  /** Entries below the layout. */
  readonly ldif?: string
  /** Share a directory or a database with another instance; whoever made them stops them. */
  readonly slapd?: TestSlapd
  readonly database?: TestDatabase
  readonly settings?: Readonly<Record<string, string>>
  readonly limits?: Partial<SocketLimits>
  readonly mode?: 'demo' | 'production'
  /** Least time of a refused sign-in; 0 unless it is what is tested. */
  readonly loginFloorMs?: number
  readonly webhookTiming?: StartOptions['webhookTiming']
  readonly pages?: string
}

/** A whole instance over a real directory and a real database, on a free port. */
export class TestServer {
  readonly slapd: TestSlapd
  readonly database: TestDatabase
  readonly config: Config
  /** Lines of the log, newest last. */
  readonly lines: string[]
  readonly instance: Instance
  readonly #ownsSlapd: boolean
  readonly #ownsDatabase: boolean
  #isClosed = false

  constructor(parts: Parts) {
    this.slapd = parts.slapd
    this.database = parts.database
    this.config = parts.config
    this.lines = parts.lines
    this.instance = parts.instance
    this.#ownsSlapd = parts.ownsSlapd
    this.#ownsDatabase = parts.ownsDatabase
  }

  /** `http://127.0.0.1:…`, without a path. */
  get url(): string {
    return this.instance.url
  }

  client(headers: Readonly<Record<string, string>> = {}): Client {
    return new Client(this.url, headers)
  }

  /** Signs in, once the person has come from the directory into the log. */
  async login(login: string, password: string): Promise<Client> {
    await this.until(() => [...this.instance.replica.state.all('staff')].some((s) => s.login === login))
    const client = this.client()
    await client.login(login, password)
    return client
  }

  /** Waits until something holds in the state of this instance; fails after half a minute. */
  async until(holds: () => boolean): Promise<void> {
    const deadline = Date.now() + 30_000
    while (!holds()) {
      if (Date.now() > deadline) throw new Error(`It did not come to hold: ${holds.toString()}`)
      await this.instance.replica.waitFor(this.instance.replica.version + 1, 100)
    }
  }

  /** Stops the instance; directory and database go on. */
  async closeInstance(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.instance.close()
  }

  async close(): Promise<void> {
    await this.closeInstance()
    if (this.#ownsDatabase) await this.database.drop()
    if (this.#ownsSlapd) await this.slapd.stop()
  }
}

interface Parts {
  readonly slapd: TestSlapd
  readonly database: TestDatabase
  readonly config: Config
  readonly lines: string[]
  readonly instance: Instance
  readonly ownsSlapd: boolean
  readonly ownsDatabase: boolean
}

export async function startServer(o: TestServerOptions = {}): Promise<TestServer> {
  const slapd = o.slapd ?? (await startSlapd(o.ldif === undefined ? {} : { ldif: o.ldif }))
  const database = o.database ?? (await createDatabase())
  const config = readConfig(
    {
      PORT: '0',
      DATABASE_URL: database.url,
      LDAP_URLS: slapd.url,
      LDAP_BASE_DN: slapd.options.baseDn,
      LDAP_BIND_DN: slapd.options.bindDn,
      LDAP_BIND_PASSWORD: slapd.options.bindPassword,
      TOKEN_SECRET,
      LOG_LEVEL: 'trace',
      ...o.settings,
    },
    'production',
  )
  const lines: string[] = []
  const log = createLogger(config.LOG_LEVEL, { write: (line) => void lines.push(line) })
  const instance = await startInstance(config, {
    mode: o.mode ?? 'production',
    log,
    signal: new AbortController().signal,
    loginFloorMs: o.loginFloorMs ?? 0,
    ...(o.limits ? { limits: o.limits } : {}),
    ...(o.pages === undefined ? {} : { pages: o.pages }),
    ...(o.webhookTiming ? { webhookTiming: o.webhookTiming } : {}),
  })
  const ownsSlapd = o.slapd === undefined
  const ownsDatabase = o.database === undefined
  return new TestServer({ slapd, database, config, lines, instance, ownsSlapd, ownsDatabase })
}
