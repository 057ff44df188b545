import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { pause } from '../../src/clock.ts'
import { TOKEN_SECRET } from './server.ts'
import { freePort, type TestSlapd } from './slapd.ts'

export interface InstanceProcessOptions {
  readonly slapd: TestSlapd
  readonly databaseUrl: string
  readonly settings?: Readonly<Record<string, string>>
}

const PATIENCE_MS = 120_000
const POLL_MS = 200
const EVAL = "import('./src/main.ts').then((m) => m.main('production'))"

/** An instance in a process of its own, as production runs it. */
export class InstanceProcess {
  readonly url: string
  readonly #child: ChildProcess
  #log = ''

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
    child.stderr?.on('data', (chunk: Buffer) => (this.#log += chunk.toString()))
  }

  /** Resolves when it is ready, which it is when the directory has been read. */
  static async start(o: InstanceProcessOptions): Promise<InstanceProcess> {
    const port = await freePort()
    const { options } = o.slapd
    const child = spawn(process.execPath, ['--import', 'tsx', '--eval', EVAL], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        PORT: String(port),
        DATABASE_URL: o.databaseUrl,
        LDAP_URLS: options.urls.join(','),
        LDAP_BASE_DN: options.baseDn,
        LDAP_BIND_DN: options.bindDn,
        LDAP_BIND_PASSWORD: options.bindPassword,
        TOKEN_SECRET,
        LOG_LEVEL: 'info',
        ...o.settings,
      },
    })
    const instance = new InstanceProcess(child, `http://127.0.0.1:${port}`)
    const deadline = Date.now() + PATIENCE_MS
    while ((await instance.readiness()) !== 200) {
      await pause(POLL_MS)
      if (child.exitCode !== null || Date.now() > deadline) {
        await instance.kill9()
        throw new Error(`The instance did not become ready:\n${instance.log}`)
      }
    }
    return instance
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** What it has logged, one line of JSON an event. */
  get log(): string {
    return this.#log
  }

  /** The status of /readyz, 0 when nobody answers within a while. */
  async readiness(): Promise<number> {
    const signal = AbortSignal.timeout(5000)
    return await fetch(`${this.url}/readyz`, { signal }).then(
      async (response) => {
        await response.body?.cancel()
        return response.status
      },
      () => 0,
    )
  }

  /** Nothing of it runs until `resume`. */
  pause(): void {
    this.#child.kill('SIGSTOP')
  }

  resume(): void {
    this.#child.kill('SIGCONT')
  }

  async kill9(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }
}
