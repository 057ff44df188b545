import { setImmediate } from 'node:timers/promises'
import type { Department, Staff } from '../../src/model/entry.ts'
import { Sync } from '../../src/sync/sync.ts'
import { MemoryHistory } from '../support/memory-history.ts'
import { added, benchId, VersionWriter } from './company.ts'
import { median, quantile, type Bench, type Figure } from './figures.ts'
import { LoadMeter } from './load-meter.ts'
import { searchCompany, VIEWERS } from './search-company.ts'

const SECRET = 'the token secret of the benches, long enough'
const P99_MS = 20

/** Not counted among the mixed ones. */
const EVIL = 'long and evil'

const QUERIES: Readonly<Record<string, readonly string[]>> = {
  'Chinese name': ['王', '欧阳', '张伟', '单乐', '子涵'],
  'one letter': ['z', 'w', 'a', 'x'],
  'full pinyin': ['zhangwei', 'wang zihan', 'ouyang', 'shanle', 'liming'],
  'part of the pinyin': ['zhangw', 'wangzi', 'zhwei'],
  initials: ['zw', 'wzh', 'oyx', 'lm'],
  'phone tail': ['0042', '1234', '9 99 99', '7700'],
  login: ['wei.wang', 'anna.m', 'ming.li1'],
  title: ['工程师', 'engineer', 'account manager'],
  department: ['研发', '研发 12', 'logistics', 'platform 48'],
  'several words': ['wang engineer', '张 工程师', 'li 财务'],
  'no match': ['qqqq', 'zhangsanfeng', '犇骉', 'nobody at all'],
  [EVIL]: ['a'.repeat(200), 'zh'.repeat(100), '王'.repeat(200), 'a b c d e f g h', 'aa aaa aaaa aaaaa'],
}

/** Issue 9: searches of 100,000 people in process, and what the index costs. */
export const bench: Bench = async ({ isSmall, say }) => {
  const people = isSmall ? 5000 : 100_000
  const rounds = isSmall ? 5 : 30
  const history = new MemoryHistory()
  const writer = new VersionWriter()
  history.append(writer.write(searchCompany(people).map(added)))
  const sync = new Sync({ replica: history, secret: SECRET })
  const figures: Figure[] = [...(await built(sync, people))]
  say(`index of ${people} people built`)
  const ask = async (viewer: number, query: string) => {
    const [start, before] = [performance.now(), process.cpuUsage()]
    const hits = await sync.search(benchId('p', viewer), { query, first: 20, only: null })
    const ms = performance.now() - start
    const { user, system } = process.cpuUsage(before)
    return { ms, cpuMs: (user + system) / 1000, hits: hits.length }
  }
  for (const [name, viewer] of Object.entries(VIEWERS)) {
    const [times, cpu]: [number[], number[]] = [[], []]
    const byKind = new Map<string, number[]>()
    // A server runs for days: the first round, in which the engine compiles, is not counted.
    for (let round = 0; round <= rounds; round++) {
      for (const [kind, queries] of Object.entries(QUERIES)) {
        for (const query of queries) {
          const { ms, cpuMs, hits } = await ask(viewer, query)
          if (round === 0) say(`${name}: ${query.slice(0, 20)}: ${hits} hits, ${ms.toFixed(1)} ms`)
          await setImmediate()
          if (round === 0) continue
          if (kind !== EVIL) {
            times.push(ms)
            cpu.push(cpuMs)
          }
          const of = byKind.get(kind) ?? []
          byKind.set(kind, of)
          of.push(ms)
        }
      }
    }
    const seen = [...sync.view(benchId('p', viewer)).allStaff()].length
    const whom = `${name} (${seen} of ${people} people)`
    for (const [kind, ms] of byKind)
      figures.push({ what: `p99, ${kind}, view: ${name}`, value: quantile(ms, 0.99), unit: 'ms' })
    figures.push({ what: `median, mixed queries, view: ${whom}`, value: median(times), unit: 'ms' })
    figures.push({ what: `p99 of CPU time, the same`, value: quantile(cpu, 0.99), unit: 'ms' })
    figures.push({
      what: `p99, mixed queries, view: ${whom}`,
      value: quantile(times, 0.99),
      unit: 'ms',
      limit: { atMost: P99_MS },
    })
  }
  figures.push(linearScan(history))
  figures.push(...(await changed(history, writer, ask)))
  return figures
}

