/// <reference lib="dom" />
import { BUCKET_COUNT, bucketOf, Buckets } from './buckets.ts'
import { Census, NOBODY } from './census.ts'
import type { StaffRow } from './contract.ts'
import type { CopyState, Step } from './copy.ts'
import { FirstPeople } from './first-people.ts'
import { HEAD, Reader, STORES, type ObjectStores } from './indexed-db-reader.ts'
import type { Outline } from './outline.ts'
import {
  headAfter,
  headOf,
  StoreEmptied,
  type CopyStore,
  type Head,
  type Note,
  type Stored,
} from './store.ts'
import { staffIn, type OutlinedBucket } from './stored-shapes.ts'

/** Another layout: what was kept in one is discarded in the next, and loaded anew. */
const FORMAT = 4
const NONE: ReadonlySet<number> = new Set()

/** What of a copy is to be written. */
interface Written {
  /** Buckets of which rows are others. */
  readonly touched: ReadonlySet<number>
  /** Buckets with departments of which the standing is another. */
  readonly counted: ReadonlySet<number>
  /** By department; null: it is not long. */
  readonly first: ReadonlyMap<string, readonly StaffRow[] | null>
}
const NOTHING: Written = { touched: NONE, counted: NONE, first: new Map() }

/**
 * A copy in a browser's IndexedDB: 256 buckets and the head with the cursor, written in one transaction (K1) and read in one.
 * A bucket is two records: its people; and its departments with their counts, which is all that a tree needs and is read first.
 * Of departments with many people the first ones are a record more, so that their list shows before all buckets are read. All
 * is text, which is read in less time than the same as objects. Use one name an account and server.
 */
export function indexedDbStore(name: string): CopyStore {
  return new IndexedDbStore(name)
}

/** What is there was not written by this file, or not to its end. */
class Damaged extends Error {}

class IndexedDbStore implements CopyStore {
  readonly #name: string
  #database: IDBDatabase | null = null
  #buckets = new Buckets()
  #census: Census | null = null
  #first = new FirstPeople()
  #head: Head | null = null

  constructor(name: string) {
    this.#name = name
  }

