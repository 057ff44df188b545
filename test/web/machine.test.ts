import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { next, pauseBefore, START, type Event, type State, type StateKind } from '../../web/sdk/machine.ts'

/** `-`: nothing happens; else the state that follows and what is started in it. */
type Expected = Readonly<Record<Event['kind'], string>>

const ACTIVE = {
  sessionEnded: 'ended discard',
  notUnderstood: 'failed stop',
  storeFailed: 'failed discard',
  closed: 'closed stop',
}
const LATE = {
  opened: '-', taken: '-', caughtUp: '-', heard: '-', gap: '-', torn: '-', disagreed: '-', resync: '-',
  unreachable: '-', refused: '-', renewed: '-', due: '-', woken: '-',
} // prettier-ignore
const TROUBLE = { unreachable: 'waiting wait', refused: 'renewing renew', resync: 'waiting wait' }
const OVER = { ...LATE, sessionEnded: '-', notUnderstood: '-', storeFailed: '-', closed: 'closed stop' }

/** Of a client with a copy that has had no trouble yet. */
const EXPECTED: Readonly<Record<StateKind, Expected>> = {
  opening: { ...LATE, ...ACTIVE, opened: 'catchingUp catchUp' },
  loading: {
    ...LATE,
    ...ACTIVE,
    ...TROUBLE,
    taken: 'catchingUp catchUp',
    torn: 'catchingUp catchUp',
    disagreed: 'loading load',
  },
  catchingUp: {
    ...LATE,
    ...ACTIVE,
    ...TROUBLE,
    caughtUp: 'subscribing subscribe',
    gap: 'catchingUp catchUp',
    disagreed: 'loading load',
  },
  subscribing: {
    ...LATE,
    ...ACTIVE,
    ...TROUBLE,
    heard: 'live',
    gap: 'catchingUp catchUp',
    disagreed: 'loading load',
  },
  live: { ...LATE, ...ACTIVE, ...TROUBLE, heard: '-', gap: 'catchingUp catchUp', disagreed: 'loading load' },
  renewing: {
    ...LATE,
    ...ACTIVE,
    unreachable: 'waiting wait',
    refused: 'ended discard',
    renewed: 'catchingUp catchUp',
  },
  waiting: { ...LATE, ...ACTIVE, due: 'catchingUp catchUp', woken: 'catchingUp catchUp' },
  ended: OVER,
  failed: OVER,
  closed: { ...OVER, closed: '-' },
}

const EVENTS: Readonly<Record<Event['kind'], Event>> = {
  opened: { kind: 'opened', hasCopy: true },
  taken: { kind: 'taken' },
  caughtUp: { kind: 'caughtUp' },
  heard: { kind: 'heard' },
  gap: { kind: 'gap' },
  torn: { kind: 'torn' },
  disagreed: { kind: 'disagreed' },
  resync: { kind: 'resync', delayMs: 700 },
  unreachable: { kind: 'unreachable' },
  refused: { kind: 'refused' },
  renewed: { kind: 'renewed' },
  sessionEnded: { kind: 'sessionEnded' },
  notUnderstood: { kind: 'notUnderstood' },
  storeFailed: { kind: 'storeFailed' },
  due: { kind: 'due' },
  woken: { kind: 'woken' },
  closed: { kind: 'closed' },
}

const at = (kind: StateKind, more: Partial<State> = {}): State => ({
  kind,
  hasCopy: true,
  attempt: 0,
  isTold: false,
  ...more,
})

const kinds = Object.keys(EXPECTED) as StateKind[]
const events = Object.keys(EVENTS) as Event['kind'][]
const pairs = kinds.flatMap((kind) => events.map((event) => [kind, event] as const))
const run = (state: State, ...told: Event[]) => told.reduce((s, event) => next(s, event).state, state)

describe('the table of a client', () => {
  it.each(pairs)('%s, %s', (kind, event) => {
    const { state, command } = next(at(kind), EVENTS[event])
    const expected = EXPECTED[kind][event]
    const actual =
      state.kind === kind && !command ? '-' : [state.kind, command?.kind].filter(Boolean).join(' ')
    expect(actual).toBe(expected)
  })
})

