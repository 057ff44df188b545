import type { DepartmentRow, StaffRow } from '../../web/sdk/contract.ts'
import { Copy, type Step } from '../../web/sdk/copy.ts'
import { addRows } from '../../web/sdk/digest.ts'
import type { CopyStore, Kept } from '../../web/sdk/store.ts'
import { department, person } from './rows.ts'

/** Opens the same place again, as after a reload or a crash. */
export interface Place {
  open(): CopyStore
}

type Check = (place: Place) => Promise<void>

const NOW = 1_700_000_000_000
const types = { departmentTypes: [{ id: 't', name: 'Team', description: null }], staffTypes: [], fields: [] }

function copyOf(cursor: string, departments: readonly DepartmentRow[], staff: readonly StaffRow[]): Copy {
  return Copy.restore(cursor, {
    ...types,
    departments: new Map(departments.map((row) => [row.id, row])),
    staff: new Map(staff.map((row) => [row.id, row])),
  })
}

const many = (n: number) => Array.from({ length: n }, (_, i) => person(`p${i}`))
const first = () => copyOf('v1', [department('d1'), department('d2')], many(600))

function stepTo(copy: Copy, cursor: string, staff: ReadonlyMap<string, StaffRow | null>): Step {
  const rows = new Map(copy.staff)
  for (const [id, row] of staff) {
    if (row) rows.set(id, row)
    else rows.delete(id)
  }
  const sum = addRows(addRows(0n, copy.departments.values()), rows.values())
  return { from: copy.cursor, cursor, sum, departments: new Map(), staff, catalogue: types }
}

function same(actual: unknown, expected: unknown, what: string): void {
  const text = (value: unknown) =>
    JSON.stringify(value, (_, v: unknown) =>
      typeof v === 'bigint'
        ? String(v)
        : v instanceof Map
          ? [...v].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
          : v,
    )
  if (text(actual) !== text(expected))
    throw new Error(`${what}: ${text(actual)?.slice(0, 300)} is not ${text(expected)?.slice(0, 300)}`)
}

function expectKept(kept: Kept | null, copy: Copy, what: string): void {
  same(kept?.cursor, copy.cursor, `${what}: cursor`)
  same(kept?.sum, copy.sum, `${what}: sum`)
  same(kept?.rows.departments, new Map(copy.departments), `${what}: departments`)
  same(kept?.rows.staff, new Map(copy.staff), `${what}: staff`)
  same(kept?.rows.departmentTypes, copy.departmentTypes, `${what}: types`)
}

/** What every store does. Plain code, so that it runs in a browser as well. */
export const CONTRACT: Readonly<Record<string, Check>> = {
  'begins with nothing': async (place) => same(await place.open().load(), null, 'load'),

  '[K1] keeps a copy, and what steps make of it, for whoever opens it again': async (place) => {
    const store = place.open()
    const copy = first()
    await store.replace(copy, NOW)
    expectKept(await place.open().load(), copy, 'after replace')
    const step = stepTo(
      copy,
      'v2',
      new Map([
        ['p1', person('p1', { name: 'New', revision: 'x' })],
        ['p2', null],
        ['new', person('new')],
      ]),
    )
    await store.apply(copy, step, NOW + 5)
    copy.commit(step)
    const kept = await place.open().load()
    expectKept(kept, copy, 'after a step')
    same(kept?.reachedAt, NOW + 5, 'reachedAt')
  },

  '[K1] writes nothing where somebody else has gone on': async (place) => {
    const [one, other] = [place.open(), place.open()]
    const copy = first()
    await one.replace(copy, NOW)
    const ahead = first()
    const step = stepTo(ahead, 'v3', new Map([['p1', null]]))
    await one.apply(ahead, step, NOW)
    ahead.commit(step)
    await other.apply(copy, stepTo(copy, 'v2', new Map([['p2', null]])), NOW)
    expectKept(await place.open().load(), ahead, 'the one ahead')
  },

  'keeps a whole copy instead of another': async (place) => {
    const store = place.open()
    await store.replace(first(), NOW)
    const small = copyOf('v9', [department('d1')], [person('p1')])
    await store.replace(small, NOW)
    expectKept(await place.open().load(), small, 'after the second')
  },

  '[R2] keeps what is left after a restart without a version': async (place) => {
    const store = place.open()
    const copy = first()
    await store.replace(copy, NOW)
    const left = copyOf('', [department('d1')], many(3))
    await store.reduce(left, NOW)
    const kept = await place.open().load()
    same(kept?.cursor, null, 'cursor')
    same(kept?.rows.staff, new Map(left.staff), 'staff')
    await store.apply(copy, stepTo(copy, 'v2', new Map()), NOW)
    same((await place.open().load())?.cursor, null, 'cursor after a step of the old copy')
  },

  '[K2] knows when the server was last heard of, and the latest time': async (place) => {
    const store = place.open()
    await store.touch(NOW)
    same(await place.open().load(), null, 'touched nothing')
    await store.replace(first(), NOW)
    await store.touch(NOW + 60_000)
    const kept = await place.open().load()
    same([kept?.reachedAt, kept?.seenAt], [NOW + 60_000, NOW + 60_000], 'times')
  },

  'has nothing after it was wiped, and can be used again': async (place) => {
    const store = place.open()
    await store.replace(first(), NOW)
    await store.wipe()
    same(await place.open().load(), null, 'load')
    await store.replace(first(), NOW)
    expectKept(await place.open().load(), first(), 'afterwards')
  },

  'can be closed twice, and before it was opened': async (place) => {
    const store = place.open()
    await store.close()
    await store.close()
    await store.replace(first(), NOW)
    await store.close()
    expectKept(await place.open().load(), first(), 'afterwards')
  },
}

/** A copy of some hundred people, and what a step may make of one. */
export const exampleCopy = first
export const exampleStep = (copy: Copy, cursor: string, n: number): Step =>
  stepTo(
    copy,
    cursor,
    new Map([
      [`p${n}`, person(`p${n}`, { name: `Step ${n} 你好`, revision: `s${n}` })],
      [`p${n + 50}`, null],
    ]),
  )
