import { catalogueOf, Copy, type Rows, type Step } from '../../web/sdk/copy.ts'
import { planStep } from '../../web/sdk/step.ts'
import { SnapshotStaging, type WholeDelta } from '../../web/sdk/staging.ts'
import type { CopyStore, Note, Stored } from '../../web/sdk/store.ts'
import { delta, department, digestOf, GUEST, page, person, remove, tellPerson } from './rows.ts'

/** Where a store keeps things: opened anew after each close, as by the next start of a program. */
export interface StoreGround {
  open(): CopyStore
  /** Everything that is kept, as text: to see that nothing is left of what is gone. */
  dump(): Promise<string>
}

/** What every store does. Runs wherever the store lives, so it asks for no test runner. */
export interface Clause {
  readonly says: string
  readonly holds: (ground: StoreGround) => Promise<void>
}

export const NOTE: Note = {
  owner: 'http://x/graphql hr',
  contactAt: 1000,
  seenAt: 1000,
  leaseSeconds: 60,
  purge: null,
}

export const copyOf = (
  version: string,
  departments: Parameters<typeof page>[1],
  staff: Parameters<typeof page>[2],
) => {
  const staged = new SnapshotStaging().add(page(version, departments, staff))
  if (staged.kind !== 'whole') throw new Error('not a whole copy')
  return staged.copy
}

export const company = () =>
  copyOf(
    'v1',
    [department('d1'), department('d2', { parentId: 'd1' })],
    [
      ...Array.from({ length: 40 }, (_, n) => person(`p${n}`)),
      person('guest', { typeId: GUEST, mobile: 'canary-of-the-guest' }),
    ],
  )

const rows = (copy: Copy) => [...copy.departments.values(), ...copy.staff.values()]

/** A step that was planned on the copy, which does not take it yet. */
export function stepOf(copy: Copy, to: string, values: Partial<WholeDelta>): Step {
  const next = new Copy(copy)
  const without = new Set(values.changes?.map(({ id }) => id))
  const gone = new Set(values.revoked?.staffTypeIds)
  const after = rows(next).filter((row) => !without.has(row.id) && !gone.has(row.typeId))
  const come = (values.changes ?? []).flatMap(({ department: d, staff: s }) => [d ?? s ?? []].flat())
  const plan = planStep(copy, delta(copy.cursor, to, { digest: digestOf(...after, ...come), ...values }))
  if (plan.kind !== 'step') throw new Error(`not a step: ${JSON.stringify(plan)}`)
  return plan.step
}

/** Throws unless a store gives back exactly this copy. */
export function expectCopy(stored: Stored | null, copy: Copy, note: Note): void {
  if (!stored) throw new Error('nothing is there')
  const restored = Copy.restore(stored.cursor, stored)
  same(stored.cursor, copy.cursor)
  same(stored.digest, copy.digest)
  same(restored.digest, copy.digest)
  same(sorted(stored), sorted(copy))
  same(catalogueOf(stored), catalogueOf(copy))
  same(stored.note, note)
}

const sorted = ({ departments, staff }: Rows) =>
  [...departments.values(), ...staff.values()].sort((a, b) => (a.id < b.id ? -1 : 1))

function same(actual: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (a !== b) throw new Error(`${a} instead of ${b}`)
}

async function rejects(work: Promise<unknown>): Promise<void> {
  const hasFailed = await work.then(
    () => false,
    () => true,
  )
  if (!hasFailed) throw new Error('it was taken')
}

async function reopened(ground: StoreGround, store: CopyStore): Promise<CopyStore> {
  await store.close()
  return ground.open()
}

/** With a company in it. */
async function filled(ground: StoreGround): Promise<{ store: CopyStore; copy: Copy }> {
  const store = ground.open()
  same(await store.load(), null)
  const copy = company()
  await store.replace(copy, NOTE)
  return { store, copy }
}

