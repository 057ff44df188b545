import { expect, it, onTestFinished } from 'vitest'
import { listen } from '../../src/changelog/wake.ts'
import { createLogger } from '../../src/log.ts'
import { createDatabase } from '../support/database.ts'
import { MessageQueue } from '../support/message-queue.ts'

const log = createLogger('silent')

it('[T79] listens again when its session was ended, and wakes once for what it may have missed', async () => {
  const database = await createDatabase()
  const stop = new AbortController()
  onTestFinished(async () => {
    stop.abort()
    await database.drop()
  })
  const wakes = new MessageQueue<string | undefined>()
  listen(database.url, 'Chän"nel', (payload) => wakes.push(payload), stop.signal, log)
  const notify = (payload: string) => database.sql('SELECT pg_notify($1, $2)', ['Chän"nel', payload])
  expect(await wakes.next()).toBeUndefined()
  await notify('1')
  expect(await wakes.next()).toBe('1')
  const ended = await database.sql<{ ok: boolean }>(
    `SELECT pg_terminate_backend(pid) AS ok FROM pg_stat_activity
     WHERE application_name = 'dolores listener' AND datname = current_database()`,
  )
  expect(ended).toEqual([{ ok: true }])
  await notify('lost')
  expect(await wakes.next()).toBeUndefined()
  await notify('2')
  expect(await wakes.next()).toBe('2')
})

it('[house] ends its session with the signal and by its result', async () => {
  const database = await createDatabase()
  onTestFinished(() => database.drop())
  const stop = new AbortController()
  const wakes = new MessageQueue<string | undefined>()
  const end = listen(database.url, 'a', (payload) => wakes.push(payload), stop.signal, log)
  await wakes.next()
  listen(database.url, 'b', (payload) => wakes.push(payload), stop.signal, log)
  await wakes.next()
  const listeners = async () => {
    const rows = await database.sql(
      `SELECT 1 FROM pg_stat_activity WHERE application_name = 'dolores listener' AND datname = current_database()`,
    )
    return rows.length
  }
  expect(await listeners()).toBe(2)
  end()
  await expect.poll(listeners, { timeout: 20_000 }).toBe(1)
  stop.abort()
  await expect.poll(listeners, { timeout: 20_000 }).toBe(0)
})
