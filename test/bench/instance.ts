import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { pause } from '../../src/clock.ts'
import { compiled } from './compiled.ts'
import { Client } from '../support/client.ts'
import type { TestSlapd } from '../support/slapd.ts'

/** What an instance has used since it started; the stall is the longest one since the last question. */
export interface Usage {
  readonly cpuMs: number
  readonly stallMs: number
  readonly rss: number
  readonly version: number
}

export interface InstanceProcess {
  readonly url: string
  usage(): Promise<Usage>
  stop(): Promise<void>
}

const PATIENCE_MS = 300_000

/** A whole server over a directory and a database, in a process of its own as in production. */
export async function startInstanceProcess(
  slapd: TestSlapd,
  databaseUrl: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<InstanceProcess> {
  const { baseDn, bindDn, bindPassword } = slapd.options
  const child = spawn(process.execPath, [...PROFILE, await compiled('instance-process.ts')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      PORT: '0',
      DATABASE_URL: databaseUrl,
      LDAP_URLS: slapd.url,
      LDAP_BASE_DN: baseDn,
      LDAP_BIND_DN: bindDn,
      LDAP_BIND_PASSWORD: bindPassword,
      TOKEN_SECRET: 'the token secret of the benches, long enough',
      LOG_LEVEL: 'warn',
      ...settings,
    },
  })
  const exited = once(child, 'exit')
  const [first] = (await Promise.race([
    once(child, 'message'),
    exited.then(() => Promise.reject(new Error('the instance ended before it listened'))),
  ])) as [string]
  return {
    url: first,
    usage: async () => {
      child.send('usage')
      const [usage] = (await once(child, 'message')) as [Usage]
      return usage
    },
    stop: async () => {
      child.send('stop')
      await exited
    },
  }
}

/** Somebody of the demo, signed in as soon as they have come from the directory. */
export async function signedIn(url: string, login: string): Promise<Client> {
  const client = new Client(url)
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await pause(100))
    if ((await client.tryLogin(login, 'dolores')).__typename === 'Session') return client
  throw new Error(`${login} cannot sign in`)
}

/** `BENCH_NODE_ARGS=--cpu-prof` shows where the time goes. */
const PROFILE = (process.env['BENCH_NODE_ARGS'] ?? '').split(' ').filter((arg) => arg !== '')
