import { pause } from '../../src/clock.ts'
import type { Page } from 'playwright-core'
import type { Usage } from './instance.ts'
import { median, type Figure } from './figures.ts'

export interface ConsoleBench {
  readonly page: Page
  readonly url: string
  readonly people: number
  readonly rounds: number
  /** Gives somebody another title past the console, as another tool does. */
  readonly edit: (title: string) => Promise<void>
  readonly usage: () => Promise<Usage>
  readonly say: (text: string) => void
}

/** What is waited for, and what it is called. */
type Step = readonly [what: string, act: (round: number) => Promise<void>]

const SEARCH = '搜索姓名、拼音、账号、手机、邮箱、职位'
const WORDS = ['wang', '138', 'engineer', 'zhangwei']

/** Somebody who administers everybody works in the console: each step is timed in the browser, the server's longest stall beside it. */
export async function measureConsole(o: ConsoleBench): Promise<Figure[]> {
  const { page } = o
  const grid = page.getByRole('grid')
  const rows = grid.locator('[role=row][aria-selected]')
  const count = async () => Number(await grid.getAttribute('aria-rowcount')) - 1
  const counted = async (isRight: (people: number) => boolean) => {
    while (!isRight(await count())) await pause(5)
  }
  const drawer = page.getByRole('dialog')
  const close = async () => {
    await drawer.getByRole('button', { name: '关闭' }).click()
    await drawer.waitFor({ state: 'detached' })
  }
  const steps: readonly Step[] = [
    [
      'open the console',
      async () => {
        await page.goto(`${o.url}/admin`)
        await rows.first().waitFor()
      },
    ],
    [
      'go to the last page',
      async () => {
        const people = await count()
        await rows.first().focus()
        await page.keyboard.press('End')
        await grid.locator(`[aria-selected][aria-rowindex="${people + 1}"]`).waitFor()
      },
    ],
    [
      'put it in order by login',
      async (round) => {
        const name = '账号'
        await page.getByRole('columnheader', { name }).getByRole('button').click()
        await grid
          .locator(`[aria-sort=${round < 0 ? 'descending' : 'ascending'}]`, { hasText: name })
          .waitFor()
        await rows.first().waitFor()
      },
    ],
    [
      'search',
      async (round) => {
        const all = await count()
        await page.getByLabel(SEARCH).fill(WORDS[Math.max(round, 0) % WORDS.length] ?? '')
        await counted((people) => people < all && people >= 0)
        await rows.first().waitFor()
      },
    ],
    [
      'open a person',
      async () => {
        await rows.first().click()
        await drawer.getByLabel('职位', { exact: true }).waitFor()
      },
    ],
    [
      'edit and save',
      async (round) => {
        await drawer.getByLabel('职位', { exact: true }).fill(`Title of the console ${round}`)
        await drawer.getByRole('button', { name: '保存', exact: true }).click()
        await drawer.getByText('已保存').waitFor()
      },
    ],
  ]
  const times = new Map<string, number[]>()
  const stalls = new Map<string, number[]>()
  const note = (map: Map<string, number[]>, what: string, value: number) =>
    map.set(what, [...(map.get(what) ?? []), value])
  for (let round = 0; round < o.rounds; round++) {
    for (const [what, act] of steps) {
      await o.usage()
      const start = performance.now()
      await act(round)
      note(times, what, performance.now() - start)
      note(stalls, what, (await o.usage()).stallMs)
    }
    await close()
    await page.getByLabel(SEARCH).fill('')
    await counted((people) => people > o.people * 0.9)
    await rows.first().waitFor()
    await o.edit(`Title of another tool ${round}`)
    await pause(1500)
    note(stalls, 'what somebody else changes', (await o.usage()).stallMs)
    o.say(`round ${round + 1} of ${o.rounds} is done`)
  }
  return [
    ...[...times].map(([what, ms]) => ({ what: `${what}, median`, value: median(ms), unit: 'ms' })),
    ...[...stalls].map(([what, ms]) => ({
      what: `longest stall of the server: ${what}, median`,
      value: median(ms),
      unit: 'ms',
    })),
  ]
}
