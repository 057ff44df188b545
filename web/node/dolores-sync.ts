#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { WebSocket } from 'ws'
import { DirectoryClient } from '../sdk/client.ts'
import { DirectoryError } from '../sdk/error.ts'
import { PasswordSession } from '../sdk/login.ts'
import { MemoryStore } from '../sdk/store.ts'
import { Transport } from '../sdk/transport.ts'
import { watchRows } from '../sdk/watch.ts'
import { FileStore } from './file-store.ts'
import { changeLines, lines, writeMirror } from './mirror.ts'

const USAGE = `dolores-sync --url URL --login NAME [--out FILE] [--follow] [--state FILE]

Mirrors what NAME may see of a Dolores directory. The password is read from DOLORES_PASSWORD.

  --out FILE     a line of JSON for each department and person; put in place whole, and anew with each change
                 (without it they are printed)
  --follow       goes on until it is stopped; printed are then changes: PUT with the whole row, REMOVE with the id
  --state FILE   keeps a copy, so that the next start asks only for what has changed; FILE.copy of --out by default
`
/** Changes that come within this time are written together, in milliseconds. */
const TOGETHER_MS = 500
/** sysexits.h */
const EX_USAGE = 64
const EX_NOPERM = 77
const EX_UNAVAILABLE = 69

/** Ends with 0, or says why not. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      login: { type: 'string' },
      out: { type: 'string' },
      state: { type: 'string' },
      follow: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { url, login, out, follow } = values
  const password = process.env['DOLORES_PASSWORD'] ?? ''
  if (values.help) return say(process.stdout, USAGE, 0)
  if (url === undefined || login === undefined || password === '') return say(process.stderr, USAGE, EX_USAGE)
  const origin = url.replace(/\/+$/, '')
  const session = new PasswordSession({ url: origin })
  await session.login(login, password)
  const path = values.state ?? (out === undefined ? undefined : `${out}.copy`)
  const client = new DirectoryClient({
    transport: new Transport({ url: origin, token: session.token, webSocket: WebSocket }),
    store: path === undefined ? new MemoryStore() : new FileStore(path),
    copyLeaseSeconds: session.copyLeaseSeconds,
  })
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())
  try {
    const isLive = await until(client, stop.signal)
    if (stop.signal.aborted) return 0
    if (!isLive) return say(process.stderr, 'The session has ended.\n', EX_NOPERM)
    if (!follow) {
      if (out === undefined) print(lines(client))
      else await writeMirror(out, client)
      return 0
    }
    return await (out === undefined ? printChanges(client, stop.signal) : keepFile(client, out, stop.signal))
  } finally {
    await client.close()
  }
}

/** Whether it has caught up; false: it never will. */
function until(client: DirectoryClient, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const look = () => {
      const { state } = client.status
      if (state === 'live') resolve(true)
      if (state === 'ended' || signal.aborted) resolve(false)
    }
    client.subscribe(look)
    signal.addEventListener('abort', look)
    look()
  })
}

function ended(client: DirectoryClient, signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(0))
    client.subscribe(() => {
      if (client.status.state === 'ended' && !signal.aborted)
        resolve(say(process.stderr, 'The session has ended.\n', EX_NOPERM))
    })
  })
}

async function printChanges(client: DirectoryClient, signal: AbortSignal): Promise<number> {
  watchRows(client, (changes) => print(changeLines(changes)))
  return await ended(client, signal)
}

async function keepFile(client: DirectoryClient, out: string, signal: AbortSignal): Promise<number> {
  let writing: Promise<void> = Promise.resolve()
  let isWaiting = false
  const write = () => {
    if (isWaiting) return
    isWaiting = true
    writing = writing
      .then(() => new Promise<void>((resolve) => setTimeout(resolve, TOGETHER_MS)))
      .then(async () => {
        isWaiting = false
        await writeMirror(out, client)
      })
      .catch(
        (error: unknown) => void say(process.stderr, `${out} could not be written: ${String(error)}\n`, 0),
      )
  }
  await writeMirror(out, client)
  watchRows(client, write)
  const code = await ended(client, signal)
  await writing
  return code
}

function print(all: Iterable<string>): void {
  for (const line of all) process.stdout.write(`${line}\n`)
}

function say(to: NodeJS.WriteStream, text: string, code: number): number {
  to.write(text)
  return code
}

try {
  process.exitCode = await main()
} catch (error) {
  const isRefused = error instanceof DirectoryError && error.code === 'UNAUTHENTICATED'
  process.exitCode = say(
    process.stderr,
    `${error instanceof Error ? error.message : String(error)}\n`,
    isRefused ? EX_NOPERM : EX_UNAVAILABLE,
  )
}
