import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { pause } from '../../../src/clock.ts'
import type { Entry } from '../../../src/model/entry.ts'
import type { Script, Step } from './script.ts'
import type { Stage } from './stage.ts'
import { Violation } from './violation.ts'

const PATIENCE_MS = 30_000
/** Longer than everything dying and coming back on a busy machine. */
const TURN_MS = 90_000

/** Plays a script to its end, judges after every turn, lets everybody come to rest, and judges that (I1). */
export async function play(
  stage: Stage,
  script: Script,
  fault: (step: Step) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (const turn of script) {
    const actors = [...new Set(turn.map((step) => step.actor))]
    const stepsOf = (actor: string) => turn.filter((step) => step.actor === actor)
    await inTime(
      Promise.all(actors.map((actor) => inOrder(stepsOf(actor), (step) => stage.perform(step, fault)))),
      turn,
    )
    await stage.judge.settle()
  }
  await rest(stage)
}

/** The log says what the directory says, and every device what the log says to its owner. */
export async function rest(stage: Stage): Promise<void> {
  const { phones, judge, past, editor } = stage
  await logHasAll(stage)
  const owners = await editor.entries()
  const mayEnter = (id: string) =>
    owners.some((e) => e.kind === 'staff' && e.id === id && e.status === 'ACTIVE')
  await Promise.all(
    phones.map(async (phone, i) => {
      for (const deadline = Date.now() + PATIENCE_MS; ;) {
        if (!mayEnter(phone.viewerId) && phone.phase !== 'following') return phone.crash()
        const { cursor } = phone
        const isThere = cursor !== null && stage.journal.position(cursor).version >= past.head.version
        if (isThere && (phone.phase === 'following' || phone.phase === 'offline')) return
        if (Date.now() > deadline)
          throw new Violation('I1', `${phone.name} does not come to rest: ${phone.phase} at ${cursor}`)
        if (phone.phase === 'following') await phone.hear(2000)
        else await phone.goOn({ instance: i, first: 1000, compact: i % 2 === 0 }, i % 3 !== 0)
        if (phone.phase === 'offline') await pause(20)
      }
    }),
  )
  await judge.settle()
}

/** Waits until the log is where the directory is, mapped anew and naively (L1). */
async function logHasAll({ past, editor }: Stage): Promise<void> {
  const sorted = (entries: readonly Entry[]) =>
    entries.toSorted((a, b) => (a.kind + a.id < b.kind + b.id ? -1 : 1))
  const expected = sorted(await editor.entries())
  for (const deadline = Date.now() + PATIENCE_MS; ; await pause(50)) {
    await past.read()
    const actual = sorted(past.head.entries)
    if (isDeepStrictEqual(actual, expected)) return
    if (Date.now() < deadline) continue
    const find = (list: readonly Entry[], id: string) => list.find((e) => e.id === id) ?? null
    const different = [...expected, ...actual]
      .map(({ id }) => [find(actual, id), find(expected, id)])
      .find(([is, should]) => !isDeepStrictEqual(is, should))
    throw new Violation('L1', `the log has another entry than the directory: ${JSON.stringify(different)}`)
  }
}

/** What never ends is a finding too, and one that names its turn. */
async function inTime(work: Promise<unknown>, turn: readonly Step[]): Promise<void> {
  const over = new AbortController()
  const tooLate = pause(TURN_MS, over.signal).then(() => {
    if (!over.signal.aborted) throw new Violation('stuck', JSON.stringify(turn))
  })
  try {
    await Promise.race([work, tooLate])
  } finally {
    over.abort()
  }
}

async function inOrder<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (const item of items) await act(item)
}

const FOLDER = fileURLToPath(new URL('../../../node_modules/.cache/dolores/histories/', import.meta.url))

const scriptSchema = z.array(
  z.array(z.object({ actor: z.string(), act: z.string(), a: z.number(), b: z.number(), c: z.number() })),
)

/** What a failed run leaves behind; `finding` is for people to read. */
export function saveScript(lane: string, seed: number, script: Script, finding: string): string {
  mkdirSync(FOLDER, { recursive: true })
  const path = `${FOLDER}${lane}-${seed}.json`
  writeFileSync(path, JSON.stringify({ lane, seed, finding, script }))
  return path
}

export function readScript(text: string): { lane: string; seed: number; script: Script } {
  return z.object({ lane: z.string(), seed: z.number(), script: scriptSchema }).parse(JSON.parse(text))
}
