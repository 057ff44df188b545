import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { z } from 'zod'
import { pause } from '../../src/clock.ts'
import { signal } from '../../src/local/child.ts'
import { startPrivateServers } from '../../src/local/private-servers.ts'
import { createLogger } from '../../src/log.ts'
import { freePort } from '../support/slapd.ts'
import { isInstalled, nodeProblem, ROOT } from '../../src/local/prepare.mjs'

const home = mkdtempSync(join(tmpdir(), 'dolores-start-'))
beforeAll(() => chmod(home, 0o711))
afterAll(() => rm(home, { recursive: true, force: true }))

/** Settings of the one who runs the tests must not reach the server under test. */
const environment = (own: Record<string, string>) => ({
  PATH: process.env['PATH'] ?? '',
  LOG_LEVEL: 'error',
  ...own,
})

interface Running {
  readonly process: ChildProcess
  readonly output: string
  readonly url: string
}

const alive: ChildProcess[] = []
afterAll(async () => {
  for (const child of alive) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGINT')
    await once(child, 'exit')
  }
})

/** `npm start` without npm, until it says that it is ready. */
async function start(dataDir: string): Promise<Running> {
  const child = spawn(process.execPath, ['src/local/start.mjs'], {
    cwd: ROOT,
    env: environment({ DATA_DIR: dataDir, PORT: '0' }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  alive.push(child)
  let output = ''
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('Ctrl-C stops it')) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', () => reject(new Error(output)))
  })
  return { process: child, output, url: /is ready: (\S+)/.exec(output)?.[1] ?? '' }
}

/** One of the scripts with its arguments, until it ends. */
const run = (script: string, env: Record<string, string>, args: readonly string[] = []) =>
  new Promise<{ code: number | null; output: string }>((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
      cwd: ROOT,
      env: environment(env),
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.once('close', (code) => resolve({ code, output }))
  })

/** The line of the output that begins so, to be pasted. */
function printed(output: string, beginning: string): string {
  const found = output.split('\n').find((line) => line.startsWith(beginning))
  if (found === undefined) throw new Error(`nothing that begins with ${beginning} in:\n${output}`)
  return found
}

async function ask(url: string, query: string, token?: string): Promise<unknown> {
  const headers = {
    'content-type': 'application/json',
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  }
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
  return await response.json()
}

const session = z.object({ data: z.object({ login: z.object({ accessToken: z.string() }) }) })
const signIn = async (url: string, mutation: string) =>
  session.parse(await ask(url, mutation)).data.login.accessToken

/** A token as soon as the server answers and its log has the person. */
async function untilSignedIn(url: string, mutation: string): Promise<string> {
  for (;;) {
    const answer = session.safeParse(await ask(url, mutation).catch(() => null))
    if (answer.success) return answer.data.data.login.accessToken
    await pause(200)
  }
}

async function pidsIn(dataDir: string): Promise<number[]> {
  const files = ['slapd/slapd.pid', 'postgres/data/postmaster.pid'].map((name) => join(dataDir, name))
  return await Promise.all(files.map(async (file) => Number.parseInt(await readFile(file, 'utf8'), 10)))
}

async function untilGone(pids: readonly number[]): Promise<void> {
  while (pids.some((pid) => signal(pid, 0))) await pause(10)
}

