import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause } from '../../../src/clock.ts'
import { serviceUser } from '../../../src/local/child.ts'
import { PrivatePostgres } from '../../../src/local/postgres.ts'
import { TOKEN_SECRET } from '../server.ts'
import { freePort, startSlapd, TEST_BASE, type TestSlapd } from '../slapd.ts'
import { SETTINGS } from './one-server.ts'

const READY_MS = 60_000

/**
 * A server in a process of its own, a slapd and a PostgreSQL, all as durable as in production: each can be killed at any
 * moment and comes back at the same address.
 */
export class Mortals {
  readonly slapd: TestSlapd
  readonly url: string
  readonly lines: string[] = []
  readonly #directory: string
  readonly #port: number
  #postgres: PrivatePostgres
  #server: ChildProcess | null = null

  private constructor(slapd: TestSlapd, directory: string, port: number, postgres: PrivatePostgres) {
    this.slapd = slapd
    this.url = `http://127.0.0.1:${port}`
    this.#directory = directory
    this.#port = port
    this.#postgres = postgres
  }

  static async start(ldif: string): Promise<Mortals> {
    const directory = await mkdtemp(join(tmpdir(), 'dolores-killed-'))
    await chmod(directory, 0o711)
    const slapd = await startSlapd({ ldif })
    const mortals = new Mortals(slapd, directory, await freePort(), await startPostgres(directory))
    await mortals.#startServer()
    return mortals
  }

  get databaseUrl(): string {
    return this.#postgres.url
  }

  /** Kills the server and starts it again. */
  async server(): Promise<void> {
    await this.#killServer()
    await this.#startServer()
  }

  async directory(): Promise<void> {
    await this.slapd.kill9()
    await this.slapd.restart()
  }

  async database(): Promise<void> {
    this.#postgres.kill()
    await this.#postgres.exited
    this.#postgres = await startPostgres(this.#directory)
  }

  /** All of them, at once. */
  async everything(): Promise<void> {
    await Promise.all([this.#killServer(), this.directory(), this.database()])
    await this.#startServer()
  }

  async stop(): Promise<void> {
    await this.#killServer()
    await this.#postgres.stop()
    await this.slapd.stop()
    await rm(this.#directory, { recursive: true, force: true })
  }

  async #killServer(): Promise<void> {
    const server = this.#server
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  }

  async #startServer(): Promise<void> {
    const { options } = this.slapd
    const server = spawn(
      process.execPath,
      ['--import', 'tsx', '--eval', "import('./src/main.ts').then((m) => m.main('production'))"],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          ...SETTINGS,
          PORT: String(this.#port),
          DATABASE_URL: this.databaseUrl,
          LDAP_URLS: options.urls.join(','),
          LDAP_BASE_DN: TEST_BASE,
          LDAP_BIND_DN: options.bindDn,
          LDAP_BIND_PASSWORD: options.bindPassword,
          TOKEN_SECRET,
        },
      },
    )
    this.#server = server
    for (const stream of [server.stdout, server.stderr])
      stream.on('data', (chunk: Buffer) => this.lines.push(chunk.toString()))
    for (const deadline = Date.now() + READY_MS; ; await pause(50)) {
      const isReady = await fetch(`${this.url}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      )
      if (isReady) return
      if (Date.now() > deadline || server.exitCode !== null)
        throw new Error(`The server does not become ready:\n${this.lines.slice(-20).join('')}`)
    }
  }
}

const startPostgres = (directory: string) =>
  PrivatePostgres.start({ dir: join(directory, 'postgres'), user: serviceUser() })
