// `npm start`: from nothing to a live demo directory. What must exist is made first, then the server runs in this process.
import { prepare } from './prepare.mjs'

try {
  await prepare()
  const { register } = await import('tsx/esm/api')
  register()
  const { main } = await import('../main.ts')
  await main('demo')
} catch (error) {
  console.error(error.exitCode ? error.message : error)
  process.exit(error.exitCode ?? 1)
}
