import fc from 'fast-check'
import { EDIT_NAMES } from './edits.ts'

/** What devices do; by weight. */
export const ACTS = {
  'go on': 10,
  'catch up': 4,
  'hear all': 5,
  'ask while following': 1,
  'hear twice': 1,
  'hear out of order': 1,
  'fall off': 2,
  crash: 1,
  'lose an answer': 1,
  report: 0.2,
  'look at oneself': 0.5,
  'wait for others': 1,
} as const
export type ActName = keyof typeof ACTS

/** One thing that somebody does; the numbers pick among whatever is there. */
export interface Step {
  /** `directory`, `fault`, or the number of a device. */
  readonly actor: string
  readonly act: string
  readonly a: number
  readonly b: number
  readonly c: number
}

/** Steps of one turn run at the same time, those of one actor one after the other. */
export type Script = readonly (readonly Step[])[]

export interface ScriptOptions {
  readonly turns: number
  readonly devices: number
  /** What may go wrong in this lane, by name, and in how many of a hundred turns something does. */
  readonly faults?: readonly string[]
  readonly faultPercent?: number
}

/** The script of a seed: always the same. */
export function scriptOf(seed: number, o: ScriptOptions): Script {
  const [script] = fc.sample(scripts(o), { seed, numRuns: 1 })
  return script ?? []
}

function scripts({ turns, devices, faults = [], faultPercent = 4 }: ScriptOptions): fc.Arbitrary<Step[][]> {
  const operands = { a: fc.nat(999), b: fc.nat(999), c: fc.nat(999) }
  const edit = fc.record({
    actor: fc.constant('directory'),
    act: fc.constantFrom(...EDIT_NAMES),
    ...operands,
  })
  const acts = Object.entries(ACTS).map(([act, weight]) => ({
    weight: weight * 10,
    arbitrary: fc.constant(act),
  }))
  const device = fc.record({
    actor: fc.nat(devices - 1).map(String),
    act: fc.oneof(...acts),
    ...operands,
  })
  const turn = fc.array(fc.oneof({ weight: 1, arbitrary: edit }, { weight: 3, arbitrary: device }), {
    minLength: 2,
    maxLength: 8,
  })
  const fault =
    faults.length === 0
      ? null
      : fc.record({ actor: fc.constant('fault'), act: fc.constantFrom(...faults), ...operands })
  const troubled = fault
    ? fc.tuple(turn, fc.nat(99), fault).map(([steps, n, f]) => (n < faultPercent ? [f, ...steps] : steps))
    : turn
  return fc.array(troubled, { minLength: turns, maxLength: turns, size: 'max' })
}
