import { spawn, type StdioOptions } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { messageOf } from '../errors.ts'

/** The account that a private server runs under when we are root; null when we are not and it runs as ourselves. */
export interface ServiceUser {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL refuses to run as root, and nothing needs to: as root, children run as `postgres` or `nobody`. */
export function serviceUser(passwd: string = readPasswd()): ServiceUser | null {
  if (process.getuid?.() !== 0) return null
  const accounts = new Map(passwd.split('\n').map((line) => [line.split(':')[0] ?? '', line.split(':')]))
  for (const name of ['postgres', 'nobody']) {
    const account = accounts.get(name)
    if (account) return { uid: Number(account[2]), gid: Number(account[3]) }
  }
  throw new Error(
    'Running as root, and there is no unprivileged user (postgres or nobody) for the private servers.',
  )
}

function readPasswd(): string {
  return existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8') : ''
}

export interface ChildSpec {
  /** For messages, for example `slapd`. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly user: ServiceUser | null
  /** A file that exists while the child runs; it stays behind after an unclean end. */
  readonly marker: string
  /** Asks the child to finish its work and leave. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT'
}

export interface ChildExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Child {
  /** Process id of the server itself, not of its guard. */
  readonly pid: number
  /** Settles when the server has ended; it never rejects. */
  readonly exited: Promise<ChildExit>
  /** The newest output on stderr, at most 16 kB. */
  stderr(): string
  /** Asks it to end and waits; after `graceMs` it is killed. */
  stop(graceMs?: number): Promise<void>
}

// The guard is the child's parent: when our end of pipe 3 closes, however we died, it asks the child to end. A clean end
// removes the marker. Pipe 4 tells us the child's process id.
const GUARD = `
marker=$1; signal=$2; shift 2
: > "$marker"
"$@" 3<&- 4>&- & pid=$!
echo $pid >&4; exec 4>&-
( cat >/dev/null; kill -s "$signal" $pid ) <&3 2>/dev/null & watch=$!
wait $pid; code=$?
kill $watch 2>/dev/null
[ $code = 0 ] && rm -f "$marker"
exit $code`

/** Starts a server that ends when we end, in a session of its own so that Ctrl-C reaches it only through us. */
export async function startChild(spec: ChildSpec): Promise<Child> {
  const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', 'pipe', 'pipe']
  const guard = spawn(
    '/bin/sh',
    ['-c', GUARD, `dolores-${spec.name}`, spec.marker, spec.stopSignal.slice(3), spec.command, ...spec.args],
    {
      cwd: spec.cwd,
      detached: true,
      stdio,
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LANG: 'C', ...spec.env },
      ...(spec.user ? { uid: spec.user.uid, gid: spec.user.gid } : {}),
    },
  )
  const exited = new Promise<ChildExit>((resolve) => {
    guard.once('exit', (code, signal) => resolve({ code, signal }))
    guard.once('error', () => resolve({ code: null, signal: null }))
  })
  let tail = ''
  const [, , stderr, leash, pidPipe] = guard.stdio as [null, null, Readable, Writable, Readable]
  stderr?.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString()).slice(-16_384)
  })
  leash?.on('error', () => {})
  // A child that ended by itself must not keep this process alive through our end of the pipe.
  void exited.then(() => leash?.destroy())
  const pid = await readPid(spec.name, pidPipe, exited, guard)
  return {
    pid,
    exited,
    stderr: () => tail,
    stop: async (graceMs = 10_000) => {
      leash.end()
      const timer = setTimeout(() => signal(pid, 'SIGKILL'), graceMs)
      await exited
      clearTimeout(timer)
    },
  }
}

function readPid(
  name: string,
  pipe: Readable,
  exited: Promise<ChildExit>,
  guard: { once(event: 'error', listener: (e: Error) => void): unknown },
): Promise<number> {
  return new Promise((resolve, reject) => {
    guard.once('error', (e) =>
      reject(new Error(`${name} could not be started: ${messageOf(e)}`, { cause: e })),
    )
    pipe?.once('data', (chunk: Buffer) => resolve(Number(chunk.toString().trim())))
    void exited.then(() => reject(new Error(`${name} could not be started`)))
  })
}

/** Sends a signal; a process that is gone already is none of our business. Signal 0 only asks whether it lives. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name)
    return true
  } catch {
    return false
  }
}
