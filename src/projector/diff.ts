import { setImmediate } from 'node:timers/promises'
import type { Commit, NodeWrite } from '../changelog/append.ts'
import type { Mapped } from '../directory/mapping.ts'
import type { Layout } from '../directory/names.ts'
import { compareText, sameEntry, sameJson, sortChanges } from '../model/canonical.ts'
import type { Entry, EntryChange, EntryKind } from '../model/entry.ts'
import { Derivation, isPassedOver } from './derivation.ts'
import { Followers } from './followers.ts'
import { parseSource } from './source.ts'
import { Tree } from './tree.ts'

/** What a directory event says of one entry. `remove` is the entry alone: its children are told by their own events. */
export type Operation =
  | {
      readonly kind: 'put'
      readonly id: string
      readonly dn: string
      readonly csn: string | null
      readonly mapped: Mapped
    }
  | { readonly kind: 'remove'; readonly id: string }

export type Put = Extract<Operation, { kind: 'put' }>

/** What a batch does to the log. */
export interface Step extends Omit<Commit, 'cookie'> {
  /** Ids that the batch left without a known parent. */
  readonly orphaned: readonly string[]
}

interface Node {
  readonly csn: string | null
  readonly mapped: Mapped | null
  /** The entry as the log has it; null when it has none. */
  readonly entry: Entry | null
}

/** What a batch has touched so far. */
interface Batch {
  /** Ids of nodes to save. */
  readonly written: Set<string>
  /** Ids whose entry may have to change. */
  readonly stale: Set<string>
  /** Ids that are gone, with the entry that the log has of them. */
  readonly removed: Map<string, Entry | null>
  readonly orphans: ReadonlySet<string>
}

/** Entries that are worked on in one turn, some milliseconds. */
const SLICE = 200

/**
 * The directory as the log has it: a tree and, for each node, what it was mapped to. Pure: a batch of operations goes in,
 * what the log must take comes out. Whoever could not save a step throws the projection away and loads a new one: a COMMIT
 * that failed may have happened.
 */
export class Projection {
  readonly #tree: Tree
  readonly #nodes = new Map<string, Node>()
  readonly #followers = new Followers()
  readonly #derivation: Derivation
  readonly #active = new Map<EntryKind, number>()
  #unread = 0

  constructor(layout: Layout) {
    this.#tree = new Tree(layout.base)
    this.#derivation = new Derivation(layout, this.#tree, (id) => this.#nodes.get(id)?.mapped ?? null)
  }

  /** Takes up nodes as they were saved. */
  restore(saved: Iterable<NodeWrite>): this {
    for (const node of saved) {
      const { id, csn, source, entry } = node
      const mapped = parseSource(source)
      if (!mapped) this.#unread++
      this.#tree.restore(node)
      this.#nodes.set(id, { csn, mapped, entry })
      this.#followers.add(id, this.#managerKey(mapped))
      this.#count(entry, 1)
    }
    return this
  }

  /** False when saved nodes could not be read: only a full refresh tells what they are. */
  get isComplete(): boolean {
    return this.#unread === 0
  }

  get size(): number {
    return this.#nodes.size
  }

  ids(): Iterable<string> {
    return this.#nodes.keys()
  }

  /** Number of entries of a kind that some view may show. */
  active(kind: EntryKind): number {
    return this.#active.get(kind) ?? 0
  }

  /** Entries that the log does not have because no entry above them was seen. */
  orphans(): string[] {
    return this.#tree.orphans()
  }

  dn(id: string): string {
    return this.#tree.dn(id)
  }

  /** Number of RDNs below the base. */
  depth(dn: string): number {
    return this.#tree.depth(dn)
  }

  /** Whether a put would change nothing at all, not even the CSN. */
  knows(put: Put): boolean {
    const node = this.#nodes.get(put.id)
    return node?.csn === put.csn && this.#tree.stands(put.id, put.dn) && sameJson(node.mapped, put.mapped)
  }

  /** Whether an entry is found under this DN, and has it letter by letter. */
  stands(id: string, dn: string): boolean {
    return this.#tree.stands(id, dn)
  }

  /** A put that changes nothing but the place of a known entry. */
  replaced(id: string, dn: string): Put | null {
    const node = this.#nodes.get(id)
    return node?.mapped ? { kind: 'put', id, dn, csn: node.csn, mapped: node.mapped } : null
  }

  /**
   * Applies a batch and returns its net effect: one change an entry, whatever happened to it in between; nodes with
   * parents first. The batch must bring parents before children, and of a name that changes hands the new holder.
   */
  apply(operations: Iterable<Operation>): Step {
    const work = this.#applying(operations)
    for (;;) {
      const { done, value } = work.next()
      if (done) return value
    }
  }

  /** The same with a turn for others after every few milliseconds of work. Nobody else may use the projection meanwhile. */
  async applyInSlices(operations: Iterable<Operation | null>): Promise<Step> {
    const work = this.#applying(operations)
    for (;;) {
      const { done, value } = work.next()
      if (done) return value
      await setImmediate()
    }
  }

  /** Stops after every SLICE entries; null is one that was only looked at. */
  *#applying(operations: Iterable<Operation | null>): Generator<void, Step> {
    const batch = {
      written: new Set<string>(),
      stale: new Set<string>(),
      removed: new Map<string, Entry | null>(),
      orphans: new Set(this.#tree.orphans()),
    }
    let taken = 0
    for (const operation of operations) {
      if (operation?.kind === 'put') this.#put(operation, batch)
      else if (operation) this.#remove(operation.id, batch)
      if (++taken % SLICE === 0) yield
    }
    return yield* this.#settle(batch)
  }

