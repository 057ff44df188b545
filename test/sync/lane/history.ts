import fc from 'fast-check'
import { edit, type Edit } from '../../support/histories.ts'

/** Who watches, and how. */
export interface SeatPlan {
  /** Taken modulo the people. */
  readonly person: number
  readonly compact: boolean
  /** Rows of a page. */
  readonly first: number
  readonly instance: number
}

/** When the power goes while an answer is applied. */
const crash = fc.constantFrom(...(['never', 'never', 'never', 'before', 'after'] as const))
const seat = fc.nat(5)

/** What can happen, each with its numbers taken modulo whatever there is. */
const STEPS = {
  edit: { weight: 12, values: { edit } },
  /** Many edits in one version, as a refresh has them (L3). */
  refresh: { weight: 4, values: { edits: fc.array(edit, { minLength: 2, maxLength: 5 }) } },
  /** A whole answer, page by page. */
  pull: { weight: 6, values: { seat, crash } },
  /** One page; what follows comes in between. */
  page: { weight: 3, values: { seat } },
  follow: { weight: 5, values: { seat } },
  leave: { weight: 1, values: { seat } },
  /** Everything that is to be pushed is on its way. */
  push: { weight: 3, values: { instance: fc.nat(1) } },
  receive: {
    weight: 4,
    values: { seat, how: fc.constantFrom(...(['next', 'next', 'twice', 'late', 'lost'] as const)), crash },
  },
  /** Everyday life of whoever is online: what is pushed is read as it comes. */
  hear: { weight: 8, values: { seat } },
  restart: { weight: 1, values: { seat } },
  prune: { weight: 1, values: { keep: fc.nat(6) } },
  /** The log is pruned up to now while a device is away. */
  away: { weight: 2, values: { seat, edit } },
  /** An instance stops to look at the log, or looks again. */
  lag: { weight: 1, values: { instance: fc.nat(1) } },
  look: { weight: 1, values: { instance: fc.nat(1) } },
  move: { weight: 2, values: { seat } },
  /** Comes to an instance that has not seen yet what the device has. */
  roam: { weight: 2, values: { seat, edit } },
  /** The database is restored to an older state. */
  restore: { weight: 2, values: { back: fc.integer({ min: 1, max: 5 }) } },
  /** The cursor of somebody else. */
  borrow: { weight: 1, values: { seat, from: fc.nat(5) } },
  /** A row on the disk is not what was written. */
  damage: { weight: 1, values: { seat, row: fc.nat(5) } },
  /** Writes through one instance, reads through another. */
  write: { weight: 1, values: { seat, edit } },
  rest: { weight: 1, values: {} },
} as const

type Plans = typeof STEPS
type Values<V> = { readonly [K in keyof V]: V[K] extends fc.Arbitrary<infer T> ? T : never }
/** One step as data. */
export type Step = { [Do in keyof Plans]: { readonly do: Do } & Values<Plans[Do]['values']> }[keyof Plans]
export type StepOf<Do extends Step['do']> = Extract<Step, { do: Do }>

/** A whole history as data: printed, shrunk, kept in a file. */
export interface History {
  /** Work is done in one turn of the event loop, or in small slices and blocks; or pushes are gathered for a while (P5). */
  readonly pace: 'whole' | 'sliced' | 'merged'
  readonly seats: readonly SeatPlan[]
  readonly steps: readonly Step[]
}

const plan: fc.Arbitrary<SeatPlan> = fc.record({
  person: seat,
  compact: fc.constantFrom(true, true, false),
  first: fc.constantFrom(2, 5, 1000, 1000),
  instance: fc.nat(1),
})

function step<Do extends keyof Plans>(name: Do) {
  const { weight, values } = STEPS[name]
  // The record has the values of this very step.
  const arbitrary = fc.record({ do: fc.constant(name), ...values }) as unknown as fc.Arbitrary<Step>
  return { weight, arbitrary }
}

const NAMES = Object.keys(STEPS) as (keyof Plans)[]

export const history = (maxLength: number): fc.Arbitrary<History> =>
  fc.record({
    pace: fc.constantFrom(...(['whole', 'sliced', 'merged'] as const)),
    seats: fc.array(plan, { minLength: 1, maxLength: 3, size: 'max' }),
    steps: fc.array(fc.oneof(...NAMES.map(step)), { maxLength, size: 'max' }),
  })

export type { Edit }
