import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

const run = promisify(execFile)
const MODULES = resolve('node_modules')
const PATIENCE = { timeout: 20_000, interval: 100 }

/** An empty folder of somebody else's, into which the packed package was installed. */
let folder: string
let tarball: string
let server: TestServer
beforeAll(async () => {
  await run(process.execPath, ['--import', 'tsx', 'src/commands/package.ts'])
  folder = await mkdtemp(join(tmpdir(), 'dolores-package-'))
  const { stdout } = await run('npm', [
    'pack',
    resolve('dist/package'),
    '--pack-destination',
    folder,
    '--json',
  ])
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
  tarball = join(folder, filename)
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "private": true }')
  await run('npm', ['install', tarball, '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
  })
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
  await server.login('staff', 'dolores')
}, 180_000)
afterAll(async () => {
  await server?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

/** The examples of the package's README, by what stands above them. */
async function examples(): Promise<Map<string, string>> {
  const text = await readFile(join(folder, 'node_modules/dolores/README.md'), 'utf8')
  const parts = text.split(/^## /m).slice(1)
  return new Map(
    parts.flatMap((part) => {
      const code = /```ts\n([\s\S]*?)```/.exec(part)?.[1]
      return code === undefined ? [] : [[part.slice(0, part.indexOf('\n')), code] as const]
    }),
  )
}

describe('the package', () => {
  it('[1] has the SDK and none of the server', async () => {
    const installed = await readdir(join(folder, 'node_modules'))
    for (const name of ['pg', 'prisma', 'ldapts', 'sharp', 'graphql-yoga', 'react'])
      expect(installed).not.toContain(name)
    const files = await readdir(join(folder, 'node_modules/dolores'))
    expect(files.sort()).toEqual(['LICENSE', 'README.md', 'generated', 'node', 'package.json', 'sdk'])
  })

  it('[1] has types that are right for whoever imports it', async () => {
    const result = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(tarball))))
    if (result.types === false) throw new Error('it has no types')
    // It is ES modules alone: `require` of one works from Node 20.19 on, where types of it are still told to be wrong.
    const problems = result.problems.filter(
      (problem) =>
        !(
          'resolutionKind' in problem &&
          (problem.resolutionKind === 'node10' || problem.resolutionKind === 'node16-cjs')
        ),
    )
    expect(problems).toEqual([])
  })

  it('[1] its README is right: every example has the types that it says, and runs', async () => {
    const all = await examples()
    expect([...all.keys()]).toEqual([
      'A copy that follows',
      'React to leavers',
      'Keep a table of PostgreSQL',
      'Questions and mutations',
    ])
    const [follow = '', leavers = '', table = '', questions = ''] = all.values()
    const programs = {
      'follow.ts': `${follow}\n${questions.replace(/import/, "import { DirectoryError } from 'dolores/sdk'\nimport")}`,
      'leavers.ts': `import type { DirectoryClient } from 'dolores/sdk'\ndeclare const client: DirectoryClient\n${leavers}`,
      'table.ts': `import { watchRows, type DirectoryClient } from 'dolores/sdk'\ndeclare const client: DirectoryClient\ndeclare const pool: { query(text: string, values: unknown[]): Promise<unknown> }\n${table}`,
    }
    for (const [name, code] of Object.entries(programs)) await writeFile(join(folder, name), code)
    await mkdir(join(folder, 'node_modules/@types'), { recursive: true })
    for (const name of ['node', 'ws'])
      await symlink(join(MODULES, '@types', name), join(folder, 'node_modules/@types', name)).catch(() => {})
    await symlink(join(MODULES, 'undici-types'), join(folder, 'node_modules/undici-types')).catch(() => {})
    const flags = [
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--lib',
      'es2023,dom',
      '--types',
      'node',
    ]
    await run(join(MODULES, '.bin/tsc'), [...flags, ...Object.keys(programs)], { cwd: folder }).catch(
      (error: { stdout: string }) => expect(error.stdout).toBe(''),
    )
    const code = (await readFile(join(folder, 'follow.js'), 'utf8')).replaceAll(
      'http://127.0.0.1:4000',
      server.url,
    )
    await writeFile(join(folder, 'follow.js'), `${code}\nsetTimeout(() => process.exit(0), 3000)`)
    const { stdout } = await run(process.execPath, ['follow.js'], { cwd: folder })
    expect(stdout).toMatch(/Polaris \d+/)
    expect(stdout).toContain(
      [...server.instance.replica.state.all('staff')].find((s) => s.login === 'staff')?.name,
    )
  }, 60_000)
})

