/// <reference lib="dom" />
import { BUCKET_COUNT, rowsOf, type Bucket } from './buckets.ts'
import { NOBODY, type Standing } from './census.ts'
import { Outline } from './outline.ts'
import type { Head } from './store.ts'
import { isHead, outlinedIn, staffIn, type OutlinedBucket } from './stored-shapes.ts'

/** Where the records of a copy are; see `indexedDbStore`. */
export type ObjectStores = Readonly<Record<(typeof STORES)[number], IDBObjectStore>>
export const STORES = ['head', 'outline', 'first', 'staff'] as const
/** The one record of its store. */
export const HEAD = 'head'

/** What an outline is made of is asked for in so many requests: while one is taken in, the browser fetches the next. */
const PARTS = 8
/** So many buckets of people are asked for at a time, for the same reason. */
const AHEAD = 4

export interface ReaderOptions {
  readonly stores: ObjectStores
  /** Told of the outline, and again when people have come who were asked for. */
  readonly tell: (outline: Outline) => void
  /** Something there was not written by us, or not to its end: nothing more is read. */
  readonly onDamage: () => void
}

/** Reads a copy within one transaction: what makes its outline, then its people, those that are asked for first. */
export class Reader {
  readonly buckets = new Map<number, Bucket>()
  readonly standings = new Map<string, Standing>()
  readonly #o: ReaderOptions
  /** What is being fetched. */
  readonly #under = new Set<number>()
  #outline: Outline | null = null

  constructor(options: ReaderOptions) {
    this.#o = options
  }

  /** Once the transaction is complete it has everybody; null: there is no copy. */
  get outline(): Outline | null {
    return this.#outline
  }

  begin(): void {
    const { stores } = this.#o
    const head: IDBRequest<unknown> = stores.head.get(HEAD)
    const outlined: OutlinedBucket[] = []
    for (let part = 0; part < PARTS; part++) {
      const request: IDBRequest<unknown[]> = stores.outline.getAll(rangeOf(part))
      request.onsuccess = () => {
        const found = outlinedIn(`[${request.result.join(',')}]`)
        if (!found) return this.#o.onDamage()
        for (const each of found) outlined.push(each)
        // Answers come in the order of the questions.
        if (part < PARTS - 1 || head.result === undefined) return
        if (isHead(head.result)) this.#begun(head.result, outlined)
        else this.#o.onDamage()
      }
    }
  }

  #begun(head: Head, outlined: readonly OutlinedBucket[]): void {
    for (const { n, departments, standings } of outlined) {
      this.buckets.set(n, { departments, staff: [] })
      for (const [i, { id }] of departments.entries()) this.standings.set(id, standings[i] ?? NOBODY)
    }
    const outline = new Outline(head, rowsOf(this.buckets.values()).departments, this.standings)
    this.#outline = outline
    this.#o.tell(outline)
    for (let i = 0; i < AHEAD; i++) this.#readNext(outline)
  }

  #readNext(outline: Outline): void {
    for (const id of outline.nextLong()) {
      const request: IDBRequest<unknown> = this.#o.stores.first.get(id)
      request.onsuccess = () => {
        const staff = staffIn(request.result ?? '[]')
        if (!staff) return this.#o.onDamage()
        outline.addFirst(id, staff)
        this.#o.tell(outline)
      }
    }
    const n = outline.next(this.#under)
    if (n === null) return
    this.#under.add(n)
    const request: IDBRequest<unknown> = this.#o.stores.staff.get(n)
    request.onsuccess = () => {
      const staff = staffIn(request.result ?? '[]')
      if (!staff) return this.#o.onDamage()
      this.#under.delete(n)
      this.buckets.set(n, { departments: this.buckets.get(n)?.departments ?? [], staff })
      if (outline.add(n, staff)) this.#o.tell(outline)
      this.#readNext(outline)
    }
  }
}

function rangeOf(part: number): IDBKeyRange {
  const size = BUCKET_COUNT / PARTS
  return IDBKeyRange.bound(part * size, (part + 1) * size, false, true)
}
