import { execFile } from 'node:child_process'
import { chmod, chown, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterEach, expect, it, vi } from 'vitest'
import { openDatabase } from '../../src/changelog/database.ts'
import { loadState, readSince } from '../../src/changelog/log.ts'
import { serviceUser } from '../../src/local/child.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { PrivatePostgres } from '../../src/local/postgres.ts'
import { canonicalJson, chainHash, GENESIS_HASH } from '../../src/model/canonical.ts'
import { Device } from '../support/device.ts'
import { startServer } from '../support/server.ts'
import { startSlapd, TEST_BASE } from '../support/slapd.ts'

const run = promisify(execFile)
const PATIENCE = { timeout: 60_000, interval: 100 }

let cleanUp: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanUp.toReversed()) await clean()
  cleanUp = []
})

/** A base backup of a server that is written to, as its manual tells: files as they come, then the log up to the end. */
async function backUp(
  url: string,
  data: string,
  target: string,
  during: () => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`SELECT pg_backup_start('test', true)`)
    await during()
    // Files that vanish under the copy are as they should be; only a copy that was not made is a failure.
    await run('cp', ['-a', data, target]).catch(() => {})
    await during()
    const { rows } = await client.query<{ label: string }>(
      'SELECT labelfile AS label FROM pg_backup_stop(false)',
    )
    await run('sh', [
      '-c',
      'rm -rf "$2/pg_wal" "$2/postmaster.pid" && cp -a "$1/pg_wal" "$2/"',
      'sh',
      data,
      target,
    ])
    const label = join(target, 'backup_label')
    await writeFile(label, rows[0]?.label ?? '')
    const { uid, gid } = await stat(target)
    await chown(label, uid, gid)
  } finally {
    await client.end()
  }
}

it('[T87] [R1] [C2] a backup that was taken under writes is restored: it is one moment of the log, and every client finds its way by the chain', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'dolores-backup-'))
  await chmod(parent, 0o711)
  const dir = join(parent, 'postgres')
  const data = join(dir, 'data')
  const startPostgres = () => PrivatePostgres.start({ dir, user: serviceUser() })
  let postgres = await startPostgres()
  cleanUp.push(
    () => rm(parent, { recursive: true, force: true }),
    () => postgres.stop(),
  )
  const slapd = await startSlapd({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  const server = await startServer({ slapd, settings: { DATABASE_URL: postgres.url } })
  cleanUp.push(
    () => slapd.stop(),
    () => server.close(),
  )
  const client = await server.login('hr', 'dolores')
  const [early, late] = [new Device(client), new Device(client)]
  await early.load()

  let isWriting = true
  let written = 0
  const title = (login: string, text: string) =>
    slapd.ldapmodify(
      `dn: uid=${login},${slapd.layout.people}\nchangetype: modify\nreplace: title\ntitle: ${text}\n`,
    )
  const writing = (async () => {
    while (isWriting) await title('staff', `edit ${++written}`)
  })()
  const more = async () => {
    const version = server.instance.replica.version
    expect(await server.instance.replica.waitFor(version + 5, 30_000)).toBe(true)
  }
  await more()
  await backUp(postgres.url, data, join(parent, 'backup'), more)
  await more()
  isWriting = false
  await writing
  // Several versions which the restored database will read from the directory as one.
  await title('staff', 'the last before the loss')
  await vi.waitFor(async () => {
    await late.load()
    expect(canonicalJson([...late.copy.staff.values()])).toContain('the last before the loss')
  }, PATIENCE)
  await late.follow()
  const lost = server.instance.replica.version

  await slapd.kill9()
  await postgres.stop()
  await rename(data, join(parent, 'lost'))
  await rename(join(parent, 'backup'), data)
  postgres = await startPostgres()
  const db = await openDatabase(postgres.url)
  cleanUp.push(() => db.close())
  const { head, entries } = await loadState(db)
  expect(head.version).toBeLessThan(lost)
  let hash = GENESIS_HASH
  const replayed = new Map<string, unknown>()
  for (const { version, changes, hash: own } of await readSince(db, 0, 100_000)) {
    hash = chainHash(hash, version, changes)
    expect(own).toBe(hash)
    for (const { kind, id, after } of changes) {
      if (after) replayed.set(`${kind} ${id}`, after)
      else replayed.delete(`${kind} ${id}`)
    }
  }
  expect(hash).toBe(head.hash)
  const sorted = (values: Iterable<unknown>) => [...values].map((value) => JSON.stringify(value)).toSorted()
  expect(sorted(replayed.values())).toEqual(sorted(entries))

  // Who was online is told so; who was not finds out when it asks. Who was there before the backup goes on from there.
  await expect(late.next()).rejects.toThrow('DIVERGED')
  await slapd.restart()
  await vi.waitFor(async () => {
    await early.catchUp()
    expect(canonicalJson([...early.copy.staff.values()])).toContain('the last before the loss')
  }, PATIENCE)
  await expect(late.catchUp()).rejects.toThrow('DIVERGED')
  expect(await late.load()).toEqual(early.copy)
}, 300_000)