describe('[5] dolores-sync', () => {
  const sync = (...args: string[]) => [join(folder, 'node_modules/dolores/node/dolores-sync.js'), ...args]
  const env = { ...process.env, DOLORES_PASSWORD: 'dolores' }
  const names = async (out: string) =>
    (await readFile(out, 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { name: string }).name)

  it('writes everything that the account may see, and keeps it in step', async () => {
    const out = join(folder, 'people.ndjson')
    const args = ['--url', server.url, '--login', 'staff', '--out', out]
    await run(process.execPath, sync(...args), { env })
    const view = server.instance.sync.view(
      [...server.instance.replica.state.all('staff')].find((s) => s.login === 'staff')?.id ?? null,
    )
    const expected = [...view.allDepartments(), ...view.allStaff()].map(({ name }) => name)
    expect((await names(out)).sort()).toEqual(expected.sort())
    const child = execFile(process.execPath, sync(...args, '--follow'), { env })
    try {
      await vi.waitFor(() => expect(child.pid).toBeGreaterThan(0), PATIENCE)
      await server.slapd.ldapmodify(
        `dn: uid=staff,${server.slapd.layout.people}\nchangetype: modify\nreplace: displayName\ndisplayName: Mirrored\n`,
      )
      await vi.waitFor(async () => expect(await names(out)).toContain('Mirrored'), PATIENCE)
    } finally {
      const gone = new Promise((done) => child.once('exit', done))
      child.kill('SIGTERM')
      expect(await gone).toBe(0)
    }
    expect(await readFile(`${out}.copy`, 'utf8')).toContain('Mirrored')
  }, 60_000)

  it('prints changes as they come, a removal with the id alone', async () => {
    const child = execFile(process.execPath, sync('--url', server.url, '--login', 'hr', '--follow'), {
      env,
      maxBuffer: 1 << 26,
    })
    let printed = ''
    child.stdout?.on('data', (text: string) => (printed += text))
    const person = [...server.instance.replica.state.all('staff')].find(
      (s) => s.login.startsWith('p') && s.status === 'ACTIVE',
    )
    try {
      await vi.waitFor(() => expect(printed).toContain(`"id":"${person?.id}"`), PATIENCE)
      await server.slapd.ldapmodify(
        `dn: uid=${person?.login},${server.slapd.layout.people}\nchangetype: delete\n`,
      )
      await vi.waitFor(
        () => expect(printed).toContain(`{"action":"REMOVE","kind":"staff","id":"${person?.id}"}\n`),
        PATIENCE,
      )
    } finally {
      child.kill('SIGTERM')
    }
  }, 60_000)

  it.each([
    [['--help'], 0, 'Usage|dolores-sync'],
    [[], 64, '--login NAME'],
    [['--nonsense'], 69, 'nonsense'],
    [['--url', 'http://127.0.0.1:9', '--login', 'x'], 69, 'cannot be reached'],
  ] as const)('%j says what to do', async (args, code, text) => {
    const outcome = await run(process.execPath, sync(...args), { env }).then(
      ({ stdout }) => ({ code: 0, said: stdout }),
      (error: { code: number; stderr: string }) => ({ code: error.code, said: error.stderr }),
    )
    expect(outcome).toEqual({ code, said: expect.stringMatching(new RegExp(text)) })
  })

  it('[T91] with a wrong password ends, and says so', async () => {
    const wrong = { ...env, DOLORES_PASSWORD: 'wrong' }
    await expect(
      run(process.execPath, sync('--url', server.url, '--login', 'staff'), { env: wrong }),
    ).rejects.toMatchObject({ code: 77 })
  })
})
