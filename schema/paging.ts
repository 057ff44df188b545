import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../src/errors.ts'
import { canonicalJson, compareText } from '../src/model/canonical.ts'

/** Rows on a page when the caller does not say, and at most (T7). */
export const DEFAULT_PAGE = 20
export const MAX_PAGE = 100

const MAC_BYTES = 16
const keySchema = z.array(z.string())

/** Where an item stands in its list: compared part by part by code units; the last part is unique. */
export type Key = readonly string[]

/**
 * Makes and reads the cursors of connections: base64url of a MAC and the key of the last item (T27). The MAC covers the
 * scope (connection, arguments, audience), so that a cursor counts only where it was given out.
 */
export class PageCursors {
  readonly #key: Buffer

  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'dolores page cursor', 32))
  }

  mint(scope: string, key: Key): string {
    const body = Buffer.from(JSON.stringify(key))
    return Buffer.concat([this.#mac(scope, body), body]).toString('base64url')
  }

  /** Null for anything that `mint` did not make for this scope. */
  read(scope: string, cursor: string): Key | null {
    const bytes = Buffer.from(cursor, 'base64url')
    if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== cursor) return null
    const body = bytes.subarray(MAC_BYTES)
    if (!timingSafeEqual(this.#mac(scope, body), bytes.subarray(0, MAC_BYTES))) return null
    return keySchema.parse(JSON.parse(body.toString()))
  }

  #mac(scope: string, body: Buffer): Buffer {
    return createHmac('sha256', this.#key)
      .update(scope)
      .update('\0')
      .update(body)
      .digest()
      .subarray(0, MAC_BYTES)
  }
}

export interface PageArgs {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
  /** How many more to leave out. */
  readonly skip?: number | null | undefined
}

export interface Page<T> {
  readonly edges: { cursor: string; node: T }[]
  readonly pageInfo: {
    hasNextPage: boolean
    hasPreviousPage: boolean
    startCursor: string | null
    endCursor: string | null
  }
  readonly totalCount: number
}

/** Names the list that a cursor belongs to. */
export function scopeOf(
  connection: string,
  args: readonly unknown[],
  audience: { readonly key: string },
): string {
  return canonicalJson([connection, args, audience.key])
}

/**
 * One page of a list that is sorted by `keyOf`. The cursor is a place between keys, not a row: when its row has gone or
 * moved, the page goes on from there. A cursor of another list, viewer or maker is BAD_USER_INPUT. `isDescending`: the list
 * is sorted the other way round.
 */
export function pageOf<T>(
  cursors: PageCursors,
  scope: string,
  items: readonly T[],
  keyOf: (item: T) => Key,
  { first, after, skip }: PageArgs,
  isDescending = false,
): Page<T> {
  const beyond =
    after == null ? 0 : firstBeyond(items, keyOf, readCursor(cursors, scope, after), isDescending)
  const start = Math.min(beyond + (skip ?? 0), items.length)
  const end = Math.min(start + (first ?? DEFAULT_PAGE), items.length)
  const edges = items.slice(start, end).map((node) => ({ cursor: cursors.mint(scope, keyOf(node)), node }))
  return {
    edges,
    pageInfo: {
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: items.length,
  }
}

/** The page with a row for each item; those that have none are left out. */
export function shownOn<T, R>({ edges, ...page }: Page<T>, rowOf: (item: T) => R | null): Page<R> {
  return {
    ...page,
    edges: edges.flatMap(({ cursor, node: item }) => {
      const node = rowOf(item)
      return node === null ? [] : { cursor, node }
    }),
  }
}

/** The key of a cursor; BAD_USER_INPUT for one of another list, viewer or maker. */
export function readCursor(cursors: PageCursors, scope: string, after: string): Key {
  const key = cursors.read(scope, after)
  if (!key) {
    throw new AppError(
      'BAD_USER_INPUT',
      'after is not a cursor of this list as you see it now: start without it',
    )
  }
  return key
}

/** The position of the first item behind the key, by bisection. */
function firstBeyond<T>(
  items: readonly T[],
  keyOf: (item: T) => Key,
  key: Key,
  isDescending: boolean,
): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = items[middle]
    const order = item === undefined ? 1 : compareKeys(keyOf(item), key)
    if (order === 0 || order < 0 !== isDescending) low = middle + 1
    else high = middle
  }
  return low
}

function compareKeys(a: Key, b: Key): number {
  for (const [i, part] of a.entries()) {
    const order = compareText(part, b[i] ?? '')
    if (order !== 0) return order
  }
  return 0
}
