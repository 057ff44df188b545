import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { ServiceUser } from './child.ts'

const run = promisify(execFile)

/** What is made once and kept: without it the private directory and the cursors of clients would be lost. */
const secretsSchema = z.object({ rootPassword: z.string().min(20), tokenSecret: z.string().min(32) })
export type Secrets = z.infer<typeof secretsSchema>

/** The folder with our package.json, above the sources as above their build. */
export function checkout(): string {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at
    if (at === dirname(at))
      throw new Error('No package.json stands above this file: the installation is not complete.')
  }
}

/**
 * The folder for the private servers: what DATA_DIR names, else `.dolores` in the checkout. As root the servers run under
 * another account; where that may not enter the checkout (below /root for example), the folder is under /var/lib.
 */
export async function chooseDataDir(
  named: string | undefined,
  root: string,
  user: ServiceUser | null,
): Promise<string> {
  if (named !== undefined && named !== '') return resolve(named)
  if (await mayEnter(root, user)) return join(root, '.dolores')
  const suffix = createHash('sha256').update(resolve(root)).digest('hex').slice(0, 8)
  return `/var/lib/dolores-${suffix}`
}

/** Makes the folder when it is missing and checks that the private servers can work below it. */
export async function openDataDir(dir: string, user: ServiceUser | null): Promise<void> {
  const created = await mkdir(dir, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new Error(`The data folder ${dir} cannot be made. Set DATA_DIR to one that can.`, { cause })
  })
  // Servers of another account pass through, to folders of their own; nobody lists it.
  if (created !== undefined || existsSync(join(dir, 'secrets.json'))) {
    await chmod(dir, user ? 0o711 : 0o700).catch((cause: unknown) => {
      throw new Error(
        `The data folder ${dir} belongs to another user: start as that user, or set DATA_DIR.`,
        { cause },
      )
    })
  }
  if (!(await mayEnter(dir, user))) {
    throw new Error(
      `As root the private servers run under the account with uid ${user?.uid}, which may not enter ${dir}. ` +
        'Set DATA_DIR to a folder that other accounts can reach, for example /var/lib/dolores.',
    )
  }
}

/** Whether the account, or ourselves, may go into the folder. */
async function mayEnter(dir: string, user: ServiceUser | null): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', dir], { cwd: '/', ...user })
    return true
  } catch {
    return false
  }
}

/** Reads the secrets, or makes them: complete and with mode 0600 from the first moment, or not at all. */
export async function readSecrets(dir: string): Promise<Secrets> {
  const path = join(dir, 'secrets.json')
  if (!existsSync(path)) {
    const made: Secrets = { rootPassword: randomSecret(), tokenSecret: randomSecret() }
    await writeWhole(path, `${JSON.stringify(made, null, 2)}\n`)
  }
  const parsed = secretsSchema.safeParse(parseJson(await readFile(path, 'utf8')))
  if (parsed.success) return parsed.data
  throw new Error(
    `${path} is damaged. Restore it from a copy; without it remove ${dir} and start from nothing.`,
  )
}

const randomSecret = () => randomBytes(36).toString('base64url')

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Writes a file of ours alone, so that readers find the old content or the new, never a part. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const part = `${path}.${process.pid}`
  await writeFile(part, text, { mode: 0o600, flush: true })
  await rename(part, path)
}
