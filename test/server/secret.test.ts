import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { startServer, TOKEN_SECRET } from '../support/server.ts'
import { startSlapd, type TestSlapd } from '../support/slapd.ts'

const SCRIPT = fileURLToPath(new URL('../../src/commands/secret.ts', import.meta.url))
const OTHER = 'another secret than that of the tests, as long'

let slapd: TestSlapd
let database: TestDatabase
beforeAll(async () => {
  ;[slapd, database] = await Promise.all([startSlapd(), createDatabase()])
})
afterAll(async () => {
  await database?.drop()
  await slapd?.stop()
})

const started = (secret: string) => startServer({ slapd, database, settings: { TOKEN_SECRET: secret } })
const startsWith = async (secret: string) => await (await started(secret)).close()

function rotate(secret: string): Promise<{ code: number | null; text: string }> {
  const env = { ...process.env, DATABASE_URL: database.url, TOKEN_SECRET: secret }
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, '--rotate'], { env })
    let text = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => (text += part.toString()))
    child.on('close', (code) => resolve({ code, text }))
  })
}

it('an instance with another TOKEN_SECRET does not start beside the others, and says how to change it', async () => {
  const first = await started(TOKEN_SECRET)
  try {
    await expect(started(OTHER)).rejects.toMatchObject({
      name: 'ConfigError',
      exitCode: 78,
      message: expect.stringMatching(/TOKEN_SECRET[^]*npm run secret -- --rotate/),
    })
    const beside = await started(TOKEN_SECRET)
    await beside.close()
    // Not under the feet of one that runs.
    await vi.waitFor(async () => {
      const { code, text } = await rotate(OTHER)
      expect({ code, text }).toMatchObject({ code: 1, text: expect.stringContaining('Stop all') })
    }, 20_000)
  } finally {
    await first.close()
  }
  // The secret itself is not in the database, nor what signs with it.
  const [row] = await database.sql<{ all: string }>(
    'SELECT string_agg(s::text, $$ $$) AS all FROM secret_fingerprint s',
  )
  expect(row?.all).toMatch(/^\(1,[0-9a-f]{64}\)$/)
  await startsWith(TOKEN_SECRET)
  await vi.waitFor(async () => expect(await rotate(OTHER)).toMatchObject({ code: 0 }), 30_000)
  await startsWith(OTHER)
  await expect(started(TOKEN_SECRET)).rejects.toMatchObject({ name: 'ConfigError' })
})