export const STORE_CONTRACT: readonly Clause[] = [
  {
    says: '[K1] gives back the copy that was put into it, rows and version together',
    holds: async (ground) => {
      const { store, copy } = await filled(ground)
      const again = await reopened(ground, store)
      expectCopy(await again.load(), copy, NOTE)
      await again.close()
    },
  },
  {
    says: '[K1] gives back the copy after each step, also when it was opened anew in between',
    holds: async (ground) => {
      const { store, copy } = await filled(ground)
      let at = store
      const steps = [
        () => stepOf(copy, 'v2', { changes: [tellPerson('UPDATE', person('p1', { revision: 'p1-2' }))] }),
        () => stepOf(copy, 'v3', { changes: [remove('STAFF', 'p2'), tellPerson('ADD', person('new'))] }),
        () =>
          stepOf(copy, 'v4', {
            changes: [],
            fields: [{ id: 'f', key: 'seat', label: 'Seat', appliesTo: 'STAFF', isSensitive: false }],
          }),
        () => stepOf(copy, 'v5', { changes: [remove('DEPARTMENT', 'd2')] }),
      ]
      for (const make of steps) {
        const step = make()
        const note = { ...NOTE, contactAt: NOTE.contactAt + 1, purge: step.cursor }
        await at.write(step, note)
        copy.commit(step)
        at = await reopened(ground, at)
        expectCopy(await at.load(), copy, note)
      }
      await at.close()
    },
  },
  {
    says: '[D5] [K2] keeps nothing of what was revoked or removed',
    holds: async (ground) => {
      const { store, copy } = await filled(ground)
      if (!(await ground.dump()).includes('canary-of-the-guest')) throw new Error('the canary was not kept')
      const step = stepOf(copy, 'v2', { revoked: { departmentTypeIds: [], staffTypeIds: [GUEST] } })
      await store.write(step, NOTE)
      if ((await ground.dump()).includes('canary-of-the-guest')) throw new Error('the canary is still there')
      await store.close()
    },
  },
  {
    says: '[D7] takes no step that was planned on another copy, and stays as it was',
    holds: async (ground) => {
      const { store, copy } = await filled(ground)
      const other = copyOf('v9', [], [person('p1')])
      await rejects(store.write(stepOf(other, 'v10', { changes: [remove('STAFF', 'p1')] }), NOTE))
      const again = await reopened(ground, store)
      expectCopy(await again.load(), copy, NOTE)
      await again.close()
    },
  },
  {
    says: '[S1] puts a new copy in place of all that was there',
    holds: async (ground) => {
      const { store } = await filled(ground)
      const other = copyOf('v9', [department('d9')], [person('p9')])
      await store.replace(other, { ...NOTE, owner: 'other' })
      if ((await ground.dump()).includes('canary-of-the-guest')) throw new Error('the canary is still there')
      const again = await reopened(ground, store)
      expectCopy(await again.load(), other, { ...NOTE, owner: 'other' })
      await again.close()
    },
  },
  {
    says: '[V7] keeps a copy of nothing, which is not the same as no copy',
    holds: async (ground) => {
      const { store } = await filled(ground)
      const nothing = copyOf('v0', [], [])
      await store.replace(nothing, NOTE)
      const again = await reopened(ground, store)
      expectCopy(await again.load(), nothing, NOTE)
      await again.close()
    },
  },
  {
    says: '[K2] keeps a note beside the copy, and no note without one',
    holds: async (ground) => {
      const { store, copy } = await filled(ground)
      const note = { ...NOTE, contactAt: 99_000, purge: 'v1' }
      await store.annotate(note)
      const again = await reopened(ground, store)
      expectCopy(await again.load(), copy, note)
      await again.clear()
      await rejects(again.annotate(note))
      await again.close()
    },
  },
  {
    says: '[K2] has nothing left after it was cleared',
    holds: async (ground) => {
      const { store } = await filled(ground)
      await store.clear()
      same((await ground.dump()).includes('p1'), false)
      const again = await reopened(ground, store)
      same(await again.load(), null)
      await again.close()
    },
  },
]
