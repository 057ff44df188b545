import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

/**
 * `npm run histories -- --minutes 10 --seed 5 --lane two-servers`: plays histories of the lanes for so long each, seed
 * after seed; `--replay <file>` plays one again. A history that fails is made shorter and written to a file.
 */
const LANES = ['one-server', 'two-servers', 'killed', 'restored']

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    lane: { type: 'string', multiple: true, default: LANES },
    replay: { type: 'string' },
  },
})
const unknown = values.lane.filter((lane) => !LANES.includes(lane))
if (unknown.length > 0)
  throw new Error(`There is no lane ${unknown.join(', ')}; there are ${LANES.join(', ')}`)
const asked =
  values.replay === undefined
    ? { HISTORY_MINUTES: values.minutes, ...(values.seed === undefined ? {} : { HISTORY_SEED: values.seed }) }
    : { HISTORY: values.replay }
const files = values.lane.map((lane) => `test/journeys/${lane}.test.ts`)
const args = ['node_modules/vitest/vitest.mjs', 'run', ...files]
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...asked } })
process.exitCode = status ?? 1
