import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

/** What is published, packed by npm and installed in an empty folder. */
const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

let folder: string
let tarball: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dolores-package-'))
  const built = join(folder, 'built')
  const tsx = join(ROOT, 'node_modules/.bin/tsx')
  await run(tsx, [join(ROOT, 'src/commands/build-sdk.ts'), '--out', built], { cwd: ROOT })
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: built })
  const [packed] = z.array(z.object({ filename: z.string() })).parse(JSON.parse(stdout))
  tarball = join(folder, packed?.filename ?? '')
  await install()
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

const app = () => join(folder, 'app')

/** Into an empty folder, with what the package asks for as the repository has it: nothing is fetched. */
async function install(): Promise<void> {
  const { dependencies } = await manifest()
  const own = Object.keys(dependencies).map(
    (name) => [name, `file:${join(ROOT, 'node_modules', name)}`] as const,
  )
  await mkdir(app())
  await writeFile(
    join(app(), 'package.json'),
    JSON.stringify({
      name: 'app',
      private: true,
      type: 'module',
      dependencies: { dolores: `file:${tarball}`, ...Object.fromEntries(own) },
    }),
  )
  const flags = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--install-links=false']
  await run('npm', ['install', ...flags], { cwd: app() })
}

async function manifest() {
  const schema = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()) })
  return schema.parse(JSON.parse(await readFile(join(folder, 'built/package.json'), 'utf8')))
}

async function inApp(file: string, text: string): Promise<string> {
  await writeFile(join(app(), file), text)
  return join(app(), file)
}

describe('the package', () => {
  it('brings no part of the server along', async () => {
    const { dependencies } = await manifest()
    expect(Object.keys(dependencies).sort()).toEqual([
      '@graphql-typed-document-node/core',
      '@noble/hashes',
      'graphql',
      'graphql-ws',
      'ws',
    ])
    const names = await readdir(join(app(), 'node_modules/dolores'), { recursive: true })
    expect(names.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))).toEqual([])
    expect(
      names.filter((name) => !/^(sdk|generated)|^(package\.json|README\.md|LICENSE)$/.test(name)),
    ).toEqual([])
  })

  it('is imported by name on Node, and starts nothing by that', async () => {
    const script = await inApp(
      'look.js',
      `import * as sdk from 'dolores/sdk'
import * as node from 'dolores/sdk/node'
console.log(JSON.stringify({ sdk: Object.keys(sdk).filter((name) => !name.endsWith('Document') && !name.endsWith('FragmentDoc')), node: Object.keys(node) }))`,
    )
    const { stdout, stderr } = await run(process.execPath, [script])
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      sdk: [
        'CLIENT_CODES',
        'DirectoryError',
        'FAILURE_CODES',
        'REQUEST_CODES',
        'createDirectoryClient',
        'createQueries',
        'createTabClient',
        'createTransport',
        'indexedDbStore',
        'memoryStore',
        'signInWith',
        'successOf',
      ],
      node: ['fileStore', 'mirror'],
    })
  })

  it('is bundled for a browser, without anything of Node, and without operations that are not used', async () => {
    const entry = await inApp(
      'page.js',
      `import { createDirectoryClient, indexedDbStore } from 'dolores/sdk'
createDirectoryClient({ url: '/', store: indexedDbStore('me'), getToken: () => null })`,
    )
    const { metafile, outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      metafile: true,
      logLevel: 'silent',
    })
    const inputs = Object.keys(metafile.inputs)
    expect(inputs.filter((name) => builtinModules.includes(name.replace('node:', '')))).toEqual([])
    expect(inputs.filter((name) => name.includes('/sdk/node/'))).toEqual([])
    const [{ text } = { text: '' }] = outputFiles
    expect(text).toContain('changesSince')
    expect(text).not.toContain('mergeDepartment')
    process.stdout.write(
      `the SDK with IndexedDB, minified for a browser: ${Math.round(text.length / 1024)} kB\n`,
    )
  })

  it('has types that every resolution of TypeScript finds as they are', async () => {
    const pack = createPackageFromTarballData(await readFile(tarball))
    const analysis = await checkPackage(pack, { entrypoints: ['sdk', 'sdk/node'] })
    if (analysis.types === false) throw new Error('there are no types')
    // CommonJS gets the module by `import()`; the resolution of TypeScript before 4.7 knows no exports.
    const problems = analysis.problems.filter(
      (p) => !(p.kind === 'NoResolution' && p.resolutionKind === 'node10') && p.kind !== 'CJSResolvesToESM',
    )
    expect(problems).toEqual([])
  })

  it.each(['nodenext', 'bundler'])('compiles with %s, its own types checked too', async (resolution) => {
    await inApp(
      'use.ts',
      `import { createDirectoryClient, DirectoryError, successOf, UpdateStaffDocument, type DirectoryErrorCode } from 'dolores/sdk'
import { fileStore } from 'dolores/sdk/node'
const client = createDirectoryClient({ url: 'http://x', token: 't', store: fileStore('copy') })
client.onNews((news) => { if (news.kind === 'step') for (const { after } of news.changes) { const name: string | undefined = after?.name; void name } })
const { updateStaff } = await client.request(UpdateStaffDocument, { input: { id: 'x', title: 't' } })
const version: string | null = successOf(updateStaff).version
const code: DirectoryErrorCode = new DirectoryError('NOT_FOUND', '').code
// @ts-expect-error: it is no code of the contract
const wrong: DirectoryErrorCode = 'NOPE'
// @ts-expect-error: the variables are missing
await client.request(UpdateStaffDocument)
void [version, code, wrong]
`,
    )
    const module = resolution === 'bundler' ? 'preserve' : 'nodenext'
    const options = [
      '--module',
      module,
      '--moduleResolution',
      resolution,
      '--target',
      'es2022',
      '--lib',
      'es2023,dom',
    ]
    const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--types', 'node', '--typeRoots']
    const types = join(ROOT, 'node_modules/@types')
    const outcome = await run(
      join(ROOT, 'node_modules/.bin/tsc'),
      [...options, ...flags, types, '--skipLibCheck', 'false', 'use.ts'],
      { cwd: app() },
    ).catch((error: unknown) => ({ stdout: z.object({ stdout: z.string() }).parse(error).stdout }))
    // Of other packages only this one is looked at.
    expect(outcome.stdout.split('\n').filter((line) => /dolores|use\.ts/.test(line))).toEqual([])
  })

  it('has the command dolores-sync', async () => {
    const { stdout } = await run(join(app(), 'node_modules/.bin/dolores-sync'), ['--help'])
    expect(stdout).toContain('--follow')
  })
})
