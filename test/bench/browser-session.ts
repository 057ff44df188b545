import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { pause } from '../../src/clock.ts'
import { signIn } from '../browser/browser.ts'
import { bundleFor, openPage, startChromium } from '../support/chromium.ts'
import { LONG_LIST } from './browser-company.ts'
import { median, type Figure } from './figures.ts'
import type { Frames, PageMeter } from './page-meter.ts'
import type * as SdkPage from './sdk-page.ts'
import type { Opened } from './sdk-page.ts'

declare const meter: PageMeter
declare const sdk: typeof SdkPage

export interface BrowserBench {
  readonly url: string
  /** The folder of the browser, which is closed and opened again. */
  readonly profile: string
  readonly people: number
  readonly rounds: number
  /** Gives somebody of the long list another title, which the directory then tells. */
  readonly edit: (title: string) => Promise<void>
  readonly say: (text: string) => void
}

/** No frame may take longer, in milliseconds. */
const FRAME = 50
const SCROLLS = 90
const TYPED = ['zhangwei', 'wang', '李', '138']
const KEY_MS = 90

/** Somebody signs in, waits for the first copy, and comes back to it. */
export async function measureBrowser(o: BrowserBench): Promise<Figure[]> {
  const script = await bundleFor(join(import.meta.dirname, 'page-meter.ts'), 'unused')
  const start = async () => {
    const context = await startChromium(o.profile)
    await context.addInitScript({ content: script })
    return context
  }
  let context = await start()
  const figures = await firstDownload(context, o)
  await context.close()
  const paints: number[] = []
  const idle: Frames[] = []
  const early: Frames[] = []
  const earlyTyped: Frames[] = []
  const scrolled: Frames[] = []
  const typed: Frames[] = []
  const latencies: number[] = []
  const changes: number[] = []
  for (let round = 0; round < o.rounds; round++) {
    context = await start()
    const page = await pageOf(context)
    await page.goto(`${o.url}/departments/${LONG_LIST.id}`)
    await page.getByRole('option').first().waitFor()
    await page.evaluate(() => void meter.frames())
    await scroll(page)
    early.push(await page.evaluate(() => meter.frames()))
    await type(page)
    earlyTyped.push(await page.evaluate(() => meter.frames()))
    paints.push(await page.evaluate(() => meter.treeAt ?? Number.NaN))
    await live(page)
    await pause(2000)
    await page.evaluate(() => void meter.frames())
    await pause(2000)
    idle.push(await page.evaluate(() => meter.frames()))
    await scroll(page)
    scrolled.push(await page.evaluate(() => meter.frames()))
    latencies.push(...(await type(page)))
    typed.push(await page.evaluate(() => meter.frames()))
    changes.push(...(await change(page, o, round)))
    await context.close()
    o.say(`round ${round + 1} of ${o.rounds} is done`)
  }
  const { opened, searched, searchedEarly } = await ofSdk(o)
  const middle = (key: 'treeMs' | 'firstMs' | 'listMs' | 'wholeMs') => median(opened.map((each) => each[key]))
  const frames = (what: string, of: readonly Frames[], limit: Partial<Figure> = {}): Figure[] => [
    { what: `longest frame, ${what}, median`, value: median(of.map((f) => f.worstMs)), unit: 'ms', ...limit },
    { what: `longest frame, ${what}, worst`, value: Math.max(...of.map((f) => f.worstMs)), unit: 'ms' },
    {
      what: `longest task over 50 ms, ${what}, worst`,
      value: Math.max(...of.map((f) => f.taskMs)),
      unit: 'ms',
    },
  ]
  const limit = { limit: { atMost: FRAME } }
  return [
    ...figures,
    { what: 'from a start of the browser to the tree on the screen', value: median(paints), unit: 'ms' },
    {
      what: `copy of ${o.people} people: departments and counts, median`,
      value: middle('treeMs'),
      unit: 'ms',
      limit: { atMost: 300 },
    },
    {
      what: `who comes first in a department of ${o.people / 5}`,
      value: middle('firstMs'),
      unit: 'ms',
      limit: { atMost: 300 },
    },
    {
      what: 'all people of a department as most are',
      value: middle('listMs'),
      unit: 'ms',
      limit: { atMost: 300 },
    },
    { what: 'everybody', value: middle('wholeMs'), unit: 'ms' },
    {
      what: 'a change, from the socket to the page, median',
      value: median(changes),
      unit: 'ms',
      limit: { atMost: 16 },
    },
    { what: 'the same, worst', value: Math.max(...changes), unit: 'ms' },
    { what: 'the first letter of a search at once after a start', value: median(searchedEarly), unit: 'ms' },
    { what: 'search, a letter more, median', value: median(searched), unit: 'ms' },
    { what: 'the same, worst', value: Math.max(...searched), unit: 'ms', limit: { atMost: FRAME } },
    { what: 'from a letter to what it finds on the page, median', value: median(latencies), unit: 'ms' },
    { what: 'the same, worst', value: Math.max(...latencies), unit: 'ms' },
    ...frames('idle', idle),
    ...frames('scrolling at once after opening', early, limit),
    ...frames('searching at once after opening', earlyTyped, limit),
    ...frames('scrolling', scrolled, limit),
    ...frames('searching', typed, limit),
  ]
}

