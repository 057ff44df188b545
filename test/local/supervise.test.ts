import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Attribute, Change, Client } from 'ldapts'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pause } from '../../src/clock.ts'
import { readConfig } from '../../src/config.ts'
import type { ChildExit } from '../../src/local/child.ts'
import { chooseDataDir, readSecrets } from '../../src/local/data-dir.ts'
import { claim } from '../../src/local/lock.ts'
import { startPrivateServers, type PrivateServers } from '../../src/local/private-servers.ts'
import { Supervisor, type Server } from '../../src/local/supervisor.ts'
import { createLogger } from '../../src/log.ts'

const log = createLogger('silent')
const home = mkdtempSync(join(tmpdir(), 'dolores-supervise-'))
beforeAll(() => chmod(home, 0o711))
afterAll(() => rm(home, { recursive: true, force: true }))

const start = (dir: string, env: Record<string, string> = {}) =>
  startPrivateServers({ env: { PATH: process.env['PATH'], DATA_DIR: dir, ...env }, log, report: () => {} })

/** Tries until it works; the milliseconds that it took. */
async function untilWorks(attempt: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  for (;;) {
    try {
      await attempt()
      return performance.now() - from
    } catch (error) {
      if (performance.now() - from > 15_000) throw error
      await pause(5)
    }
  }
}

async function query(servers: PrivateServers, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: servers.env['DATABASE_URL'] })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

async function withLdap<T>(servers: PrivateServers, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ url: servers.env['LDAP_URLS'] ?? '' })
  try {
    await client.bind(servers.env['LDAP_BIND_DN'] ?? '', servers.env['LDAP_BIND_PASSWORD'] ?? '')
    return await work(client)
  } finally {
    await client.unbind().catch(() => {})
  }
}

const STAFF = 'uid=staff,ou=people,dc=dolores,dc=local'
const titleOfStaff = (servers: PrivateServers) =>
  withLdap(servers, async (client) => {
    const { searchEntries } = await client.search(STAFF, { scope: 'base', attributes: ['title'] })
    return searchEntries[0]?.['title']
  })

