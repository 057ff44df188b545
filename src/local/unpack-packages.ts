import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface UnpackOptions {
  readonly packages: readonly string[]
  /** Appears when everything is there. */
  readonly dir: string
  /** Whether another process has put something usable at `dir` meanwhile: that stays. */
  readonly isThere: () => boolean
  readonly report: (step: string) => void
}

const STATUS = '/var/lib/dpkg/status'

/** Whether this machine has apt. */
export async function hasApt(): Promise<boolean> {
  return await run('apt-get', ['--version']).then(
    () => true,
    () => false,
  )
}

/**
 * Unpacks packages and what they need with apt's own resolver and signature checks, without root and without touching the
 * system: private state, then `dpkg -x`. Nothing is configured and nothing is started. All or nothing.
 */
export async function unpackPackages({ packages, dir, isThere, report }: UnpackOptions): Promise<void> {
  // apt takes a relative folder for one below the root of the system.
  const work = resolve(`${dir}.part-${process.pid}`)
  await rm(work, { recursive: true, force: true })
  await mkdir(join(work, 'lists/partial'), { recursive: true })
  await mkdir(join(work, 'archives/partial'), { recursive: true })
  await writeFile(join(work, 'status'), without(packages, await readFile(STATUS, 'utf8')))
  const apt = (...args: string[]) => run('apt-get', [...aptOptions(work), ...args], { maxBuffer: 1 << 24 })
  try {
    report('reading the package lists')
    await apt('-qq', 'update')
    report(`downloading ${packages[0]}`)
    await apt('-qq', '-y', '--no-install-recommends', '--download-only', 'install', ...packages)
    report(`unpacking ${packages[0]}`)
    const archives = (await readdir(join(work, 'archives'))).filter((name) => name.endsWith('.deb'))
    for (const name of archives) await run('dpkg', ['-x', join(work, 'archives', name), join(work, 'root')])
    await takePlace(join(work, 'root'), dir, isThere)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Where programs below a root find their libraries, those included that name a folder of the system's for theirs (RUNPATH). */
export function libraryPath(root: string): Record<string, string> {
  const dirs = ['usr/lib', 'lib']
    .map((dir) => join(root, dir))
    .filter((dir) => existsSync(dir))
    .flatMap((dir) => {
      const ofMachine = foldersIn(dir).filter((path) => /-linux-gnu(eabi\w*)?$/.test(path))
      return [...ofMachine, dir, ...ofMachine.flatMap(foldersIn).filter(hasLibraries)]
    })
  return { LD_LIBRARY_PATH: dirs.join(':') }
}

function foldersIn(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(dir, name))
}

function hasLibraries(dir: string): boolean {
  return readdirSync(dir).some((name) => /^lib.*\.so(\.|$)/.test(name))
}

/** Puts `made` at `dir`. What another process put there meanwhile is complete and in use: it stays. */
async function takePlace(made: string, dir: string, isThere: () => boolean): Promise<void> {
  try {
    await rename(made, dir)
  } catch {
    if (isThere()) return
    await rm(dir, { recursive: true, force: true })
    await rename(made, dir)
  }
}

/** What is installed, but for the packages themselves: a machine may have one of them without the other. */
function without(packages: readonly string[], status: string): string {
  return status
    .split(/\n\n+/)
    .filter((stanza) => !packages.includes(/^Package: (.*)$/m.exec(stanza)?.[1] ?? ''))
    .join('\n\n')
}

function aptOptions(work: string): string[] {
  const settings = [
    `Dir::State=${work}`,
    `Dir::State::Lists=${work}/lists`,
    `Dir::State::status=${work}/status`,
    `Dir::Cache=${work}`,
    `Dir::Cache::archives=${work}/archives`,
    'Debug::NoLocking=1',
    'APT::Sandbox::User=',
    'Acquire::Languages=none',
    'Acquire::Retries=2',
    'DPkg::Post-Invoke=',
    'APT::Update::Post-Invoke=',
    'APT::Update::Post-Invoke-Success=',
  ]
  return settings.flatMap((setting) => ['-o', setting])
}
