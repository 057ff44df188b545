/// <reference lib="dom" />
import { createDirectoryClient, type DirectoryClient } from '../../web/sdk/client.ts'
import { Copy } from '../../web/sdk/copy.ts'
import { digestText, replaceRow } from '../../web/sdk/digest.ts'
import { indexedDbStore } from '../../web/sdk/indexed-db-store.ts'
import { Keeper, type Taken } from '../../web/sdk/keeper.ts'
import { historyAt, NOTE_OF, writeHistory } from './crash-history.ts'
import { createTabClient } from '../../web/sdk/tabs.ts'
import { Tree } from '../../web/sdk/tree.ts'
import { delta, department, membership, person, remove, tellPerson } from './rows.ts'
import { company, copyOf, expectCopy, NOTE, stepOf, STORE_CONTRACT } from './store-contract.ts'

/** What runs in a page; the test calls it by name. */

/** One clause of the contract of stores, on a database of its own. */
export async function holds(says: string): Promise<void> {
  const name = `contract ${says}`
  const clause = STORE_CONTRACT.find((each) => each.says === says)
  await clause?.holds({ open: () => indexedDbStore(name), dump: () => dump(name) })
}

/** Everything in a database, as text. */
export async function dump(name: string): Promise<string> {
  const database = await settled(indexedDB.open(name))
  const names = [...database.objectStoreNames]
  const all: unknown[] = []
  for (const store of names) all.push(await settled(database.transaction(store).objectStore(store).getAll()))
  database.close()
  return JSON.stringify(all)
}

/** What a store makes of a record that is not what it has written, and what is left in it then. */
export async function loadDamaged(
  name: string,
  storeName: string,
  record: unknown,
): Promise<{ isCopy: boolean; left: string }> {
  const store = indexedDbStore(name)
  await store.replace(company(), NOTE)
  await store.close()
  const database = await settled(indexedDB.open(name))
  const records = database.transaction(storeName, 'readwrite').objectStore(storeName)
  const [key] = await settled(records.getAllKeys())
  await settled(records.put(record, key))
  database.close()
  const again = indexedDbStore(name)
  // Of a long department the first are read when they are asked for.
  const isCopy = (await again.load((outline) => void outline.members('d1'))) !== null
  await again.close()
  return { isCopy, left: await dump(name) }
}

/** What a keeper does when the database goes under its hands: what became of a delta, and what is stored then. */
export async function emptied(name: string): Promise<{ taken: Taken; title: string | null | undefined }> {
  const store = indexedDbStore(name)
  const options = { owner: NOTE.owner, leaseSeconds: 60, now: () => NOTE.contactAt, onNews: () => {} }
  const keeper = new Keeper({ store, ...options })
  const row = person('p1')
  const copy = copyOf('v1', [department('d1')], [row, person('p2')])
  await keeper.replace(copy, 60)
  await settled(indexedDB.deleteDatabase(name))
  const after = person('p1', { title: 'New', revision: 'new' })
  const digest = digestText(replaceRow(copy.sum, row, after))
  const taken = await keeper.apply(delta('v1', 'v2', { changes: [tellPerson('UPDATE', after)], digest }), 60)
  await keeper.close()
  const again = indexedDbStore(name)
  const stored = await again.load()
  await again.close()
  return { taken, title: stored?.staff.size === 2 ? stored.staff.get('p1')?.title : undefined }
}

/**
 * A copy after each step of one that moves people and departments, opened anew each time: what the outline says first of each
 * department, beside what the rows then say; and how many were read when the members of one department were there.
 */
