import { createServer } from 'node:http'
import { once } from 'node:events'
import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CONTRACT } from '../web/store-contract.ts'
import { launchChromium } from './chromium.ts'

const ENTRY = `
  import { CONTRACT } from './test/web/store-contract.ts'
  import { IndexedDbStore } from './web/sdk/indexed-db-store.ts'
  let n = 0
  globalThis.check = async (name) => {
    const database = 'contract ' + ++n
    await CONTRACT[name]({ open: () => new IndexedDbStore(database) })
  }`

let browser: Browser
let url: string
let close: () => void
beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2023',
  })
  const script = outputFiles[0]?.text ?? ''
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html').end(`<!doctype html><script>${script}</script>`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  close = () => server.close()
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  close?.()
})

describe('a store in IndexedDB, in Chromium', () => {
  it.each(Object.keys(CONTRACT))('%s', async (name) => {
    const page = await browser.newPage()
    await page.goto(url)
    const failure = await page.evaluate(
      `check(${JSON.stringify(name)}).then(() => null, (error) => String(error))`,
    )
    expect(failure).toBeNull()
    await page.close()
  })
})
