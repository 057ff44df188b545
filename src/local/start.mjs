// `npm start`: from nothing to a live demo directory. What must exist is made first, then the server runs in this process;
// compiled, because it is ready in half the time and is what runs in production.
import { build } from './prepare.mjs'

try {
  await build()
  const { main } = await import('../../dist/src/main.js')
  await main('demo')
} catch (error) {
  console.error(error.exitCode ? error.message : error)
  process.exit(error.exitCode ?? 1)
}
