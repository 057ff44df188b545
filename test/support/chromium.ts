import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { build } from 'esbuild'
import { chromium, type BrowserContext, type Page } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** CHROMIUM_BIN, else the first of the usual names on the PATH. Throws when there is none, and says what to do. */
export function chromiumBinary(env: NodeJS.ProcessEnv = process.env): string {
  const { CHROMIUM_BIN, PATH = '' } = env
  const candidates = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)))
  const found = (CHROMIUM_BIN === undefined ? candidates : [CHROMIUM_BIN]).find(isExecutable)
  if (found === undefined)
    throw new Error('Tests in a browser need Chromium: `apt-get install chromium`, or set CHROMIUM_BIN.')
  return found
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A browser with a profile of its own in a folder, as after a restart of the machine when there is one already. */
export function startChromium(profile: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    executablePath: chromiumBinary(),
    headless: true,
    // Scripts of a test are none of the page's.
    bypassCSP: true,
    // Containers have neither user namespaces nor much shared memory.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  })
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
