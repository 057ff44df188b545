// `npm run serve`: production. Compiled code, settings from the environment, no private servers, no demo.
import { build, prepare } from './prepare.mjs'

try {
  await build()
  await prepare({ dev: false })
  const { main } = await import('../../dist/src/main.js')
  await main('production')
} catch (error) {
  console.error(error.exitCode ? error.message : error)
  process.exit(error.exitCode ?? 1)
}