async function built(sync: Sync, people: number): Promise<Figure[]> {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  const meter = new LoadMeter()
  await setImmediate()
  meter.read()
  const start = performance.now()
  await sync.prepareSearch(new AbortController().signal)
  const ms = performance.now() - start
  const { stallMs } = meter.read()
  globalThis.gc?.()
  const bytes = process.memoryUsage().heapUsed - before
  return [
    { what: `index of ${people} people made, in slices`, value: ms, unit: 'ms' },
    { what: 'longest stall while it is made', value: stallMs, unit: 'ms' },
    { what: 'memory of the index per 10,000 people', value: bytes / 1e6 / (people / 10_000), unit: 'MB' },
  ]
}

/** What is to be compared: the same queries looked for in name, pinyin, initials and login, without views or ranks. */
function linearScan(history: MemoryHistory): Figure {
  const texts = [...history.state.all('staff')].map(({ name, pinyin, initials, login }) =>
    [name, pinyin, initials, login].join('\n').toLowerCase(),
  )
  const times: number[] = []
  for (let round = 0; round < 5; round++) {
    for (const query of Object.values(QUERIES).flat()) {
      const start = performance.now()
      const found = texts.filter((text) => text.includes(query))
      times.push(performance.now() - start)
      if (found.length > texts.length) throw new Error('impossible')
    }
  }
  const what = 'median of a plain scan of name, pinyin, initials and login, no view, no ranks'
  return { what, value: median(times), unit: 'ms' }
}

type Ask = (viewer: number, query: string) => Promise<{ ms: number }>

/** What searches cost after changes: the next one brings the index up to date. */
async function changed(history: MemoryHistory, writer: VersionWriter, ask: Ask): Promise<Figure[]> {
  const staff = (n: number, values: Partial<Staff>) => {
    const before = history.state.get('staff', benchId('p', n))
    if (!before) throw new Error('nobody to edit')
    return { kind: 'staff' as const, id: before.id, before, after: { ...before, ...values } }
  }
  const rename = (n: number) => {
    const before = history.state.get('department', benchId('d', n))
    if (!before) throw new Error('nothing to rename')
    const after: Department = { ...before, name: `改名 ${n}` }
    return { kind: 'department' as const, id: before.id, before, after }
  }
  const quiet = async (rounds: number) => {
    const times: number[] = []
    for (let n = 0; n < rounds; n++) times.push((await ask(VIEWERS.everybody, 'qqqq')).ms)
    return median(times)
  }
  const still = await quiet(50)
  const [afterOne, afterMany, afterDepartment]: number[][] = [[], [], []]
  for (let n = 10; n < 60; n++) {
    history.append(writer.write([staff(n, { name: `改 ${n}` })]))
    afterOne?.push((await ask(VIEWERS.everybody, 'qqqq')).ms)
    history.append(
      writer.write(Array.from({ length: 100 }, (_, i) => staff(n + i * 7, { name: `名 ${n + i}` }))),
    )
    afterMany?.push((await ask(VIEWERS.everybody, 'qqqq')).ms)
    history.append(writer.write([rename(n)]))
    afterDepartment?.push((await ask(VIEWERS.everybody, 'qqqq')).ms)
  }
  return [
    { what: 'a search after no change', value: still, unit: 'ms' },
    { what: 'a search after one person changed', value: median(afterOne ?? []), unit: 'ms' },
    { what: 'a search after 100 people changed', value: median(afterMany ?? []), unit: 'ms' },
    {
      what: 'a search after a department changed: the view is asked about every place anew',
      value: median(afterDepartment ?? []),
      unit: 'ms',
    },
  ]
}
