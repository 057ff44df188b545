import { createHash, type Hash } from 'node:crypto'
import type { Entry, EntryChange } from './entry.ts'

/** JSON with sorted keys and nothing optional: equal values give equal text (RFC 8785 for the values that we have). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  let members = ''
  // Without a comparison of its own `sort` goes by UTF-16 code units.
  for (const key of Object.keys(value).sort()) {
    const member: unknown = Reflect.get(value, key)
    if (member === undefined) continue
    members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`
  }
  return `{${members}}`
}

/** Order by UTF-16 code units: the same everywhere, whatever the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Whether two entries have the same content (L5). */
export function sameEntry(a: Entry | null, b: Entry | null): boolean {
  return sameJson(a, b)
}

/** Whether the canonical texts of two values are equal, without making them; neither holds anything undefined. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(Reflect.get(a, key), Reflect.get(b, key)))
  )
}

/** The hash that stands before version 1: 64 zeros. */
export const GENESIS_HASH = '0'.repeat(64)

/** Entries of one version in the order in which they are hashed, stored and told: by kind, then id. */
export function sortChanges(changes: readonly EntryChange[]): EntryChange[] {
  return [...changes].sort((a, b) => compareText(a.kind, b.kind) || compareText(a.id, b.id))
}

/** hash(v) = SHA-256(hash(v-1), v, the canonical entries ordered by kind and id), as 64 hex digits (L4). */
export function chainHash(previous: string, version: number, changes: readonly EntryChange[]): string {
  return chainHashOf(previous, version, sortChanges(changes).map(changeText))
}

/** The same from the texts of the changes, for whoever has made them before. */
export function chainHashOf(previous: string, version: number, texts: Iterable<string>): string {
  const hash = new ChainHash(previous, version)
  for (const text of texts) hash.add(text)
  return hash.digest()
}

/** The same change by change, in their order, for whoever has many. */
export class ChainHash {
  readonly #hash: Hash

  constructor(previous: string, version: number) {
    this.#hash = createHash('sha256').update(previous).update('\0').update(String(version))
  }

  add(text: string): void {
    this.#hash.update('\0').update(text)
  }

  digest(): string {
    return this.#hash.digest('hex')
  }
}

/** What a change adds to the chain (L4). */
export function changeText({ kind, id, before, after }: EntryChange): string {
  return canonicalJson([kind, id, before, after])
}
