import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type { Mutant } from './mutants.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Below node_modules, so that Node itself loads what was built. */
const BUILT = join(ROOT, 'node_modules/.cache/dolores-mutants')

/** The text of a mutant's file with the fault in it; throws when the file has moved on. */
export function faultyText({ file, find, replace, breaks }: Mutant): string {
  const text = readFileSync(join(ROOT, file), 'utf8')
  if (!text.includes(find)) throw new Error(`${file} no longer has what "${breaks}" replaces`)
  return text.replace(find, () => replace)
}

/** A module of the test tree with all that it imports of ours, and with one fault in it. Some 50 ms. */
export async function importFaulty(entry: string, name: string, mutant: Mutant | null): Promise<unknown> {
  mkdirSync(BUILT, { recursive: true })
  const outfile = join(BUILT, `${name}.mjs`)
  await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
    plugins: [...(mutant ? [withFault(mutant)] : []), withSmallCaches],
  })
  return import(/* @vite-ignore */ `${pathToFileURL(outfile).href}?${process.hrtime.bigint()}`)
}

const withFault = (mutant: Mutant): Plugin => ({
  name: 'fault',
  setup: (bundle) => {
    const path = join(ROOT, mutant.file)
    bundle.onLoad({ filter: /\.ts$/ }, (args) =>
      args.path === path ? { contents: faultyText(mutant), loader: 'ts' } : null,
    )
  },
})

/** See support/small-caches.ts. */
const withSmallCaches: Plugin = {
  name: 'small caches',
  setup: (bundle) => {
    const namespace = 'small-caches'
    bundle.onResolve({ filter: /^lru-cache$/ }, (args) =>
      args.namespace === namespace ? { path: args.path, external: true } : { path: args.path, namespace },
    )
    bundle.onLoad({ filter: /.*/, namespace }, () => ({
      contents: `import * as full from 'lru-cache'
        import { smallCaches } from './test/support/small-caches.ts'
        export const { LRUCache } = smallCaches(full)`,
      resolveDir: ROOT,
    }))
  },
}
