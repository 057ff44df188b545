import { randomUUID } from 'node:crypto'
import { expect, it, onTestFinished } from 'vitest'
import { openDatabase, type Database } from '../../src/changelog/database.ts'
import { readSince } from '../../src/changelog/log.ts'
import { confirm, readSource, setStopped } from '../../src/changelog/nodes.ts'
import { append } from '../../src/changelog/append.ts'
import { acquireLease } from '../../src/cluster/lease.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { staff } from '../support/entries.ts'
import { LogWriter, NOTHING } from './log-writer.ts'

async function open(): Promise<{ database: TestDatabase; db: Database }> {
  const database = await createDatabase()
  const db = await openDatabase(database.url)
  onTestFinished(async () => {
    await db.close()
    await database.drop()
  })
  return { database, db }
}

it('[storage.md 3] writes and reads moments right on a server whose time zone is Asia/Shanghai', async () => {
  const { database, db } = await open()
  expect(await database.sql('SHOW timezone')).toEqual([{ TimeZone: 'Asia/Shanghai' }])
  const moment = new Date('2026-01-01T03:04:05.678Z')
  const id = randomUUID()
  await db.prisma.session.create({
    data: {
      id,
      staffId: id,
      familySecretHash: '',
      refreshHash: '',
      expiresAt: moment,
      address: '',
      userAgent: '',
    },
  })
  const [stored] = await database.sql<{ at: string }>(
    'SELECT extract(epoch FROM expires_at)::text AS at FROM session',
  )
  expect(Number(stored?.at) * 1000).toBe(moment.getTime())
  const read = await db.prisma.session.findUniqueOrThrow({ where: { id } })
  expect(read.expiresAt).toEqual(moment)
  expect(Math.abs(read.createdAt.getTime() - Date.now())).toBeLessThan(60_000)

  await (await LogWriter.open(db)).write([staff(1)])
  const [version] = await readSince(db, 0, 1)
  expect(Math.abs((version?.committedAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
})

it('[storage.md 3] keeps UTC when the URL brings options of its own', async () => {
  const { database } = await open()
  const url = new URL(database.url)
  url.searchParams.set('options', '-c statement_timeout=54321')
  const db = await openDatabase(url.toString())
  onTestFinished(() => db.close())
  const rows = await db.prisma.$queryRaw`
    SELECT current_setting('TimeZone') AS zone, current_setting('statement_timeout') AS timeout`
  expect(rows).toEqual([{ zone: 'UTC', timeout: '54321ms' }])
})

it('[L6] keeps why the projector stopped, and an administrator word for it, until the pass went through', async () => {
  const { db } = await open()
  expect(await confirm(db)).toBe(false)
  expect(await readSource(db)).toEqual({ cookie: null, stopped: null, confirmed: false, reconciledAt: null })
  const lease = await acquireLease(db, 'projector', 'test', 60_000)
  if (!lease) throw new Error('the lease is taken')
  await setStopped(db, lease, 'would remove 90 of 100 people')
  expect(await confirm(db)).toBe(true)
  expect(await readSource(db)).toMatchObject({ stopped: 'would remove 90 of 100 people', confirmed: true })
  await append(db, lease, { ...NOTHING, cookie: 'c', resumed: true, reconciled: true })
  const source = await readSource(db)
  expect(source).toMatchObject({ cookie: 'c', stopped: null, confirmed: false })
  expect(Math.abs((source.reconciledAt?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
})
