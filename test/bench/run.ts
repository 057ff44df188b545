import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { holds, ratioOf, table, type Bench, type Figure } from './figures.ts'

/**
 * `npm run bench`, `npm run bench -- push snapshot`, `npm run bench -- --small`: runs each `<name>.bench.ts` in a process of its own, prints
 * a table and writes the same as JSON. A figure that misses its limit makes the exit code 1.
 */
const HERE = fileURLToPath(new URL('.', import.meta.url))
const [first, ...rest] = process.argv.slice(2)

if (first === '--one') await runOne(rest[0] ?? '', rest.includes('--small'))
else await runAll([first, ...rest].filter((word) => word !== undefined))

async function runAll(words: readonly string[]): Promise<void> {
  const isSmall = words.includes('--small')
  const wanted = words.filter((word) => !word.startsWith('--'))
  const known = readdirSync(HERE).flatMap((file) => /^(.*)\.bench\.ts$/.exec(file)?.[1] ?? [])
  const unknown = wanted.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new Error(`There is no bench ${unknown.join(', ')}; there are ${known.join(', ')}`)
  const report: Record<string, readonly Figure[]> = {}
  for (const name of wanted.length > 0 ? wanted : known) {
    const figures = await inProcess(name, isSmall)
    report[name] = figures
    process.stdout.write(`\n${name}\n${table(figures)}\n`)
    if (figures.length === 0 || figures.some((figure) => holds(figure) === false)) process.exitCode = 1
  }
  const facts = { node: process.version, date: new Date().toISOString(), isSmall }
  const withRatios = Object.entries(report).map(([bench, figures]) => ({
    bench,
    figures: figures.map((figure) => ({ ...figure, ratio: ratioOf(figure), holds: holds(figure) })),
  }))
  mkdirSync(fileURLToPath(new URL('../../node_modules/.cache/dolores', import.meta.url)), { recursive: true })
  const path = fileURLToPath(new URL('../../node_modules/.cache/dolores/bench.json', import.meta.url))
  writeFileSync(path, `${JSON.stringify({ ...facts, benches: withRatios }, null, 2)}\n`)
  process.stdout.write(`\nThe same as JSON: ${path}\n`)
}

/** The figures of one bench; none when it failed. */
async function inProcess(name: string, isSmall: boolean): Promise<Figure[]> {
  const args = ['--expose-gc', '--import', 'tsx', fileURLToPath(import.meta.url), '--one', name]
  const child = spawn(process.execPath, [...args, ...(isSmall ? ['--small'] : [])], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let figures: Figure[] = []
  child.on('message', (message) => (figures = message as Figure[]))
  await once(child, 'exit')
  return figures
}

async function runOne(name: string, isSmall: boolean): Promise<void> {
  const { bench } = (await import(`./${name}.bench.ts`)) as { bench: Bench }
  const figures = await bench({ isSmall, say: (text) => void process.stderr.write(`  ${text}\n`) })
  process.send?.(figures, () => process.exit(0))
}
