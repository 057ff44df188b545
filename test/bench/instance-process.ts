import { monitorEventLoopDelay } from 'node:perf_hooks'
import { readConfig } from '../../src/config.ts'
import { createLogger } from '../../src/log.ts'
import { startInstance } from '../../src/server/start.ts'

/** A server in a process of its own, set up by its environment, with the app where BENCH_PAGES names its folder; tells its parent where it listens and what it costs. */
const config = readConfig(process.env, 'production')
const pages = process.env['BENCH_PAGES']
const instance = await startInstance(config, {
  mode: 'production',
  log: createLogger(config.LOG_LEVEL),
  signal: new AbortController().signal,
  loginFloorMs: 0,
  ...(pages === undefined ? {} : { pages }),
})
const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()
process.on('message', (question) => {
  if (question === 'stop') {
    void instance.close().then(() => process.exit(0))
    return
  }
  const { user, system } = process.cpuUsage()
  process.send?.({
    cpuMs: (user + system) / 1000,
    stallMs: delay.max / 1e6,
    rss: process.memoryUsage.rss(),
    version: instance.replica.version,
  })
  delay.reset()
})
// Whoever asked for it is gone.
process.on('disconnect', () => process.exit(1))
process.send?.(instance.url)