const anyEvent = fc.oneof(
  ...Object.values(EVENTS).map((event) => fc.constant(event)),
  fc.record({ kind: fc.constant('opened' as const), hasCopy: fc.boolean() }),
  fc.record({ kind: fc.constant('resync' as const), delayMs: fc.nat(10_000) }),
)

describe('any sequence of events', () => {
  it('[R1] never catches up from a copy that is gone, and never loses one that is there', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (told) => {
        let { state } = START
        let hasCopy = false
        for (const event of told) {
          const { state: after, command } = next(state, event)
          const mattered = after !== state
          if (mattered && event.kind === 'opened') ({ hasCopy } = event)
          if (mattered && event.kind === 'taken') hasCopy = true
          if (mattered && ['resync', 'disagreed', 'sessionEnded', 'storeFailed'].includes(event.kind))
            hasCopy = false
          if (mattered && event.kind === 'refused' && after.kind === 'ended') hasCopy = false
          expect(after.hasCopy).toBe(hasCopy)
          if (command?.kind === 'catchUp') expect(hasCopy).toBe(true)
          state = after
        }
      }),
    )
  })

  it('[K1] an end is an end: nothing is started after it', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (told) => {
        let { state } = START
        for (const event of told) {
          const { state: after, command } = next(state, event)
          if (['ended', 'failed', 'closed'].includes(state.kind) && event.kind !== 'closed')
            expect([after, command]).toEqual([state, null])
          state = after
        }
      }),
    )
  })

  it.each(['gap', 'disagreed', 'unreachable', 'refused', 'resync in the middle of a snapshot'] as const)(
    '%s over and over is mended at once the first time, and with pauses that grow from then on',
    (kind) => {
      let state = at('live')
      for (let i = 0; i < 8; i++) {
        // Everything works again, until the trouble comes back before changes have come regularly.
        state = run(state, EVENTS.due, EVENTS.taken, EVENTS.caughtUp, EVENTS.heard)
        if (kind === 'refused') state = run(state, EVENTS.refused, EVENTS.renewed)
        else if (kind in EVENTS) state = next(state, EVENTS[kind as Event['kind']]).state
        else state = next(at('loading', { attempt: i }), { kind: 'resync', delayMs: 0 }).state
        if (i > 0) expect(state).toMatchObject({ kind: 'waiting', attempt: i + 1 })
      }
    },
  )
})

describe('pauses', () => {
  const timing = { firstMs: 1000, maxMs: 30_000, random: () => 0.5 }

  it('grow, with jitter, to a bound', () => {
    expect([0, 1, 2, 3, 6, 40].map((n) => pauseBefore(n, timing))).toEqual([
      0, 750, 1500, 3000, 22_500, 22_500,
    ])
    expect(pauseBefore(3, { ...timing, random: () => 0 })).toBe(2000)
  })

  it('[R1] that the server asks for are kept, also when the network comes back', () => {
    const told = next(at('live'), { kind: 'resync', delayMs: 700 })
    expect(told.command).toEqual({ kind: 'wait', attempt: 0, atLeastMs: 700 })
    expect(next(told.state, EVENTS.woken)).toEqual({ state: told.state, command: null })
    expect(next(told.state, EVENTS.due).command).toEqual({ kind: 'load' })
  })

  it('end when the network comes back, and are forgotten once changes come regularly', () => {
    const away = run(at('live'), EVENTS.unreachable, EVENTS.due, EVENTS.unreachable)
    expect(away).toMatchObject({ kind: 'waiting', attempt: 2 })
    const back = run(away, EVENTS.woken, EVENTS.caughtUp, EVENTS.heard)
    expect(back).toMatchObject({ kind: 'live', attempt: 2 })
    expect(run(back, EVENTS.heard)).toMatchObject({ kind: 'live', attempt: 0 })
  })
})
