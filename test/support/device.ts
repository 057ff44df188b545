import { readFileSync } from 'node:fs'
import type { Delta, Resync, SnapshotPage } from '../../web/sdk/contract.ts'
import { Copy, type Rows } from '../../web/sdk/copy.ts'
import { afterResync } from '../../web/sdk/resync.ts'
import { applyPages, copyOf } from './apply.ts'
import type { Client } from './client.ts'
import type { Closed, Message, Wire } from './wire.ts'

const read = (name: string) =>
  readFileSync(new URL(`../../schema/operations/${name}.graphql`, import.meta.url), 'utf8')
const DOCUMENTS = `${read('sync')}\n${read('fragments')}\n${read('transfer')}`

/** One operation of the shipped documents with the fragments that it needs. */
export function operation(name: string): string {
  const definitions = DOCUMENTS.split(/\n(?=query|mutation|subscription|fragment)/)
  const named = (n: string) =>
    definitions.find((d) => new RegExp(`^(query|mutation|subscription|fragment) ${n}\\b`).test(d)) ?? ''
  const needed = new Set([name])
  for (const n of needed)
    for (const [, spread] of named(n).matchAll(/\.\.\.(\w+)/g)) if (spread !== 'on') needed.add(spread ?? '')
  return [...needed].map(named).join('\n')
}

type Named<N extends string, T> = T & { readonly __typename: N }
type Changes = Named<'Delta', Delta> | Named<'Resync', Resync>

/** A device that keeps a copy through the public API alone, with the documents that the SDK ships. */
export class Device {
  readonly client: Client
  #copy: Copy | null = null
  #wire: Wire | null = null

  /** `copy`: what it kept from before. */
  constructor(client: Client, copy: Copy | null = null) {
    this.client = client
    this.#copy = copy && new Copy(copy)
  }

  get copy(): Copy {
    if (!this.#copy) throw new Error('the device has loaded nothing yet')
    return this.#copy
  }

  /** A fresh copy of everything, page by page. */
  async load(first = 500): Promise<Copy> {
    const pages: SnapshotPage[] = []
    for (let after: string | null = null; ;) {
      const { snapshot } = await this.client.query(operation('Snapshot'), { first, after })
      const page = snapshot as Named<'SnapshotPage', SnapshotPage> | Named<'Resync', Resync>
      if (page.__typename === 'Resync') throw new Error(`resync ${page.reason}`)
      pages.push(page)
      if (!page.hasNextPage) break
      after = page.endCursor
    }
    this.#copy = copyOf(pages)
    return this.#copy
  }

  /** Brings the copy up to date by queries; answers the delta's pages. */
  async catchUp(first = 1000): Promise<readonly Delta[]> {
    const pages: Delta[] = []
    for (let version: string = this.copy.cursor; ;) {
      const { changesSince } = await this.client.query(operation('ChangesSince'), { version, first })
      const page = changesSince as Changes
      if (page.__typename === 'Resync') throw new Error(`resync ${page.reason}`)
      pages.push(page)
      if (!page.hasMore) break
      version = page.to
    }
    applyPages(this.copy, pages)
    return pages
  }

  /**
   * Catches up as a device does by itself: told to start again, it deletes at once what it may not keep (R2), then takes a
   * snapshot. Answers the Resync and what was left to show meanwhile; null when it could go on.
   */
  async refresh(first = 1000): Promise<{ resync: Resync; shown: Rows | null } | null> {
    for (let version: string = this.copy.cursor, pages: Delta[] = []; ;) {
      const { changesSince } = await this.client.query(operation('ChangesSince'), { version, first })
      const page = changesSince as Changes
      if (page.__typename === 'Resync') {
        const shown = afterResync(this.copy, page)
        await this.load()
        return { resync: page, shown }
      }
      pages.push(page)
      if (!page.hasMore) {
        applyPages(this.copy, pages)
        return null
      }
      version = page.to
    }
  }

  /** Opens the subscription at the copy's version and applies its first answer. */
  async follow(): Promise<void> {
    this.#wire = await this.client.socket()
    this.#wire.subscribe('live', operation('Changes'), { since: this.copy.cursor })
    await this.#take()
  }

  /** The next delta of the subscription that is no heartbeat, applied as those are; whatever else comes rejects. */
  async next(): Promise<Delta> {
    for (;;) {
      const delta = await this.#take()
      if (!isHeartbeat(delta)) return delta
    }
  }

  /** Deltas that came and were not asked for, heartbeats aside. */
  get waiting(): number {
    const deltas = this.#wire?.waiting.map(changesIn) ?? []
    return deltas.filter((delta) => delta?.__typename !== 'Delta' || !isHeartbeat(delta)).length
  }

  async #take(): Promise<Delta> {
    const message = await this.#wire?.next()
    const changes = message && changesIn(message)
    if (changes?.__typename !== 'Delta') throw new Error(`not a delta: ${JSON.stringify(message)}`)
    applyPages(this.copy, [changes])
    return changes
  }

  /** Settles when the socket has ended; null when there was none. */
  get closed(): Promise<Closed | null> {
    return this.#wire?.closed ?? Promise.resolve(null)
  }

  async close(): Promise<void> {
    await this.#wire?.close()
    this.#wire = null
  }
}

function changesIn({ payload }: Message): Changes | undefined {
  return (payload as { data?: { changes?: Changes } } | undefined)?.data?.changes
}

/** Said only so that something is said (C3). */
export function isHeartbeat({ changes, viewerChanged, departmentTypes, staffTypes, fields }: Delta): boolean {
  return changes.length === 0 && !viewerChanged && !departmentTypes && !staffTypes && !fields
}