  #put({ id, dn, csn, mapped }: Put, batch: Batch): void {
    const old = this.#nodes.get(id)
    const standing = old ? this.#derivation.standing(id) : 'lost'
    const names = this.#names(id)
    this.#followers.delete(id, this.#managerKey(old?.mapped ?? null))
    this.#nodes.set(id, { csn, mapped, entry: old?.entry ?? batch.removed.get(id) ?? null })
    this.#followers.add(id, this.#managerKey(mapped))
    batch.removed.delete(id)
    const [moved, ...adopted] = this.#tree.put(id, dn)

    batch.stale.add(id)
    if (old?.csn !== csn || !sameJson(old.mapped, mapped)) batch.written.add(id)
    if (isPassedOver(mapped) !== isPassedOver(old?.mapped ?? null)) this.#markBelow(id, batch)
    if (moved === undefined) return
    for (const at of [moved, ...adopted]) batch.written.add(at)
    if (isPassedOver(mapped) || this.#derivation.standing(id) !== standing) this.#markBelow(id, batch)
    for (const at of adopted) this.#markBelow(at, batch)
    for (const name of [...names, ...this.#names(id)]) this.#markFollowers(name, batch)
  }

  #remove(id: string, batch: Batch): void {
    const node = this.#nodes.get(id)
    if (!node) return
    const names = this.#names(id)
    this.#markBelow(id, batch)
    this.#followers.delete(id, this.#managerKey(node.mapped))
    this.#nodes.delete(id)
    for (const child of this.#tree.remove(id)) batch.written.add(child)
    batch.removed.set(id, node.entry)
    for (const name of names) this.#markFollowers(name, batch)
  }

  #markBelow(id: string, batch: Batch): void {
    for (const below of this.#tree.subtree(id)) batch.stale.add(below)
  }

  #markFollowers(name: string, batch: Batch): void {
    for (const id of this.#followers.of(name)) batch.stale.add(id)
  }

  /** The names under which others may refer to the entry or to something below it. */
  #names(id: string): string[] {
    if (this.#followers.isEmpty || !this.#tree.has(id)) return []
    return [...this.#tree.subtree(id)].map((at) => this.#tree.pathKey(at))
  }

  #managerKey(mapped: Mapped | null): string | null {
    if (mapped?.kind !== 'entry' || mapped.managerDn === null) return null
    return this.#tree.keysOf(mapped.managerDn)?.join(',') ?? null
  }

  *#settle(batch: Batch): Generator<void, Step> {
    const changes: EntryChange[] = []
    for (const [id, before] of batch.removed) changes.push(...this.#change(id, before, null))
    let settled = 0
    for (const id of batch.stale) {
      if (++settled % SLICE === 0) yield
      const node = this.#nodes.get(id)
      if (!node) continue
      const after = this.#derivation.entry(id)
      if (sameEntry(node.entry, after)) continue
      changes.push(...this.#change(id, node.entry, after))
      this.#nodes.set(id, { ...node, entry: after })
      batch.written.add(id)
    }
    return {
      changes: yield* sorted(changes),
      nodes: yield* this.#saved(batch.written),
      removed: [...batch.removed.keys()],
      orphaned: this.#tree.orphans().filter((id) => !batch.orphans.has(id)),
    }
  }

  /** An entry that becomes another kind of entry is removed and added. */
  #change(id: string, before: Entry | null, after: Entry | null): EntryChange[] {
    this.#count(before, -1)
    this.#count(after, 1)
    if (before && after && before.kind !== after.kind) {
      return [
        { kind: before.kind, id, before, after: null },
        { kind: after.kind, id, before: null, after },
      ]
    }
    const kind = (after ?? before)?.kind
    return kind ? [{ kind, id, before, after }] : []
  }

  #count(entry: Entry | null, by: 1 | -1): void {
    if (entry && isActive(entry)) this.#active.set(entry.kind, this.active(entry.kind) + by)
  }

  /** Parents first. */
  *#saved(written: ReadonlySet<string>): Generator<void, NodeWrite[]> {
    const byLevel: NodeWrite[][] = []
    let saved = 0
    for (const id of written) {
      if (++saved % SLICE === 0) yield
      const node = this.#nodes.get(id)
      const place = this.#tree.place(id)
      if (!node || !place) continue
      const { parentId, rdn } = place
      const write = { id, parentId, rdn, csn: node.csn, source: node.mapped, entry: node.entry }
      const level = (byLevel[this.#tree.level(id)] ??= [])
      level.push(write)
    }
    return byLevel.flat()
  }
}

/** As `sortChanges` sorts, by parts of some hundreds. */
function* sorted(changes: readonly EntryChange[]): Generator<void, EntryChange[]> {
  if (changes.length <= SLICE) return sortChanges(changes)
  const parts = new Map<string, EntryChange[]>()
  for (const change of changes) {
    const key = `${change.kind} ${change.id.slice(0, 2)}`
    const part = parts.get(key)
    if (part) part.push(change)
    else parts.set(key, [change])
  }
  const done: EntryChange[] = []
  for (const key of [...parts.keys()].sort(compareText)) {
    yield
    done.push(...sortChanges(parts.get(key) ?? []))
  }
  return done
}

/** Whether some view may show the entry (V0): what a mass delete takes away. */
export function isActive(entry: Entry): boolean {
  return !('status' in entry) || entry.status === 'ACTIVE'
}
