import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MUTANTS } from './mutants.ts'

/** `npm run mutants`: makes each fault in a copy of the tree and shows that the pure tests of access and sync fail with it. */
const root = process.cwd()
const copy = mkdtempSync(join(tmpdir(), 'dolores-mutants-'))
const CONFIG = `export default { test: { include: ['test/{access,sync}/*.test.ts'], testTimeout: 120000, bail: 1 } }`
let survivors = 0
try {
  for (const folder of ['src', 'test', 'schema', 'package.json', 'tsconfig.json']) {
    cpSync(join(root, folder), join(copy, folder), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  writeFileSync(join(copy, 'vitest.config.mjs'), CONFIG)
  for (const mutant of MUTANTS) {
    const path = join(copy, mutant.file)
    const text = readFileSync(path, 'utf8')
    if (!text.includes(mutant.find))
      throw new Error(`${mutant.file} no longer has what "${mutant.breaks}" replaces`)
    writeFileSync(path, text.replace(mutant.find, mutant.replace))
    const { status } = spawnSync('npx', ['vitest', 'run'], { cwd: copy, stdio: 'ignore' })
    writeFileSync(path, text)
    if (status === 0) survivors++
    process.stdout.write(`${status === 0 ? 'SURVIVED' : 'killed  '} ${mutant.breaks}\n`)
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
process.stdout.write(`${MUTANTS.length - survivors} of ${MUTANTS.length} mutants killed\n`)
process.exitCode = survivors === 0 ? 0 : 1
