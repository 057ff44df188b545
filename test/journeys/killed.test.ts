import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { LdapPool } from '../../src/directory/pool.ts'
import { DirectoryWriter } from '../../src/directory/writer.ts'
import { serviceUser } from '../../src/local/child.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { PrivatePostgres } from '../../src/local/postgres.ts'
import { rowsOf } from '../support/apply.ts'
import { Client } from '../support/client.ts'
import { Device } from '../support/device.ts'
import { oracleDigest } from '../support/oracle-digest.ts'
import { freePort, startSlapd, TEST_BASE, type TestSlapd } from '../support/slapd.ts'

const PATIENCE = { timeout: 30_000, interval: 50 }

let slapd: TestSlapd
let postgres: PrivatePostgres
let directory: string
let port: number
let server: ChildProcess

const url = () => `http://127.0.0.1:${port}`
const startPostgres = () => PrivatePostgres.start({ dir: join(directory, 'postgres'), user: serviceUser() })

async function startServer(): Promise<void> {
  const { options } = slapd
  server = spawn(
    process.execPath,
    ['--import', 'tsx', '--eval', "import('./src/main.ts').then((m) => m.main('production'))"],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        PORT: String(port),
        DATABASE_URL: postgres.url,
        LDAP_URLS: options.urls.join(','),
        LDAP_BASE_DN: options.baseDn,
        LDAP_BIND_DN: options.bindDn,
        LDAP_BIND_PASSWORD: options.bindPassword,
        TOKEN_SECRET: 'the token secret of the tests, long enough',
        LOG_LEVEL: 'fatal',
      },
    },
  )
  await vi.waitFor(async () => expect((await fetch(`${url()}/readyz`)).status).toBe(200), PATIENCE)
}

async function killServer(): Promise<void> {
  const ended = once(server, 'exit')
  server.kill('SIGKILL')
  await ended
}

async function killPostgres(): Promise<void> {
  postgres.kill()
  await postgres.exited
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dolores-killed-'))
  await chmod(directory, 0o711)
  port = await freePort()
  slapd = await startSlapd({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  postgres = await startPostgres()
  await startServer()
}, 120_000)
afterAll(async () => {
  server?.kill('SIGKILL')
  await postgres?.stop()
  await slapd?.stop()
  await rm(directory, { recursive: true, force: true })
})

/** A device that stays on through every death of the server; its copy refuses what it misses and what comes twice. */
class Faithful extends Device {
  resubscriptions = 0
  failure: unknown = null
  #isWanted = true

  async stayOn(): Promise<void> {
    while (this.#isWanted && this.failure === null) {
      try {
        await this.follow()
        this.resubscriptions++
        for (;;) await this.nextOrClosed()
      } catch (error) {
        // A socket that cannot be opened or has ended is what is expected here; all else is a broken promise.
        const text = String(error)
        if (
          !/ECONNREFUSED|ECONNRESET|socket hang up|closed|Unexpected server response|UNAVAILABLE/.test(text)
        )
          this.failure = error
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  async nextOrClosed(): Promise<void> {
    const next = this.next()
    next.catch(() => {})
    await Promise.race([next, this.closed.then(() => Promise.reject(new Error('closed')))])
  }

  leave(): Promise<void> {
    this.#isWanted = false
    return this.close()
  }
}

it('[L1] [L2] [T76] slapd, PostgreSQL and the server killed with -9 in any order under writes: nothing missed, nothing doubled', async () => {
  const client = new Client(url())
  await vi.waitFor(() => client.login('hr', 'dolores'), PATIENCE)
  const device = new Faithful(client)
  await device.load()
  const following = device.stayOn()
  const logins = [...device.copy.staff.values()]
    .map((row) => String(Reflect.get(row, 'login')))
    .filter((l) => l !== 'hr')

  let isWriting = true
  let written = 0
  const write = async (lane: number) => {
    const pool = new LdapPool(slapd.options)
    const writer = new DirectoryWriter(pool)
    for (let n = lane; isWriting; n += 2) {
      const dn = `uid=${logins[(n * 7) % logins.length]},${slapd.layout.people}`
      const done = writer.modify(dn, [{ operation: 'replace', attribute: 'title', values: [`Title ${n}`] }])
      await done.then(
        () => void written++,
        () => {},
      )
    }
    await pool.close()
  }
  const writing = [write(0), write(1)]

  const slapdDies = async () => {
    await slapd.kill9()
    await slapd.restart()
  }
  const postgresDies = async () => {
    await killPostgres()
    postgres = await startPostgres()
  }
  const serverDies = async () => {
    await killServer()
    await startServer()
  }
  const orders = [
    [slapdDies],
    [serverDies],
    [postgresDies],
    [postgresDies, slapdDies],
    [slapdDies, postgresDies, serverDies],
    [serverDies],
  ]
  for (const dying of orders) {
    const [cursor, count] = [device.copy.cursor, written]
    await Promise.all(dying.map((die) => die()))
    await vi.waitFor(() => {
      expect(device.failure).toBeNull()
      expect(device.copy.cursor).not.toBe(cursor)
      expect(written).toBeGreaterThan(count)
    }, PATIENCE)
  }
  isWriting = false
  await Promise.all(writing)
  await slapd.ldapmodify(
    `dn: uid=hr,${slapd.layout.people}\nchangetype: modify\nreplace: title\ntitle: The end\n`,
  )
  await vi.waitFor(() => {
    expect(device.failure).toBeNull()
    expect(JSON.stringify(rowsOf(device.copy))).toContain('The end')
  }, PATIENCE)
  await device.leave()
  await following

  const fresh = await new Device(client).load()
  expect(device.copy.staff).toEqual(fresh.staff)
  expect(device.copy.departments).toEqual(fresh.departments)
  expect(device.copy.digest).toBe(oracleDigest(rowsOf(fresh)))
  const titles = await slapd.ldapsearch('(objectClass=dlrPerson)', 'uid', 'title')
  for (const row of fresh.staff.values()) {
    const entry = titles
      .split('\n\n')
      .find((text) => new RegExp(`^uid: ${String(Reflect.get(row, 'login'))}$`, 'm').test(text))
    const title = /^title: (.*)$/m.exec(entry ?? '')?.[1]
    if (title !== undefined) expect(Reflect.get(row, 'title')).toBe(title)
  }
  expect(device.resubscriptions).toBeGreaterThan(3)
}, 300_000)
