import type { DirectoryOptions } from '../../src/directory/connection.ts'
import { watch, type RawEntry, type WatchEvent } from '../../src/directory/watch.ts'

/**
 * The simplest consumer of a watch: the entries by id, and the cookie, taken over only when it is given. What a refresh
 * brings is held back until its end.
 */
export class Follower {
  readonly entries = new Map<string, RawEntry>()
  readonly events: WatchEvent[] = []
  cookie: string | null = null
  refreshes = 0
  #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #failed: Promise<never> | null = null
  #wakers = new Set<() => void>()
  #refresh: Refresh = { entries: [], gone: [], named: new Set() }

  start(options: DirectoryOptions, since: string | null = this.cookie): void {
    this.#stop = new AbortController()
    this.#refresh = { entries: [], gone: [], named: new Set() }
    this.#running = watch(options, since, async (e) => this.#take(e), this.#stop.signal)
    this.#failed = this.#running.then(() => new Promise<never>(() => {}))
    this.#failed.catch(() => {})
  }

  /** Resolves when the watch has settled after the abort. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  /** Rejects with the end of the watch; resolves when it was stopped. */
  async ended(): Promise<void> {
    await this.#running
  }

  /** Waits for a condition over what was received; fails when the watch fails. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await Promise.race([new Promise<void>((wake) => this.#wakers.add(wake)), this.#failed])
    }
  }

  async live(): Promise<void> {
    const before = this.refreshes
    await this.until(() => this.refreshes > before)
  }

  dns(): string[] {
    return [...this.entries.values()].map((e) => e.dn).sort()
  }

  byDn(dn: string): RawEntry | undefined {
    return [...this.entries.values()].find((e) => e.dn === dn)
  }

  value(dn: string, attribute: string): string | undefined {
    return this.byDn(dn)?.attributes.get(attribute.toLowerCase())?.[0]?.toString()
  }

  #take(event: WatchEvent): void {
    this.events.push(event)
    switch (event.kind) {
      case 'entry':
        if (event.live) this.entries.set(event.entry.id, event.entry)
        else this.#refresh.entries.push(event.entry)
        this.#refresh.named.add(event.entry.id)
        break
      case 'gone':
        if (event.live) for (const id of event.ids) this.entries.delete(id)
        else this.#refresh.gone.push(...event.ids)
        break
      case 'present':
        for (const id of event.ids) this.#refresh.named.add(id)
        break
      case 'refreshed': {
        const { entries, gone, named } = this.#refresh
        for (const entry of entries) this.entries.set(entry.id, entry)
        for (const id of this.entries.keys()) {
          if (gone.includes(id) || (event.namesAll && !named.has(id))) this.entries.delete(id)
        }
        this.refreshes++
        break
      }
      case 'cookie':
        break
    }
    if (event.kind !== 'present' && event.cookie !== null) this.cookie = event.cookie
    for (const wake of this.#wakers) wake()
    this.#wakers.clear()
  }
}

interface Refresh {
  readonly entries: RawEntry[]
  readonly gone: string[]
  readonly named: Set<string>
}