  async load(tell: (outline: Outline) => void = () => {}): Promise<Stored | null> {
    let reader: Reader | null = null
    try {
      await this.#transact('readonly', (stores, abort) => {
        const onDamage = () => abort(new Damaged('the copy is damaged'))
        reader = new Reader({ stores, tell, onDamage })
        reader.begin()
      })
    } catch (error) {
      if (!(error instanceof Damaged)) throw error
      await this.clear()
      return null
    }
    return reader && this.#loaded(reader)
  }

  #loaded({ outline, buckets, standings }: Reader): Stored | null {
    if (!outline) return null
    this.#head = outline.head
    this.#census = Census.from(outline.departments, standings)
    this.#buckets = Buckets.from(buckets.values())
    this.#first = new FirstPeople()
    return { ...outline.head, departments: outline.departments, staff: outline.people }
  }

  async replace(copy: CopyState, note: Note): Promise<void> {
    const head = headOf(copy, note)
    this.#buckets = Buckets.of(copy)
    this.#census = Census.of(copy)
    this.#first = FirstPeople.of(copy, this.#census)
    const all = new Set(Array.from({ length: BUCKET_COUNT }, (_, n) => n))
    await this.#write(head, { touched: all, counted: all, first: this.#first.all })
  }

  async write(step: Step, note: Note): Promise<void> {
    const head = headAfter(this.#head, step, note)
    const census = (this.#census ??= Census.of(this.#buckets.rows))
    const people = [...step.staff.keys()].flatMap((id) => this.#buckets.person(id) ?? [])
    const before = new Map(people.map((row) => [row.id, row]))
    await this.#readFirst(this.#first.unknown(step, before, census))
    const touched = new Set(this.#buckets.take(step))
    const counted = new Set(
      Array.from(
        census.take(step, before, () => this.#buckets.rows),
        bucketOf,
      ),
    )
    const first = this.#first.take(step, before, census, this.#buckets)
    await this.#write(head, { touched, counted, first }, step.from)
  }

  /** Those of a department that is touched for the first time; one that cannot be read is made anew from the rows. */
  async #readFirst(departmentIds: readonly string[]): Promise<void> {
    if (departmentIds.length === 0) return
    await this.#transact('readonly', ({ first }) => {
      for (const id of departmentIds) {
        const request: IDBRequest<unknown> = first.get(id)
        request.onsuccess = () => {
          const rows = staffIn(request.result)
          if (rows) this.#first.know(id, rows)
        }
      }
    })
  }

  async annotate(note: Note): Promise<void> {
    if (!this.#head) throw new Error('there is no copy to write a note beside')
    await this.#write({ ...this.#head, note }, NOTHING, this.#head.cursor)
  }

  async clear(): Promise<void> {
    this.#head = null
    this.#buckets = new Buckets()
    this.#census = null
    this.#first = new FirstPeople()
    await this.#transact('readwrite', (stores) => {
      for (const name of STORES) stores[name].clear()
    })
  }

  async close(): Promise<void> {
    this.#database?.close()
    this.#database = null
  }

  /** `onto`: the cursor that must be there, whichever tab wrote last; without one it is all that is kept. */
  async #write(head: Head, { touched, counted, first }: Written, onto?: string): Promise<void> {
    await this.#transact('readwrite', (stores, abort) => {
      const write = () => {
        for (const n of touched) this.#keepPeople(stores.staff, n)
        for (const n of new Set([...touched, ...counted])) this.#keepOutline(stores.outline, n)
        if (onto === undefined) stores.first.clear()
        for (const [id, rows] of first)
          if (rows) stores.first.put(JSON.stringify(rows), id)
          else stores.first.delete(id)
        stores.head.put(head, HEAD)
      }
      if (onto === undefined) write()
      else {
        const found: IDBRequest<Head | undefined> = stores.head.get(HEAD)
        found.onsuccess = () => {
          if (found.result?.cursor === onto) write()
          else if (!found.result) abort(new StoreEmptied('the browser has emptied the store'))
          else abort(new Error('the store holds another copy: another tab has written'))
        }
      }
    })
    this.#head = head
  }

  #keepPeople(store: IDBObjectStore, n: number): void {
    const staff = this.#buckets.get(n)?.staff ?? []
    if (staff.length > 0) store.put(JSON.stringify(staff), n)
    else store.delete(n)
  }

  #keepOutline(store: IDBObjectStore, n: number): void {
    const departments = this.#buckets.get(n)?.departments ?? []
    const standings = departments.map(({ id }) => this.#census?.get(id) ?? NOBODY)
    const outlined: OutlinedBucket = { n, departments, standings }
    if (departments.length > 0) store.put(JSON.stringify(outlined), n)
    else store.delete(n)
  }

  /** Resolves once the transaction is over and done with. */
  async #transact(
    mode: IDBTransactionMode,
    act: (stores: ObjectStores, abort: (reason: Error) => void) => void,
  ): Promise<void> {
    const database = (this.#database ??= await openDatabase(this.#name, () => void this.close()))
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(STORES, mode)
      let reason: Error | null = null
      const abort = (why: Error) => {
        reason = why
        transaction.abort()
      }
      act(storesOf(transaction), abort)
      transaction.oncomplete = () => resolve()
      transaction.onabort = () =>
        reject(reason ?? transaction.error ?? new Error('the transaction was aborted'))
    })
  }
}

function storesOf(transaction: IDBTransaction): ObjectStores {
  return {
    head: transaction.objectStore('head'),
    outline: transaction.objectStore('outline'),
    first: transaction.objectStore('first'),
    staff: transaction.objectStore('staff'),
  }
}

function openDatabase(name: string, onOutdated: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, FORMAT)
    request.onupgradeneeded = () => {
      const { result: database } = request
      for (const old of database.objectStoreNames) database.deleteObjectStore(old)
      for (const name of STORES) database.createObjectStore(name)
    }
    request.onsuccess = () => {
      // A newer version of the app, in another tab, or somebody who deletes the database.
      request.result.onversionchange = onOutdated
      // The browser has emptied all that the page keeps.
      request.result.onclose = onOutdated
      resolve(request.result)
    }
    request.onerror = () => reject(request.error ?? new Error('the database cannot be opened'))
    request.onblocked = () => reject(new Error('an older version of the app is open in another tab'))
  })
}
