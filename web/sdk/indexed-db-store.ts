/// <reference lib="dom" />
import { BUCKET_COUNT, Buckets, rowsOf, type Bucket } from './buckets.ts'
import { headAfter, headOf, type CopyStore, type Head, type Note, type Stored } from './store.ts'
import type { CopyState, Step } from './copy.ts'

/** Another layout: what was kept in one is discarded in the next, and loaded anew. */
const FORMAT = 2
const BUCKETS = 'buckets'
const HEAD = 'head'
/** Buckets are read in so many requests: while one is taken in, the browser fetches the next. */
const PARTS = 16

/**
 * A copy in a browser's IndexedDB: 256 buckets and the head with the cursor, written in one transaction (K1). Buckets are
 * text, which is read in less time than the same as objects. Use one name an account and server.
 */
export function indexedDbStore(name: string): CopyStore {
  return new IndexedDbStore(name)
}

class IndexedDbStore implements CopyStore {
  readonly #name: string
  #database: IDBDatabase | null = null
  #buckets = new Buckets()
  #head: Head | null = null

  constructor(name: string) {
    this.#name = name
  }

  async load(): Promise<Stored | null> {
    const buckets: Bucket[] = []
    let isDamaged = false
    const { head } = await this.#transact('readonly', (stores) => {
      for (let part = 0; part < PARTS; part++) {
        const request: IDBRequest<string[]> = stores.buckets.getAll(rangeOf(part))
        request.onsuccess = () => {
          try {
            for (const text of request.result) buckets.push(JSON.parse(text))
          } catch {
            isDamaged = true
          }
        }
      }
      return { head: answered<Head | undefined>(stores.head.get(HEAD)) }
    })
    if (isDamaged) await this.clear()
    if (!head || isDamaged) return null
    this.#head = head
    this.#buckets = Buckets.from(buckets)
    return { ...head, ...rowsOf(buckets) }
  }

  async replace(copy: CopyState, note: Note): Promise<void> {
    const head = headOf(copy, note)
    this.#buckets = Buckets.of(copy)
    await this.#write(
      head,
      Array.from({ length: BUCKET_COUNT }, (_, n) => n),
    )
  }

  async write(step: Step, note: Note): Promise<void> {
    const head = headAfter(this.#head, step, note)
    await this.#write(head, this.#buckets.take(step), step.from)
  }

  async annotate(note: Note): Promise<void> {
    if (!this.#head) throw new Error('there is no copy to write a note beside')
    await this.#write({ ...this.#head, note }, [], this.#head.cursor)
  }

  async clear(): Promise<void> {
    this.#head = null
    this.#buckets = new Buckets()
    await this.#transact('readwrite', (stores) => {
      stores.head.clear()
      stores.buckets.clear()
      return {}
    })
  }

  async close(): Promise<void> {
    this.#database?.close()
    this.#database = null
  }

  /** `onto`: the cursor that must be there, whichever tab wrote last. */
  async #write(head: Head, touched: readonly number[], onto?: string): Promise<void> {
    await this.#transact('readwrite', (stores, abort) => {
      const write = () => {
        for (const n of touched) {
          const bucket = this.#buckets.get(n)
          if (bucket) stores.buckets.put(JSON.stringify(bucket), n)
          else stores.buckets.delete(n)
        }
        stores.head.put(head, HEAD)
      }
      if (onto === undefined) write()
      else {
        const found: IDBRequest<Head | undefined> = stores.head.get(HEAD)
        found.onsuccess = () => {
          if (found.result?.cursor === onto) write()
          else abort(new Error('the store holds another copy: another tab has written'))
        }
      }
      return {}
    })
    this.#head = head
  }

  /** Answers once the transaction is over and done with. */
  async #transact<A extends Record<string, () => unknown>>(
    mode: IDBTransactionMode,
    act: (
      stores: { readonly head: IDBObjectStore; readonly buckets: IDBObjectStore },
      abort: (reason: Error) => void,
    ) => A,
  ): Promise<{ [K in keyof A]: ReturnType<A[K]> }>
  async #transact(
    mode: IDBTransactionMode,
    act: (
      stores: { readonly head: IDBObjectStore; readonly buckets: IDBObjectStore },
      abort: (reason: Error) => void,
    ) => Record<string, () => unknown>,
  ): Promise<object> {
    const database = (this.#database ??= await openDatabase(this.#name, () => void this.close()))
    return new Promise((resolve, reject) => {
      const transaction = database.transaction([HEAD, BUCKETS], mode)
      let reason: Error | null = null
      const stores = { head: transaction.objectStore(HEAD), buckets: transaction.objectStore(BUCKETS) }
      const answers = act(stores, (why) => {
        reason = why
        transaction.abort()
      })
      transaction.oncomplete = () =>
        resolve(Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, answer()])))
      transaction.onabort = () =>
        reject(reason ?? transaction.error ?? new Error('the transaction was aborted'))
    })
  }
}

function rangeOf(part: number): IDBKeyRange {
  const size = BUCKET_COUNT / PARTS
  return IDBKeyRange.bound(part * size, (part + 1) * size, false, true)
}

/** The result of a request, once its transaction is complete; what is in the database was put there by this file. */
function answered<T>(request: IDBRequest<T>): () => T {
  return () => request.result
}

function openDatabase(name: string, onOutdated: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, FORMAT)
    request.onupgradeneeded = () => {
      const { result: database } = request
      for (const old of database.objectStoreNames) database.deleteObjectStore(old)
      database.createObjectStore(HEAD)
      database.createObjectStore(BUCKETS)
    }
    request.onsuccess = () => {
      // A newer version of the app, in another tab, or somebody who deletes the database.
      request.result.onversionchange = onOutdated
      resolve(request.result)
    }
    request.onerror = () => reject(request.error ?? new Error('the database cannot be opened'))
    request.onblocked = () => reject(new Error('an older version of the app is open in another tab'))
  })
}