describe('npm start', { timeout: 180_000 }, () => {
  const dataDir = join(home, 'data')
  let first: Running
  let token: string
  beforeAll(async () => {
    first = await start(dataDir)
  }, 180_000)

  it('prints where to look, and three logins that work', async () => {
    expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const mutation = printed(first.output, 'mutation')
    token = await signIn(first.url, mutation)
    for (const login of ['staff', 'guest']) await signIn(first.url, mutation.replace('"hr"', `"${login}"`))
  })

  it('runs once: a second start names the first, without a stack', async () => {
    const { code, output } = await run('src/local/start.mjs', { DATA_DIR: dataDir })
    expect(code).toBe(1)
    expect(output.trim()).toMatch(
      new RegExp(`^Dolores already runs on \\S+: process ${first.process.pid}\\. .*$`),
    )
  })

  it('prints a query that answers', async () => {
    const answer = await ask(first.url, printed(first.output, '{'), token)
    expect(answer).toMatchObject({ data: { departments: { edges: [{ node: { name: '北辰 Polaris' } }] } } })
    expect(answer).not.toHaveProperty('errors')
  })

  it('prints a subscription and an ldapmodify whose change arrives in it', async () => {
    const client = createClient({
      url: `${first.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: 0,
    })
    const deltas = client.iterate({ query: printed(first.output, 'subscription') })
    // With a slapd that was unpacked the tool stands in its folder, and is told where its libraries are.
    const script = first.output.slice(first.output.search(/^(\S+=\S+ )*\S*ldapmodify /m))
    const command = script.slice(0, script.indexOf('\nLDIF\n') + '\nLDIF\n'.length)
    await promisify(execFile)('/bin/sh', ['-c', command])
    let seen = ''
    for await (const message of deltas) {
      seen = JSON.stringify(message)
      if (seen.includes('Chief Tester')) break
    }
    expect(seen).toContain('"action":"UPDATE"')
    await client.dispose()
  })

  it('goes on after kill -9 of itself, its slapd and its PostgreSQL, with all that was there', async () => {
    const pids = await pidsIn(dataDir)
    for (const pid of [first.process.pid ?? 0, ...pids]) signal(pid, 'SIGKILL')
    if (first.process.signalCode === null) await once(first.process, 'exit')
    await untilGone(pids)
    first = await start(dataDir)
    token = await signIn(first.url, printed(first.output, 'mutation'))
    const answer = await ask(
      first.url,
      '{ search(query: "Steffen Lange") { ... on Staff { login title } } }',
      token,
    )
    expect(answer).toEqual({ data: { search: [{ login: 'staff', title: 'Chief Tester' }] } })
  })

  it('goes on at once after kill -9 of itself alone', async () => {
    const pids = await pidsIn(dataDir)
    first.process.kill('SIGKILL')
    first = await start(dataDir)
    expect(await pidsIn(dataDir)).not.toEqual(pids)
    await signIn(first.url, printed(first.output, 'mutation'))
  })

  it('stops everything in order at Ctrl-C and leaves nothing behind', async () => {
    const pids = await pidsIn(dataDir)
    first.process.kill('SIGINT')
    await once(first.process, 'exit')
    expect(first.process.exitCode).toBe(0)
    expect(pids.filter((pid) => signal(pid, 0))).toEqual([])
    for (const name of ['lock', 'slapd/running', 'postgres/running'])
      expect(existsSync(join(dataDir, name)), name).toBe(false)
  })
})

describe('npm run demo', { timeout: 180_000 }, () => {
  it('makes a larger company, which npm start serves with a cursor that can be followed', async () => {
    const dataDir = join(home, 'large')
    const made = await run('src/commands/demo.ts', { DATA_DIR: dataDir }, ['--people', '400'])
    expect(made).toMatchObject({ code: 0 })
    const { process: child, output, url } = await start(dataDir)
    const token = await signIn(url, printed(output, 'mutation'))
    const [, since] = /since: "([^"]+)"/.exec(printed(output, 'subscription')) ?? []
    const query = `{ changesSince(version: "${since}") { ... on Delta { changes { id } } } }`
    expect(await ask(url, query, token)).toEqual({ data: { changesSince: { changes: [] } } })
    child.kill('SIGINT')
    await once(child, 'exit')
  })
})

describe('npm run serve', { timeout: 180_000 }, () => {
  it("serves one's own LDAP and PostgreSQL from settings alone, without GraphiQL, until SIGTERM", async () => {
    const dir = join(home, 'own')
    const own = await startPrivateServers({
      env: { DATA_DIR: dir },
      log: createLogger('silent'),
      report: () => {},
    })
    const settings = Object.fromEntries(
      Object.entries(own.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    )
    const port = String(await freePort())
    const child = spawn(process.execPath, ['src/local/serve.mjs'], {
      cwd: ROOT,
      env: environment({ ...settings, PORT: port }),
      stdio: 'inherit',
    })
    alive.push(child)
    const url = `http://127.0.0.1:${port}`
    try {
      const mutation =
        'mutation { login(input: { login: "hr", password: "dolores" }) { ... on Session { accessToken } } }'
      const token = await untilSignedIn(url, mutation)
      expect((await fetch(`${url}/readyz`)).status).toBe(200)
      expect(await ask(url, '{ viewer { staff { login } } }', token)).toEqual({
        data: { viewer: { staff: { login: 'hr' } } },
      })
      const page = await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })
      expect(await page.text()).not.toContain('GraphiQL')
    } finally {
      child.kill('SIGTERM')
      await once(child, 'exit')
      await own.close()
    }
    expect(child.exitCode).toBe(0)
  })
})

