import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { demoLdif } from '../../src/local/demo/company.ts'
import { Device } from '../support/device.ts'
import { clientFor } from '../support/pass.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

let server: TestServer
let folder: string
const children: ChildProcess[] = []
beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  folder = await mkdtemp(join(tmpdir(), 'dolores-sync-'))
  await server.login('hr', 'dolores')
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await server?.close()
  await rm(folder, { recursive: true, force: true })
})

const COMMAND = join(import.meta.dirname, '../../web/sdk/node/dolores-sync.ts')
const HR = { DOLORES_LOGIN: 'hr', DOLORES_PASSWORD: 'dolores' }

function run(args: readonly string[], env: Record<string, string> = HR): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', COMMAND, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  children.push(child)
  return child
}

async function ended(child: ChildProcess): Promise<{ code: number | null; errors: string }> {
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  await once(child, 'close')
  return { code: child.exitCode, errors }
}

const setTitle = (title: string) =>
  server.slapd.ldapmodify(
    `dn: uid=staff,ou=people,${TEST_BASE}\nchangetype: modify\nreplace: title\ntitle: ${title}\n`,
  )

const eventSchema = z.object({
  event: z.string(),
  id: z.string().optional(),
  row: z.looseObject({ title: z.string().nullish() }).optional(),
})

/** The next group of events, up to its version. */
async function group(lines: AsyncIterator<string>): Promise<z.infer<typeof eventSchema>[]> {
  const events: z.infer<typeof eventSchema>[] = []
  for (;;) {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('it has ended')
    const event = eventSchema.parse(JSON.parse(value))
    if (event.event === 'version') return events
    events.push(event)
  }
}

const linesOf = (child: ChildProcess): AsyncIterator<string> => {
  if (!child.stdout) throw new Error('nothing to read')
  const lines: Interface = createInterface(child.stdout)
  return lines[Symbol.asyncIterator]()
}

/** What stands in a file, as the rows of somebody else's fresh copy. */
async function expectFile(path: string): Promise<void> {
  const device = new Device(await clientFor(server, 'hr'))
  const copy = await device.load()
  const expected = [
    ...[...copy.departments.values()].map((row) => ({ category: 'DEPARTMENT', ...row })),
    ...[...copy.staff.values()].map((row) => ({ category: 'STAFF', ...row })),
  ]
  const lines = (await readFile(path, 'utf8')).split('\n').filter(Boolean).sort()
  expect(lines).toEqual(expected.map((row) => JSON.stringify(row)).sort())
}

it('writes a file with everything, and ends', async () => {
  const path = join(folder, 'once.ndjson')
  expect(await ended(run(['--url', server.url, '--out', path]))).toEqual({ code: 0, errors: '' })
  await expectFile(path)
})

it('follows: the file is what is shown, and Ctrl-C leaves it there', async () => {
  const path = join(folder, 'followed.ndjson')
  const child = run(['--url', server.url, '--out', path, '--follow', '--store', join(folder, 'store')])
  await expect.poll(() => existsSync(path), { timeout: 20_000 }).toBe(true)
  await setTitle('Followed')
  await expect.poll(() => readFile(path, 'utf8'), { timeout: 20_000 }).toContain('Followed')
  child.kill('SIGINT')
  expect(await ended(child)).toMatchObject({ code: 0 })
  await expectFile(path)
})

it('tells what happens on stdout, from what it kept: the copy, then what has changed meanwhile, then each change', async () => {
  await setTitle('Missed')
  const child = run(['--url', server.url, '--out', '-', '--follow', '--store', join(folder, 'store')])
  const lines = linesOf(child)
  const [reset, ...rows] = await group(lines)
  expect(reset?.event).toBe('reset')
  expect(rows.length).toBeGreaterThan(190)
  const missed = await group(lines)
  expect(missed.map(({ event, row }) => [event, row?.title])).toEqual([['update', 'Missed']])
  await setTitle('Heard')
  expect((await group(lines)).map(({ event, row }) => [event, row?.title])).toEqual([['update', 'Heard']])
  child.kill('SIGTERM')
  expect(await ended(child)).toMatchObject({ code: 0 })
})

it('[K2] [P4] deletes the file when the session is ended, and says so', async () => {
  const session = await server.login('hr', 'dolores')
  const path = join(folder, 'ended.ndjson')
  const child = run(['--url', server.url, '--out', path, '--follow'], {
    DOLORES_TOKEN: session.tokens?.accessToken ?? '',
  })
  await expect.poll(() => existsSync(path), { timeout: 20_000 }).toBe(true)
  await session.query('mutation { logout }')
  expect(await ended(child)).toMatchObject({ code: 77 })
  expect(existsSync(path)).toBe(false)
})

it('says what it does not understand, and who is not let in', async () => {
  const bad = await ended(run(['--url', server.url]))
  expect([bad.code, bad.errors]).toEqual([64, expect.stringContaining('--url and --out are needed')])
  const wrong = await ended(run(['--url', server.url, '--out', '-'], { ...HR, DOLORES_PASSWORD: 'wrong' }))
  expect([wrong.code, wrong.errors]).toEqual([77, expect.stringContaining('password')])
})
