import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { hasApt, libraryPath, unpackPackages } from '../../src/local/unpack-packages.ts'

const run = promisify(execFile)

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const CACHE = resolve('node_modules/.cache/dolores')
const MISSING = 'There is no Chromium: `apt-get install chromium`, or name one in CHROMIUM_BIN.'

interface Binary {
  readonly path: string
  readonly env: Readonly<Record<string, string>>
}

/** A browser without a window. */
export async function launchChromium(): Promise<Browser> {
  return await chromium.launch(await optionsOf())
}

/** A browser with a profile of its own in a folder, as after a restart of the machine when there is one already. */
export async function startChromium(profile: string): Promise<BrowserContext> {
  // Scripts of a test are none of the page's.
  return await chromium.launchPersistentContext(profile, { ...(await optionsOf()), bypassCSP: true })
}

async function optionsOf() {
  const { path, env } = await ensureChromium()
  // Containers have neither user namespaces nor much shared memory; what is opened is ours alone.
  const args = ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
  return { executablePath: path, args, env: { ...process.env, ...env } }
}

/** The one that CHROMIUM_BIN names, else one of the machine, else one that apt installs (as root) or unpacks (as anybody). */
async function ensureChromium(): Promise<Binary> {
  const named = process.env['CHROMIUM_BIN'] ?? ''
  if (named !== '' && !existsSync(named)) throw new Error(`CHROMIUM_BIN is ${named}, which is not there.`)
  const found = named === '' ? find() : { path: named, env: {} }
  if (found) return found
  if (!(await hasApt())) throw new Error(MISSING)
  await mkdir(CACHE, { recursive: true })
  await (process.getuid?.() === 0 ? install() : unpack())
  const made = find()
  if (!made) throw new Error(MISSING)
  return made
}

function find(): Binary | null {
  const path = PLACES.find((place) => existsSync(place))
  if (path !== undefined) return { path, env: {} }
  const root = join(CACHE, 'chromium')
  const unpacked = join(root, 'usr/lib/chromium/chromium')
  return existsSync(unpacked) ? { path: unpacked, env: libraryPath(root) } : null
}

/** One after the other, whoever else tests at the same time. */
async function install(): Promise<void> {
  const command =
    'test -x /usr/bin/chromium || { apt-get -qq update && apt-get -qq -y --no-install-recommends install chromium; }'
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('flock', [join(CACHE, 'chromium.lock'), 'sh', '-c', command], { env, maxBuffer: 1 << 26 })
}

async function unpack(): Promise<void> {
  const dir = join(CACHE, 'chromium')
  const isThere = () => find() !== null
  await unpackPackages({ packages: ['chromium'], dir, isThere, report: () => {} })
}

/** A module of the tests as one script for a page, which has its exports under `name`. */
export async function bundleFor(entry: string, name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: name,
    platform: 'browser',
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

/** A page that the server itself serves (what is made up has no address that may talk to loopback), with a script. */
export async function openPage(context: BrowserContext, url: string, script: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${url}/healthz`)
  await page.addScriptTag({ content: script })
  return page
}
