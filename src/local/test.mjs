// `npm test`: sets up like `npm start`, then runs every test. Arguments go to vitest: `npm test -- test/access -t V4`.
import { spawn } from 'node:child_process'
import { prepare, ROOT } from './prepare.mjs'

try {
  await prepare({ contract: true })
} catch (error) {
  console.error(error.exitCode ? error.message : error)
  process.exit(1)
}
const args = ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)]
const vitest = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
vitest.once('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
