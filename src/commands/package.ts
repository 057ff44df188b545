import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** `npm run package`: makes the package that integrators install, in dist/package. It has the SDK and none of the server. */
const root = new URL('../../', import.meta.url)
const path = (name: string) => fileURLToPath(new URL(name, root))
const folder = 'dist/package'
const own = z
  .object({
    version: z.string(),
    description: z.string(),
    license: z.string(),
    engines: z.object({ node: z.string() }),
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync(path('package.json'), 'utf8')))

/** What the SDK imports, and nothing else. */
const NEEDED = ['@graphql-typed-document-node/core', '@noble/hashes', 'graphql', 'graphql-ws', 'ws']

function versionOf(name: string): string {
  const version = own.dependencies[name] ?? own.devDependencies[name]
  if (version === undefined) throw new Error(`package.json does not name ${name}`)
  return version
}

rmSync(path(folder), { recursive: true, force: true })
execFileSync(path('node_modules/.bin/tsc'), ['-p', path('web/tsconfig.package.json')], { stdio: 'inherit' })
copyFileSync(path('LICENSE'), path(`${folder}/LICENSE`))
copyFileSync(path('web/sdk/README.md'), path(`${folder}/README.md`))
const entry = (name: string) => ({ types: `./${name}/index.d.ts`, default: `./${name}/index.js` })
const manifest = {
  name: 'dolores',
  version: own.version,
  description: 'Keeps a live copy of a Dolores company directory, and asks its GraphQL API.',
  license: own.license,
  type: 'module',
  sideEffects: false,
  engines: own.engines,
  exports: { './sdk': entry('sdk'), './node': entry('node'), './package.json': './package.json' },
  bin: { 'dolores-sync': 'node/dolores-sync.js' },
  dependencies: Object.fromEntries(NEEDED.map((name) => [name, versionOf(name)])),
}
writeFileSync(path(`${folder}/package.json`), `${JSON.stringify(manifest, null, 2)}\n`)