describe('wrong settings', { timeout: 180_000 }, () => {
  it('of npm start end it with 78: the demo listens on loopback only', async () => {
    const { code, output } = await run('src/local/start.mjs', {
      DATA_DIR: join(home, 'open'),
      HOST: '0.0.0.0',
    })
    expect(code).toBe(78)
    expect(output).toMatch(/HOST is 0\.0\.0\.0.*npm run serve/)
  })

  it('of npm run serve are told all at once, with 78', async () => {
    const { code, output } = await run('src/local/serve.mjs', { PORT: 'x' })
    expect(code).toBe(78)
    for (const name of ['PORT', 'DATABASE_URL', 'LDAP_URLS', 'LDAP_BASE_DN', 'LDAP_BIND_DN', 'TOKEN_SECRET'])
      expect(output).toMatch(new RegExp(`- ${name} `))
  })
})

describe('the Node that runs it', () => {
  it.each(['v18.20.4', 'v20.18.3', 'v19.9.0'])('%s is told what is needed', (version) => {
    expect(nodeProblem(version)).toMatch(/20\.19/)
  })
  it.each(['v20.19.0', 'v20.20.2', 'v21.0.0', 'v22.12.0', 'v24.1.0'])('%s will do', (version) => {
    expect(nodeProblem(version)).toBeNull()
  })
})

describe('what is installed', () => {
  const lock = join(home, 'package-lock.json')
  const record = join(home, '.package-lock.json')
  const here = { os: [process.platform], cpu: [process.arch] }
  const packages = {
    '': { name: 'x' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/b': { version: '2.0.0', integrity: 'sha512-b', dev: true },
    'node_modules/native': { version: '3.0.0', integrity: 'sha512-n', optional: true, ...here },
    'node_modules/elsewhere': { version: '3.0.0', optional: true, os: ['plan9'] },
  }
  const write = (file: string, content: object) => writeFile(file, JSON.stringify({ packages: content }))

  it('is measured against the lock file: all, optional ones of this platform too, in their versions', async () => {
    const { '': _root, 'node_modules/elsewhere': _other, ...all } = packages
    await write(lock, packages)
    expect(isInstalled(lock, join(home, 'nothing'), true)).toBe(false)
    await write(record, all)
    expect(isInstalled(lock, record, true)).toBe(true)
    const { 'node_modules/native': _native, ...partial } = all
    await write(record, partial)
    expect(isInstalled(lock, record, true)).toBe(false)
    const { 'node_modules/b': _dev, ...production } = all
    await write(record, production)
    expect(isInstalled(lock, record, true)).toBe(false)
    expect(isInstalled(lock, record, false)).toBe(true)
    await write(record, { ...all, 'node_modules/a': { version: '1.0.1', integrity: 'sha512-other' } })
    expect(isInstalled(lock, record, true)).toBe(false)
  })
})
