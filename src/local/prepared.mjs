// `node src/local/prepared.mjs COMMAND …`: sets up like `npm test`, then runs a command of the packages with its arguments.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { prepare, ROOT } from './prepare.mjs'

try {
  await prepare({ contract: true })
} catch (error) {
  console.error(error.exitCode ? error.message : error)
  process.exit(1)
}
const [command = '', ...args] = process.argv.slice(2)
const child = spawn(join(ROOT, 'node_modules/.bin', command), args, { cwd: ROOT, stdio: 'inherit' })
// Ctrl-C reaches both; the command decides when it is over.
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => {})
child.once('error', (error) => {
  console.error(error.message)
  process.exit(1)
})
child.once('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