export async function outlines(name: string): Promise<{
  said: number[][]
  rows: number[][]
  first: { before: string[]; after: string[] }[]
  readBefore: number
}> {
  const departments = [department('d1'), department('d2', { parentId: 'd1' }), department('d3')]
  const in2 = { memberships: [membership('d2')], revision: 'moved' }
  const in3 = { memberships: [membership('d3'), membership('d2')], revision: 'moved twice' }
  const copy = copyOf('v1', departments, [
    ...Array.from({ length: 300 }, (_, n) => person(`p${n}`)),
    person('x', { memberships: [membership('d3')] }),
  ])
  const steps = [
    () => stepOf(copy, 'v2', { changes: [tellPerson('UPDATE', person('p1', in2))] }),
    () => stepOf(copy, 'v3', { changes: [tellPerson('UPDATE', person('p2', in3)), remove('STAFF', 'p3')] }),
    () => stepOf(copy, 'v4', { changes: [remove('DEPARTMENT', 'd2')] }),
  ]
  const first = indexedDbStore(name)
  await first.replace(copy, NOTE)
  await first.close()
  const [said, rows]: [number[][], number[][]] = [[], []]
  const firstPeople: { before: string[]; after: string[] }[] = []
  let readBefore = 0
  for (let n = 0; n <= steps.length; n++) {
    const store = indexedDbStore(name)
    let isFirst = true
    let before: string[] = []
    const stored = await store.load((outline) => {
      const long = outline.members('d1').map(({ id }) => id)
      if (isFirst) {
        said.push(['d1', 'd2', 'd3'].flatMap((id) => [outline.count(id), outline.count(id, false)]))
        outline.person('x')
      } else if (before.length === 0 && outline.isLoading('d1')) before = long
      else if (outline.person('x') && outline.isLoading('d1')) readBefore ||= outline.people.size
      isFirst = false
    })
    const tree = Tree.of(stored ?? { departments: new Map(), staff: new Map() })
    rows.push(['d1', 'd2', 'd3'].flatMap((id) => [tree.count(id), tree.count(id, false)]))
    firstPeople.push({ before, after: tree.members('d1').map(({ id }) => id) })
    const step = steps[n]?.()
    if (step) {
      await store.write(step, NOTE)
      copy.commit(step)
    }
    await store.close()
  }
  return { said, rows, first: firstPeople, readBefore }
}

/** What a store makes of a database of the layout before, and what is left of it then. */
export async function loadFormer(name: string): Promise<{ isCopy: boolean; left: string }> {
  const request = indexedDB.open(name, 2)
  request.onupgradeneeded = () => {
    request.result.createObjectStore('head').put({ cursor: 'v1' }, 'head')
    request.result.createObjectStore('buckets').put('{"departments":[],"staff":[]}', 7)
  }
  const database = await settled(request)
  database.close()
  const store = indexedDbStore(name)
  const isCopy = (await store.load()) !== null
  await store.close()
  return { isCopy, left: await dump(name) }
}

const settled = <T>(request: IDBRequest<T>) =>
  new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(new Error(String(request.error)))
  })

let stored = 0
let failure: unknown = null

/** Steps of the history for ever; `storedSteps` says how many are stored. */
export function writeForEver(): void {
  writeHistory(indexedDbStore('history'), 100_000, () => stored++).catch((error: unknown) => {
    failure = error
  })
}

export function storedSteps(): number {
  if (failure) throw failure
  return stored
}

/** The step at which the kept copy is; throws when it is not what it was then. */
export async function stepOfKept(): Promise<number> {
  const store = indexedDbStore('history')
  const stored = await store.load()
  await store.close()
  if (!stored) return 0
  const step = Number(stored.cursor.slice(1))
  expectCopy(stored, historyAt(step), NOTE_OF(step))
  return step
}

let client: DirectoryClient | null = null
const asked: string[] = []

/** A client with IndexedDB, alone or with other tabs; resolves when it is live, with what it asked for and what it shows. */
export async function live(url: string, token: string, isTab = false) {
  const ask: typeof fetch = (address, init) => {
    asked.push(/(?:query|mutation) (\w+)/.exec(typeof init?.body === 'string' ? init.body : '')?.[1] ?? '')
    return fetch(address, init)
  }
  client = isTab
    ? createTabClient({ url, token, name: 'tabs', fetch: ask })
    : createDirectoryClient({ url, token, store: indexedDbStore('copy'), fetch: ask })
  await client.ready()
  return shown()
}

export function shown() {
  const { rows, cursor, status } = client ?? { rows: null, cursor: null, status: null }
  const digest = rows && cursor !== null ? Copy.restore(cursor, rows).digest : null
  return { kind: status?.kind, size: rows?.staff.size ?? null, digest, asked }
}

/** Resolves when somebody shown has this title. */
export function untilTitle(title: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      for (const row of client?.rows?.staff.values() ?? []) if (row.title === title) resolve()
    }
    client?.onNews(look)
    look()
  })
}

/** Whether the copy has a version, and with it somebody of this title. */
export async function waitFor(version: string, title: string): Promise<boolean> {
  const isThere = await client?.waitFor(version)
  return isThere === true && [...(client?.rows?.staff.values() ?? [])].some((row) => row.title === title)
}

/** Resolves when the session has ended and the store was emptied. */
export async function untilEnded(): Promise<void> {
  await new Promise<void>((resolve) => {
    client?.onStatus(({ kind }) => {
      if (kind === 'ended') resolve()
    })
    if (client?.status.kind === 'ended') resolve()
  })
  if (client?.rows) throw new Error('something is shown')
  await client?.close()
}