describe('the private servers of npm start', () => {
  const dir = join(home, 'data')
  let servers: PrivateServers
  beforeAll(async () => {
    servers = await start(dir)
  })
  afterAll(() => servers.close())

  it('give settings that demo mode accepts, with the demo company inside', async () => {
    const config = readConfig(servers.env, 'demo')
    expect(config.LDAP_BASE_DN).toBe('dc=dolores,dc=local')
    expect(config.TOKEN_SECRET.length).toBeGreaterThanOrEqual(32)
    expect(Number(new URL(config.LDAP_URLS[0] ?? '').port)).toBeLessThan(32_768)
    expect(await titleOfStaff(servers)).toBe('Engineer')
    expect(await query(servers, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('keep their secrets from other accounts', async () => {
    for (const name of ['secrets.json', 'ldap-password', 'lock'])
      expect((await stat(join(dir, name))).mode & 0o777, name).toBe(0o600)
    expect((await stat(dir)).mode & 0o066).toBe(0)
    for (const name of ['slapd', 'postgres'])
      expect((await stat(join(dir, name))).mode & 0o777, name).toBe(0o700)
  })

  it('come back within 2 s after kill -9 of both, with all that was acknowledged', async () => {
    await query(servers, 'CREATE TABLE kept (n int); INSERT INTO kept SELECT generate_series(1, 1000)')
    await withLdap(servers, async (client) => {
      const modification = new Attribute({ type: 'title', values: ['Survivor'] })
      await client.modify(STAFF, new Change({ operation: 'replace', modification }))
    })
    const before = servers.pids()
    for (const pid of Object.values(before)) if (pid !== null) process.kill(pid, 'SIGKILL')
    const [slapdMs, postgresMs] = await Promise.all([
      untilWorks(async () => expect(await titleOfStaff(servers)).toBe('Survivor')),
      untilWorks(async () =>
        expect(await query(servers, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 1000 }]),
      ),
    ])
    expect(slapdMs).toBeLessThan(2000)
    expect(postgresMs).toBeLessThan(2000)
    await untilWorks(async () => {
      expect(servers.pids().slapd).not.toBe(before.slapd)
      expect(servers.pids().postgres).not.toBe(before.postgres)
    })
  })

  it('run once per folder: a second start names the process that has it', async () => {
    await expect(start(dir)).rejects.toThrow(new RegExp(`process ${process.pid}\\b.*DATA_DIR`))
    expect(await titleOfStaff(servers)).toBe('Survivor')
  })

  it('are not started where the settings name others', async () => {
    const own = {
      LDAP_URLS: 'ldap://127.0.0.1:1',
      DATABASE_URL: 'postgresql://127.0.0.1:1/none',
      TOKEN_SECRET: 'mine',
    }
    const none = await start(join(home, 'none'), own)
    expect(none.pids()).toEqual({ slapd: null, postgres: null })
    expect(none.env).toMatchObject(own)
    expect(none.ldapmodify).toBeNull()
    await none.close()
  })

  it('remember their port and their secrets, and take another port while somebody else listens there', async () => {
    const again = join(home, 'again')
    const only = { DATABASE_URL: 'postgresql://127.0.0.1:1/none' }
    const first = await start(again, only)
    await first.close()
    const second = await start(again, only)
    expect(second.env).toMatchObject({
      LDAP_URLS: first.env['LDAP_URLS'],
      TOKEN_SECRET: first.env['TOKEN_SECRET'],
      LDAP_BIND_PASSWORD: first.env['LDAP_BIND_PASSWORD'],
    })
    await second.close()
    const stranger = createServer().listen(Number(new URL(first.env['LDAP_URLS'] ?? '').port), '127.0.0.1')
    await once(stranger, 'listening')
    const third = await start(again, only)
    expect(third.env['LDAP_URLS']).not.toBe(first.env['LDAP_URLS'])
    expect(await titleOfStaff(third)).toBe('Engineer')
    await third.close()
    stranger.close()
  })
})

describe('the lock of a data folder', () => {
  it('of a process that was killed is taken over, also when its number lives on in another process', async () => {
    const dir = mkdtempSync(join(home, 'lock-'))
    await writeFile(join(dir, 'lock'), `${process.ppid} 12345 another-boot\n`)
    const release = await claim(dir)
    expect(await readFile(join(dir, 'lock'), 'utf8')).toContain(String(process.pid))
    await release()
    await writeFile(join(dir, 'lock'), '')
    await (
      await claim(dir)
    )()
  })

  it('is held by exactly one of many that start at once over a dead one', async () => {
    const dir = mkdtempSync(join(home, 'lock-'))
    await writeFile(join(dir, 'lock'), '999999999 1 x\n')
    const module = new URL('../../src/local/lock.ts', import.meta.url).href
    const script = `import(${JSON.stringify(module)}).then((m) => m.claim(${JSON.stringify(dir)})).then(
      () => { console.log('held'); setInterval(() => {}, 1000) }, () => { console.log('refused') })`
    const racers = Array.from({ length: 6 }, () => spawn(process.execPath, ['--import', 'tsx', '-e', script]))
    const answers = await Promise.all(
      racers.map(async (racer) => String((await once(racer.stdout, 'data'))[0]).trim()),
    )
    for (const racer of racers) racer.kill('SIGKILL')
    expect(answers.filter((answer) => answer === 'held')).toHaveLength(1)
  })
})

describe('the secrets of a data folder', () => {
  it('are made once, and a damaged file is an error, not new secrets', async () => {
    const dir = mkdtempSync(join(home, 'secrets-'))
    const made = await readSecrets(dir)
    expect(await readSecrets(dir)).toEqual(made)
    await writeFile(join(dir, 'secrets.json'), '{')
    await expect(readSecrets(dir)).rejects.toThrow(/damaged/)
    expect(await readFile(join(dir, 'secrets.json'), 'utf8')).toBe('{')
  })
})

describe('the place of the data folder', () => {
  it('is DATA_DIR, else the checkout, else /var/lib when the account of the servers may not enter', async () => {
    const checkout = mkdtempSync(join(home, 'checkout-'))
    await chmod(checkout, 0o700)
    expect(await chooseDataDir('/srv/x', checkout, null)).toBe('/srv/x')
    expect(await chooseDataDir('', checkout, null)).toBe(join(checkout, '.dolores'))
    if (process.getuid?.() !== 0) return
    expect(await chooseDataDir(undefined, checkout, { uid: 65534, gid: 65534 })).toMatch(
      /^\/var\/lib\/dolores-[0-9a-f]{8}$/,
    )
  })
})

describe('a server that keeps dying', () => {
  /** Dies as soon as it is told to. */
  class Mortal implements Server {
    readonly pid = 1
    readonly exited: Promise<ChildExit>
    die: () => void = () => {}

    constructor() {
      this.exited = new Promise((resolve) => {
        this.die = () => resolve({ code: 1, signal: null })
      })
    }

    stderr(): string {
      return 'disk is full'
    }

    async stop(): Promise<void> {
      this.die()
    }
  }

  it('is given up after some quick deaths in a row, with what it said last', async () => {
    const dead = () => {
      const server = new Mortal()
      server.die()
      return server
    }
    let starts = 0
    const restart = async () => {
      starts += 1
      return dead()
    }
    const supervisor = new Supervisor({ name: 'slapd', restart, log, patience: 4 }, dead())
    expect((await supervisor.gaveUp).message).toMatch(/slapd keeps dying.*disk is full/)
    expect(starts).toBe(3)
    await supervisor.stop()
  })

  it('is forgiven when it lived long, and one that is stopped stays down', async () => {
    let now = 0
    const clock = { now: () => now }
    const servers = [new Mortal()]
    const born: ((server: Mortal) => void)[] = []
    const restart = async () => {
      const server = new Mortal()
      servers.push(server)
      born.shift()?.(server)
      return server
    }
    const first = servers[0]
    if (!first) throw new Error('unreachable')
    const supervisor = new Supervisor({ name: 'x', restart, log, clock, patience: 2, steadyMs: 1000 }, first)
    for (let life = 0; life < 3; life++) {
      const next = new Promise((resolve) => born.push(resolve))
      // Lets the supervisor note when this life began.
      await new Promise((resolve) => setImmediate(resolve))
      now += 5000
      servers.at(-1)?.die()
      await next
    }
    expect(servers).toHaveLength(4)
    await supervisor.stop()
    expect(servers).toHaveLength(4)
  })
})