async function firstDownload(context: BrowserContext, o: BrowserBench): Promise<Figure[]> {
  const page = await pageOf(context)
  await page.goto(o.url)
  const start = performance.now()
  await signIn(page, 'hr')
  await page.getByRole('tree').waitFor({ timeout: 120_000 })
  const ms = performance.now() - start
  const progress = await page.evaluate(() => meter.progress)
  o.say(`progress: ${progress.join(' ')}`)
  await live(page)
  return [
    { what: `first download of ${o.people} people, until the tree shows`, value: ms / 1000, unit: 's' },
    {
      what: 'numbers that its progress has shown',
      value: progress.length,
      unit: 'numbers',
      limit: { atLeast: o.people > 5000 ? 2 : 1 },
    },
  ]
}

/** By wheel, some 600 points a time, then back to the top by jumps. */
async function scroll(page: Page): Promise<void> {
  const box = await page.getByRole('listbox').boundingBox()
  if (!box) throw new Error('there is no list')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  for (let n = 0; n < SCROLLS; n++) await page.mouse.wheel(0, 600)
  for (const part of [0.9, 0.2, 0.6, 0])
    await page.evaluate((to) => {
      const list = document.querySelector('.people > *')
      if (list) list.scrollTop = to * list.scrollHeight
      return new Promise((resolve) => requestAnimationFrame(resolve))
    }, part)
}

async function type(page: Page): Promise<number[]> {
  await page.keyboard.press('Control+k')
  const input = page.locator('.search input')
  await input.waitFor()
  const end = await page.evaluateHandle(() => meter.typing())
  for (const text of TYPED) {
    await input.fill('')
    await page.keyboard.type(text, { delay: KEY_MS })
    await pause(KEY_MS * 2)
  }
  const times = await end.evaluate((stop) => stop())
  await page.keyboard.press('Escape')
  await page.locator('dialog.search').waitFor({ state: 'detached' })
  return times
}

async function change(page: Page, o: BrowserBench, round: number): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < 10; n++) {
    const title = `Title ${round}-${n}.`
    const shown = page.evaluate((text) => meter.until(text), title)
    await o.edit(title)
    times.push(await shown)
  }
  return times
}

/** The SDK alone, in a page that the server serves, on what the app has stored. */
async function ofSdk(
  o: BrowserBench,
): Promise<{ opened: Opened[]; searched: number[]; searchedEarly: number[] }> {
  const script = await bundleFor(join(import.meta.dirname, 'sdk-page.ts'), 'sdk')
  const opened: Opened[] = []
  const searched: number[] = []
  const searchedEarly: number[] = []
  for (let round = 0; round < o.rounds; round++) {
    const context = await startChromium(o.profile)
    const page = await openPage(context, o.url, script)
    const found = await page.evaluate((url) => sdk.open(url), o.url)
    const { people, counted } = found
    if (people < o.people * 0.9) throw new Error(`only ${people} people are there`)
    if (counted < o.people * 0.9) throw new Error(`the counts say ${counted}`)
    opened.push(found)
    searchedEarly.push(...(await page.evaluate(() => sdk.search(['z']))))
    await pause(3000)
    searched.push(...(await page.evaluate((texts) => sdk.search(texts), TYPED)))
    await context.close()
  }
  return { opened, searched, searchedEarly }
}

/** The page that a browser starts with. */
async function pageOf(context: BrowserContext): Promise<Page> {
  return context.pages()[0] ?? (await context.newPage())
}

/** Every change comes at once. */
async function live(page: Page): Promise<void> {
  await page.locator('.status-bar').waitFor({ state: 'detached', timeout: 60_000 })
}
