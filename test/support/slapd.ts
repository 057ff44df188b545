import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DirectoryOptions } from '../../src/directory/connection.ts'
import { layoutOf, type Layout } from '../../src/directory/names.ts'
import { serviceUser, signal } from '../../src/local/child.ts'
import { ensureSlapd, type SlapdBinary } from '../../src/local/slapd-binary.ts'
import { PrivateSlapd, type PrivateSlapdOptions } from '../../src/local/slapd.ts'
import { createLogger } from '../../src/log.ts'

export const TEST_BASE = 'dc=dolores,dc=test'
const PASSWORD = 'the service account of the tests'

/** A real slapd of one's own, with our schema and layout. */
export class TestSlapd {
  readonly local: PrivateSlapdOptions & { port: number }
  readonly layout: Layout
  #server: PrivateSlapd

  constructor(local: PrivateSlapdOptions & { port: number }, server: PrivateSlapd) {
    this.local = local
    this.layout = layoutOf(local.baseDn)
    this.#server = server
  }

  get url(): string {
    return this.#server.url
  }

  get pid(): number {
    return this.#server.pid
  }

  get options(): DirectoryOptions {
    return {
      urls: [this.url],
      baseDn: this.local.baseDn,
      bindDn: this.#server.bindDn,
      bindPassword: this.local.rootPassword,
      startTls: false,
      ca: null,
      log: createLogger('silent'),
    }
  }

  /** Plain ldapmodify; records without changetype are added. */
  async ldapmodify(ldif: string, as?: { readonly dn: string; readonly password: string }): Promise<void> {
    await this.#tool('ldapmodify', ['-a'], ldif, as)
  }

  /** Plain ldapsearch below the base; the LDIF it prints. */
  async ldapsearch(filter: string, ...attributes: string[]): Promise<string> {
    const { baseDn } = this.local
    return await this.#tool('ldapsearch', ['-LLL', '-o', 'ldif-wrap=no', '-b', baseDn, filter, ...attributes])
  }

  /** The entryUUID of an entry. */
  async idOf(dn: string): Promise<string> {
    const text = await this.#tool('ldapsearch', ['-LLL', '-s', 'base', '-b', dn, 'entryUUID'])
    const id = /^entryUUID: (.*)$/m.exec(text)?.[1]
    if (id === undefined) throw new Error(`No entryUUID at ${dn}`)
    return id
  }

  async kill9(): Promise<void> {
    signal(this.#server.pid, 'SIGKILL')
    await this.#server.exited
  }

  pause(): void {
    signal(this.#server.pid, 'SIGSTOP')
  }

  resume(): void {
    signal(this.#server.pid, 'SIGCONT')
  }

  /** Starts it again on the same port, after `kill9` or in place of the running one. */
  async restart(): Promise<void> {
    await this.#server.stop()
    this.#server = await PrivateSlapd.start(this.local)
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    this.resume()
    await this.#server.stop()
    await rm(this.local.dir, { recursive: true, force: true })
  }

  async #tool(
    name: string,
    args: readonly string[],
    input = '',
    as = { dn: this.#server.bindDn, password: this.local.rootPassword },
  ): Promise<string> {
    const { binary } = this.local
    const login = ['-x', '-H', this.url, '-D', as.dn, '-w', as.password]
    return await runTool(binary, name, [...login, ...args], input)
  }
}

/** `ldif`: entries below the layout, loaded in bulk before the start. `within`: where its folder is made. */
export async function startSlapd(
  o: { ldif?: string; within?: string; accesslog?: boolean; editorDn?: string } = {},
): Promise<TestSlapd> {
  const local = {
    dir: await mkdtemp(join(o.within ?? tmpdir(), 'dolores-slapd-')),
    port: await freePort(),
    baseDn: TEST_BASE,
    rootPassword: PASSWORD,
    user: serviceUser(),
    binary: await testBinary(),
    accesslog: o.accesslog ?? false,
    ...(o.editorDn === undefined ? {} : { editorDn: o.editorDn }),
  }
  if (o.ldif !== undefined) await PrivateSlapd.load(local, o.ldif)
  return new TestSlapd(local, await PrivateSlapd.start(local))
}

/** The machine's slapd with its tools, or one unpacked once for all tests. */
export async function testBinary(): Promise<SlapdBinary> {
  const dir = fileURLToPath(new URL('../../node_modules/.cache/dolores/slapd', import.meta.url))
  return await ensureSlapd(dir, () => {}, true)
}

export function runTool(
  binary: SlapdBinary,
  name: string,
  args: readonly string[],
  input = '',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const path = join(binary.toolDir ?? '', name)
    const env = { ...process.env, ...binary.env }
    const child = execFile(path, args, { env, maxBuffer: 1 << 28 }, (e, stdout, stderr) => {
      if (e) reject(new Error(`${name}: ${stderr}`, { cause: e }))
      else resolve(stdout)
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

/** A port that was free a moment ago, below those that the system gives to outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const free = await new Promise<number | null>((resolve) => {
      const probe = createServer()
      probe.once('error', () => resolve(null))
      probe.listen(port, '127.0.0.1', () => {
        const { port: taken } = probe.address() as AddressInfo
        probe.close(() => resolve(taken))
      })
    })
    if (free !== null) return free
  }
}
