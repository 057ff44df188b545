// What has to be there before anything else can run. Plain Node without packages, and syntax that old versions can
// parse, so that they get a sentence and not a stack.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A failure that is told as it stands, without a stack. */
export class PrepareError extends Error {
  exitCode = 1
}

/** Null when the version will do, else what to say. */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return null
  return `Dolores needs Node 20.19 or newer; this is ${version}. Install a newer one (https://nodejs.org) and start again.`
}

/**
 * Installs by the lock file and generates code, each only when missing or stale.
 * `dev` is false in production: development packages are then neither needed nor installed.
 * `contract` also generates what only tests and checks read (the typed documents of the web side).
 */
export async function prepare({ root = ROOT, dev = true, contract = false, report = console.error } = {}) {
  const problem = nodeProblem(process.version)
  if (problem) throw new PrepareError(problem)
  await install(root, dev, report)
  if (!dev) return
  await whenStale(
    root,
    'src/generated',
    ['package-lock.json', 'prisma/schema.prisma', 'prisma.config.ts'],
    () => run(root, report, 'Generating the database client', bin(root, 'prisma'), ['generate']),
  )
  if (!contract) return
  await whenStale(
    root,
    'web/generated',
    ['package-lock.json', 'codegen.ts', 'schema/schema.graphql', 'schema/operations'],
    () =>
      run(root, report, 'Generating the typed documents', bin(root, 'graphql-codegen'), [
        '--config',
        'codegen.ts',
      ]),
  )
}

/** Compiles to dist/, and the app to dist/app, when a source is not the one that was compiled. A running server keeps what it has loaded. */
export async function build({ root = ROOT, report = console.error } = {}) {
  const sources = [
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'prisma/schema.prisma',
    'src',
    'schema',
    'web',
  ]
  const ignored = /\.(mjs|mts|md|graphql)$|\/generated\//
  if (isFresh(root, 'dist', sources, ignored)) return
  await prepare({ root, report, contract: true })
  const made = `node_modules/.dist.${process.pid}`
  try {
    const args = ['-p', 'tsconfig.build.json', '--outDir', made]
    await whenStale(
      root,
      made,
      sources,
      async () => {
        await run(root, report, 'Compiling', bin(root, 'tsc'), args)
        const app = ['build', '--config', 'web/vite.config.ts', '--outDir', join(root, made, 'app')]
        await run(root, report, 'Building the app', bin(root, 'vite'), app)
      },
      ignored,
    )
    rmSync(join(root, 'dist'), { recursive: true, force: true })
    renameSync(join(root, made), join(root, 'dist'))
  } finally {
    rmSync(join(root, made), { recursive: true, force: true })
  }
}

// The install scripts of packages are not run: none of ours needs one, and what never runs cannot do harm.
async function install(root, dev, report) {
  const lock = join(root, 'package-lock.json')
  const stamp = join(root, 'node_modules', '.dolores')
  const wanted = `${digest(root, ['package-lock.json'])} ${dev ? 'all' : 'production'}`
  const have = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''
  if (have === wanted || have === wanted.replace(/ production$/, ' all')) return
  if (!isInstalled(lock, join(root, 'node_modules', '.package-lock.json'), dev)) {
    const only = dev ? ['--include=dev'] : ['--omit=dev']
    const args = ['ci', ...only, '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund']
    await run(root, report, 'Installing packages by the lock file', ...npm(args))
  }
  writeFileSync(stamp, wanted)
}

/** Whether npm's own record of node_modules holds everything that the lock file asks for on this platform. */
export function isInstalled(lockFile, recordFile, dev) {
  if (!existsSync(lockFile) || !existsSync(recordFile)) return false
  const record = JSON.parse(readFileSync(recordFile, 'utf8')).packages
  const packages = Object.entries(JSON.parse(readFileSync(lockFile, 'utf8')).packages)
  return packages.every(([path, wanted]) => {
    if (path === '' || (!dev && wanted.dev) || !fitsPlatform(wanted)) return true
    const found = record[path]
    // Optional ones that name no platform are needed only by optional ones of other platforms.
    if (!found) return wanted.optional === true && !wanted.os && !wanted.cpu
    return found.version === wanted.version && found.integrity === wanted.integrity
  })
}

function fitsPlatform({ os, cpu, libc }) {
  const fits = (list, mine) =>
    !list || list.includes(mine) || list.every((item) => item.startsWith('!') && item !== `!${mine}`)
  return fits(os, process.platform) && fits(cpu, process.arch) && (!libc || fits(libc, libcName()))
}

let knownLibc
function libcName() {
  if (!knownLibc) {
    process.report.excludeNetwork = true
    knownLibc = process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
  }
  return knownLibc
}

function npm(args) {
  const script = process.env.npm_execpath
  return script && basename(script).startsWith('npm-cli')
    ? [process.execPath, [script, ...args]]
    : ['npm', args]
}

const bin = (root, name) => join(root, 'node_modules', '.bin', name)

async function whenStale(root, folder, sources, make, ignored) {
  if (isFresh(root, folder, sources, ignored)) return
  await make()
  mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, folder, '.stamp'), digest(root, sources, ignored))
}

function isFresh(root, folder, sources, ignored) {
  const stamp = join(root, folder, '.stamp')
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digest(root, sources, ignored)
}

/** SHA-256 over names and contents; a name that does not exist counts as absent. */
function digest(root, sources, ignored = /$^/) {
  const hash = createHash('sha256')
  for (const source of sources) {
    for (const path of filesBelow(root, source)) {
      if (!ignored.test(path))
        hash
          .update(path)
          .update('\0')
          .update(readFileSync(join(root, path)))
          .update('\0')
    }
  }
  return hash.digest('hex')
}

function filesBelow(root, path) {
  if (!existsSync(join(root, path))) return []
  let children
  try {
    children = readdirSync(join(root, path), { withFileTypes: true })
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path]
    throw error
  }
  return children
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((child) =>
      child.isDirectory() ? filesBelow(root, `${path}/${child.name}`) : [`${path}/${child.name}`],
    )
}

/** Runs a long step: says what it is, every five seconds that it goes on, and its output only when it fails. */
function run(root, report, title, command, args) {
  report(`${title} …`)
  const from = Date.now()
  const seconds = () => ((Date.now() - from) / 1000).toFixed(0)
  const timer = setInterval(() => report(`  ${seconds()} s`), 5000)
  return new Promise((resolve, reject) => {
    const path = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`
    const env = { ...process.env, PATH: path, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' }
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (chunk) => {
      output = (output + chunk).slice(-8000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const fail = (why) =>
      reject(new PrepareError(`${title} failed (${why}): ${command} ${args.join(' ')}\n${output}`))
    child.once('error', (error) => fail(error.message))
    child.once('close', (code, signal) => {
      if (code !== 0) fail(signal ?? `exit code ${code}`)
      else {
        report(`  done in ${seconds()} s`)
        resolve()
      }
    })
  }).finally(() => clearInterval(timer))
}
