import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from './support/database.ts'
import { TOKEN_SECRET } from './support/server.ts'
import { startSlapd, type TestSlapd } from './support/slapd.ts'
import { Wire } from './support/wire.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const children: ChildProcess[] = []

let slapd: TestSlapd
let database: TestDatabase
beforeAll(async () => {
  slapd = await startSlapd()
  database = await createDatabase()
})
afterAll(async () => {
  await database?.drop()
  await slapd?.stop()
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

interface Run {
  readonly child: ChildProcess
  readonly ended: Promise<{ code: number | null; output: string }>
  /** Waits for a line of the log and answers it. */
  line(holds: (line: string) => boolean): Promise<string>
}

function settings(over: Record<string, string> = {}): Record<string, string> {
  return {
    PORT: '0',
    DATABASE_URL: database.url,
    LDAP_URLS: slapd.url,
    LDAP_BASE_DN: slapd.options.baseDn,
    LDAP_BIND_DN: slapd.options.bindDn,
    LDAP_BIND_PASSWORD: slapd.options.bindPassword,
    TOKEN_SECRET,
    ...over,
  }
}

/** `npm run serve` without the build: the same function in a process of its own. */
function run(env: Record<string, string>): Run {
  const script = "import('./src/main.ts').then((m) => m.main('production'))"
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', script], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let output = ''
  const waiting: { holds: (line: string) => boolean; found: (line: string) => void }[] = []
  const look = () => {
    for (const { holds, found } of waiting) {
      const line = output.split('\n').find(holds)
      if (line !== undefined) found(line)
    }
  }
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      look()
    })
  }
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, output }))
  return {
    child,
    ended,
    line: (holds) =>
      new Promise((resolve, reject) => {
        waiting.push({ holds, found: resolve })
        look()
        void ended.then(() => reject(new Error(`It ended: ${output}`)))
      }),
  }
}

async function listening(started: Run): Promise<string> {
  const line = await started.line((l) => l.includes('"msg":"Listening"'))
  const { port }: { port: number } = JSON.parse(line)
  return `http://127.0.0.1:${port}`
}

describe('the process', () => {
  it('ends 78 and names every setting that is missing or wrong', async () => {
    const { code, output } = await run({ PORT: 'nonsense' }).ended
    expect(code).toBe(78)
    for (const name of [
      'PORT',
      'DATABASE_URL',
      'LDAP_URLS',
      'LDAP_BASE_DN',
      'LDAP_BIND_DN',
      'TOKEN_SECRET',
    ]) {
      expect(output).toContain(name)
    }
    expect(output).not.toContain('    at ')
  })

  it('ends 78 for a file of certificates that is not there', async () => {
    const { code, output } = await run(settings({ LDAP_CA_FILE: '/nowhere/ca.pem' })).ended
    expect(code).toBe(78)
    expect(output).toContain('LDAP_CA_FILE names /nowhere/ca.pem')
  })

  it('ends 78 for a directory that is not ours, and says what to do', async () => {
    const { code, output } = await run(settings({ LDAP_BASE_DN: 'dc=somebody,dc=else' })).ended
    expect(code).toBe(78)
    expect(output).toContain('npm run ldap:init')
    expect(output).not.toContain('    at ')
  })

  it('ends with a text for a database of another application, and leaves it alone', async () => {
    const other = await createDatabase('empty')
    await other.sql('CREATE TABLE invoices (id int)')
    const { code, output } = await run(settings({ DATABASE_URL: other.url })).ended
    expect(code).not.toBe(0)
    expect(output).toContain('another application')
    expect(output).not.toContain('    at ')
    expect(await other.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([
      { tablename: 'invoices' },
    ])
    await other.drop()
  })

  it('ends with a text when the port is taken', async () => {
    const taken = createServer()
    taken.listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const { code, output } = await run(settings({ PORT: String(port) })).ended
    taken.close()
    expect(code).toBe(1)
    expect(output).toContain('set HOST or PORT')
  })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    '[T57] drains at %s: sockets hear 1012, and it ends 0',
    async (signal) => {
      const started = run(settings())
      const url = await listening(started)
      const wire = await Wire.open(`${url}/graphql`)
      started.child.kill(signal)
      expect((await wire.closed).code).toBe(1012)
      expect((await started.ended).code).toBe(0)
    },
  )

  it('[T99] prints no secret, whatever the level', async () => {
    const started = run(settings({ LOG_LEVEL: 'trace' }))
    const url = await listening(started)
    await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer canary-of-a-token' },
      body: JSON.stringify({
        query: 'mutation { login(input: { login: "x", password: "canary-of-a-password" }) { __typename } }',
      }),
    })
    started.child.kill('SIGTERM')
    const { output } = await started.ended
    expect(output).toContain('"msg":"Stopped"')
    for (const secret of ['canary', TOKEN_SECRET, slapd.options.bindPassword])
      expect(output).not.toContain(secret)
  })
})
