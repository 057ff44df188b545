#!/usr/bin/env node
import process, { env, stderr, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { createDirectoryClient } from '../client.ts'
import { DirectoryError } from '../errors.ts'
import { signInWith } from '../sign-in.ts'
import { memoryStore } from '../store.ts'
import { fixedToken, type GetToken } from '../tokens.ts'
import { eventLines } from './events.ts'
import { fileStore } from './file-store.ts'
import { mirror } from './mirror.ts'

const HELP = `Mirrors a directory to a file, or tells what happens in it as lines of JSON.

  dolores-sync --url https://directory.example.com --out people.ndjson --follow

  --url URL      where the directory is
  --out FILE     keep this file at what you may see: a line of JSON for each department and person;
                 - writes events to stdout instead: reset, add, update, remove, version
  --follow       go on with every change, until Ctrl-C; without it end once everything is there
  --store DIR    keep the copy in this folder: the next start asks only for what has changed
  --help         this text

Who you are is read from the environment: DOLORES_TOKEN, or DOLORES_LOGIN and DOLORES_PASSWORD.
Ends with 0 when done, 64 when not understood, 77 when the session is over (the file is deleted then), else with 1.
`

class Usage extends Error {}

/** Ends with the exit code that stands in the help. */
async function main(): Promise<number> {
  const { values } = arguments_()
  if (values.help === true) {
    stdout.write(HELP)
    return 0
  }
  const { url, out, store } = values
  if (url === undefined || out === undefined) throw new Usage('--url and --out are needed.')
  const client = createDirectoryClient({
    url,
    getToken: credentials(url),
    store: store === undefined ? memoryStore() : fileStore(store),
  })
  const stop = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
  const file = out === '-' ? null : mirror(client, { path: out })
  if (!file)
    client.onNews((news) => {
      for (const line of eventLines(news, client.cursor)) stdout.write(line)
    })
  try {
    await Promise.race([client.ready(), stop])
    if (values.follow === true) await Promise.race([over(client), stop])
    return 0
  } finally {
    await file?.stop()
    await client.close()
  }
}

/** Rejects when the client has come to an end by itself. */
function over(client: ReturnType<typeof createDirectoryClient>): Promise<never> {
  return new Promise((_, reject) => {
    client.onStatus(({ kind, error }) => {
      if (kind === 'ended' || kind === 'failed') reject(error ?? new Error(`The client has ${kind}.`))
    })
  })
}

function arguments_() {
  try {
    const string = { type: 'string' } as const
    const boolean = { type: 'boolean' } as const
    return parseArgs({ options: { url: string, out: string, store: string, follow: boolean, help: boolean } })
  } catch (error) {
    throw new Usage(error instanceof Error ? error.message : String(error))
  }
}

function credentials(url: string): GetToken {
  const { DOLORES_TOKEN: token, DOLORES_LOGIN: login, DOLORES_PASSWORD: password } = env
  if (token !== undefined) return fixedToken(token)
  if (login !== undefined && password !== undefined) return signInWith({ url, login, password })
  throw new Usage('Set DOLORES_TOKEN, or DOLORES_LOGIN and DOLORES_PASSWORD.')
}

function codeOf(error: unknown): number {
  if (error instanceof Usage) return 64
  const code = error instanceof DirectoryError ? error.code : null
  return code === 'UNAUTHENTICATED' || code === 'INVALID_CREDENTIALS' ? 77 : 1
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    stderr.write(`dolores-sync: ${error instanceof Error ? error.message : String(error)}\n`)
    if (error instanceof Usage) stderr.write(`\n${HELP}`)
    process.exitCode = codeOf(error)
  },
)
