import { Copy } from '../../web/sdk/copy.ts'
import type { CopyStore, Note } from '../../web/sdk/store.ts'
import { department, person, remove, tellPerson } from './rows.ts'
import { copyOf, NOTE, stepOf } from './store-contract.ts'

/** A history that every process can tell again: what the copy is after each step. */

const PEOPLE = 30

export const NOTE_OF = (step: number): Note => ({ ...NOTE, contactAt: step })

const versions: Copy[] = [
  copyOf('v0', [], []),
  copyOf(
    'v1',
    [department('d1')],
    Array.from({ length: PEOPLE }, (_, n) => person(`p${n}`)),
  ),
]

export function historyAt(step: number): Copy {
  for (let n = versions.length; n <= step; n++) {
    const copy = new Copy(historyAt(n - 1))
    copy.commit(stepTo(copy, n))
    versions.push(copy)
  }
  const copy = versions[step]
  if (!copy) throw new Error(`there is no step ${step}`)
  return copy
}

/** Every third step somebody goes or comes back, and most touch several people. */
function stepTo(copy: Copy, n: number) {
  const id = (k: number) => `p${(n * 7 + k) % PEOPLE}`
  const turn = (k: number) => {
    if (!copy.staff.has(id(k))) return tellPerson('ADD', person(id(k), { revision: `${id(k)}-${n}` }))
    return n % 3 === 0 && k === 0
      ? remove('STAFF', id(k))
      : tellPerson('UPDATE', person(id(k), { title: `Title ${n}`, revision: `${id(k)}-${n}` }))
  }
  return stepOf(copy, `v${n}`, { changes: [0, 1, 2].map(turn) })
}

/** Goes on from what the store has, up to a step; tells each one once it is stored. */
export async function writeHistory(
  store: CopyStore,
  upTo: number,
  onStored: (step: number) => void,
): Promise<void> {
  const stored = await store.load()
  let at = stored ? Number(stored.cursor.slice(1)) : 0
  if (at === 0) {
    await store.replace(historyAt(1), NOTE_OF(1))
    onStored((at = 1))
  }
  for (let n = at + 1; n <= upTo; n++) {
    await store.write(stepTo(historyAt(n - 1), n), NOTE_OF(n))
    onStored(n)
  }
  await store.close()
}
