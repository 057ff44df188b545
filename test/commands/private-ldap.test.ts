import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { chmod, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { migrate } from '../../src/changelog/migrate.ts'
import { startPrivateServers, type PrivateServers } from '../../src/local/private-servers.ts'
import { createLogger } from '../../src/log.ts'

const home = mkdtempSync(join(tmpdir(), 'dolores-private-'))
const dataDir = join(home, 'data')
let servers: PrivateServers
beforeAll(async () => {
  await chmod(home, 0o711)
  const env = { PATH: process.env['PATH'], DATA_DIR: dataDir }
  servers = await startPrivateServers({ env, log: createLogger('silent'), report: () => {} })
  await migrate(servers.env['DATABASE_URL'] ?? '')
})
afterAll(async () => {
  await servers?.close()
  await rm(home, { recursive: true, force: true })
})

/** A command as somebody runs it who has set nothing, or only this. */
function run(name: string, args: readonly string[], more: Record<string, string> = {}) {
  const script = fileURLToPath(new URL(`../../src/commands/${name}.ts`, import.meta.url))
  const outer = Object.entries(process.env).filter(([key]) => !/^(LDAP|DATABASE|TOKEN|DATA)_/.test(key))
  const env = { ...Object.fromEntries(outer), ...more }
  return new Promise<{ code: number | null; text: string }>((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], { env })
    let text = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => (text += part.toString()))
    child.on('close', (code) => resolve({ code, text }))
    child.stdin.end()
  })
}

it('commands for the directory find the private one of npm start when nothing is set, and say so', async () => {
  const found = `the private directory of \`npm start\` in ${dataDir}`
  const made = await run('admin', ['hr'], { DATA_DIR: dataDir })
  expect(made).toEqual({ code: 0, text: expect.stringContaining(found) })
  expect(made.text).toContain('It stands in the audit log.')
  const ready = await run('ldap-init', ['--dry-run'], { DATA_DIR: dataDir })
  expect(ready).toEqual({ code: 0, text: expect.stringContaining(found) })
  expect(ready.text).toContain('Nothing to do.')
})

it('they do not guess where one is named, or where there is none', async () => {
  const named = await run('admin', ['hr'], { DATA_DIR: dataDir, LDAP_URLS: 'ldap://127.0.0.1:9' })
  expect(named).toEqual({ code: 78, text: expect.stringContaining('LDAP_BIND_DN') })
  const none = await run('admin', ['hr'], { DATA_DIR: join(home, 'none') })
  expect(none).toEqual({ code: 78, text: expect.stringContaining('LDAP_URLS') })
})
