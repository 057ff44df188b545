import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { ROOT } from '../local/prepare.mjs'

/**
 * Builds what is published as `dolores`: the SDK and `dolores-sync`, in a folder of their own (`--out`, else dist/npm) with
 * a manifest of its own. The manifest of the repository stays private: a server is run from a clone, and whoever installs
 * the SDK must not get a database, an image library and an LDAP client along with it.
 */
const { values } = parseArgs({ options: { out: { type: 'string', default: join(ROOT, 'dist/npm') } } })
const { out } = values

const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  engines: z.object({ node: z.string() }),
  dependencies: z.record(z.string(), z.string()),
})
const own = manifestSchema.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))

/** All that the SDK imports; the test of the package sees to it that nothing is missing, and nothing more is here. */
const DEPENDENCIES = ['@graphql-typed-document-node/core', '@noble/hashes', 'graphql', 'graphql-ws', 'ws']

const entry = (path: string) => ({ types: `./${path}.d.ts`, default: `./${path}.js` })

const manifest = {
  name: own.name,
  version: own.version,
  description: 'A live copy of a Dolores directory, for programs and browsers.',
  license: own.license,
  type: 'module',
  sideEffects: false,
  engines: own.engines,
  exports: {
    './sdk': entry('sdk/index'),
    './sdk/node': entry('sdk/node/index'),
    './package.json': './package.json',
  },
  bin: { 'dolores-sync': './sdk/node/dolores-sync.js' },
  // A library takes what fits beside others; the repository's lock file says what it was tested with.
  dependencies: Object.fromEntries(DEPENDENCIES.map((name) => [name, `^${own.dependencies[name]}`])),
}

rmSync(out, { recursive: true, force: true })
execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', join(ROOT, 'tsconfig.sdk.json'), '--outDir', out], {
  stdio: 'inherit',
})
for (const name of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
  // The compiler gives the sources their published names in code, and leaves the names in types as they are.
  if (name.endsWith('.d.ts')) rewrite(join(out, name))
}
chmodSync(join(out, 'sdk/node/dolores-sync.js'), 0o755)
writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
copyFileSync(join(ROOT, 'LICENSE'), join(out, 'LICENSE'))
copyFileSync(join(ROOT, 'web/sdk/README.md'), join(out, 'README.md'))
console.log(`Built ${own.name} ${own.version} in ${out}`)

function rewrite(path: string): void {
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replaceAll(/(from|import\()(\s*)'(\.[^']*)\.ts'/g, "$1$2'$3.js'"))
}
