import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { faultyText } from './faulty.ts'
import { SDK_MUTANTS } from './sdk-mutants.ts'

const ROOT = join(import.meta.dirname, '../..')
const wanted = process.env['SDK_MUTANT'] ?? ''
const mutant = SDK_MUTANTS.find(({ breaks }) => breaks === wanted)
if (wanted !== '' && !mutant) throw new Error(`there is no fault "${wanted}"`)

/** Tests of the SDK that need no server, with the fault that SDK_MUTANT names; with none when it is empty. */
export default defineConfig({
  root: ROOT,
  plugins: [
    {
      name: 'fault',
      enforce: 'pre',
      load: (id) => (mutant && id === join(ROOT, mutant.file) ? faultyText(mutant) : null),
    },
  ],
  test: { include: ['test/web/*.test.ts'], testTimeout: 30_000, maxWorkers: 1, bail: 1, watch: false },
})
