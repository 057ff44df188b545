import { expect, vi } from 'vitest'
import { openDatabase, type Database } from '../../src/changelog/database.ts'
import { loadState, readHead, readSince, type LogVersion } from '../../src/changelog/log.ts'
import { loadNodes } from '../../src/changelog/nodes.ts'
import type { DirectoryOptions } from '../../src/directory/connection.ts'
import { mapEntry } from '../../src/directory/mapping.ts'
import { layoutOf } from '../../src/directory/names.ts'
import { watch } from '../../src/directory/watch.ts'
import { createLogger } from '../../src/log.ts'
import { canonicalJson, chainHash, GENESIS_HASH } from '../../src/model/canonical.ts'
import type { Entry } from '../../src/model/entry.ts'
import { Projection, type Put } from '../../src/projector/diff.ts'
import { Projector, type ProjectorOptions } from '../../src/projector/projector.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { startSlapd, type TestSlapd } from '../support/slapd.ts'
import { QUICK } from './timing.ts'

/** A projector that runs, and the way to end it. */
export interface Running {
  readonly projector: Projector
  /** Ends it and waits until nothing of it works any more. */
  stop(): Promise<void>
}

/** A real directory, a real database, and projectors between them. */
export class World {
  readonly slapd: TestSlapd
  readonly db: Database
  readonly #database: TestDatabase | null
  readonly #running = new Set<Running>()
  #holders = 0

  private constructor(slapd: TestSlapd, db: Database, database: TestDatabase | null) {
    this.slapd = slapd
    this.db = db
    this.#database = database
  }

  /** `databaseUrl`: a database of the caller's, instead of one that ends with this world. */
  static async start(o: { databaseUrl?: string } = {}): Promise<World> {
    const slapd = await startSlapd()
    const database = o.databaseUrl === undefined ? await createDatabase() : null
    return new World(slapd, await openDatabase(o.databaseUrl ?? database?.url ?? ''), database)
  }

  async close(): Promise<void> {
    for (const running of this.#running) await running.stop()
    await this.db.close()
    await this.#database?.drop()
    await this.slapd.stop()
  }

  /** Runs SQL behind everybody's back. */
  async sql(text: string, values: readonly unknown[] = []): Promise<void> {
    await this.db.prisma.$executeRawUnsafe(text, ...values)
  }

  project(given: Partial<ProjectorOptions> = {}): Running {
    const projector = new Projector({
      db: this.db,
      directory: this.slapd.options,
      log: createLogger(process.env['LOG_LEVEL'] ?? 'silent'),
      holder: `test-${++this.#holders}`,
      massDeletePercent: 10,
      reconcileHours: 24,
      ...given,
      timing: { ...QUICK, ...given.timing },
    })
    const end = new AbortController()
    const ended = projector.run(end.signal)
    const running = {
      projector,
      stop: async () => {
        end.abort()
        await ended
        this.#running.delete(running)
      },
    }
    this.#running.add(running)
    return running
  }

  async version(): Promise<number> {
    return (await readHead(this.db)).version
  }

  async versionsAfter(version: number): Promise<LogVersion[]> {
    return await readSince(this.db, version, 100_000)
  }

  async entries(): Promise<Entry[]> {
    return (await loadState(this.db)).entries
  }

  /** Waits until every entry of the directory was consumed as it is now, and nothing else is known. */
  async consumed(timeout = 15_000): Promise<void> {
    await vi.waitFor(
      async () => {
        const known = (await loadNodes(this.db)).map(({ id, csn }) => `${id} ${csn}`)
        expect(known.toSorted()).toEqual(await this.#csns())
      },
      { timeout, interval: 30 },
    )
  }

  async #csns(): Promise<string[]> {
    const text = await this.slapd.ldapsearch('(objectClass=*)', 'entryUUID', 'entryCSN')
    return text
      .split('\n\n')
      .filter((record) => record.trim() !== '')
      .map((record) => `${/^entryUUID: (.*)$/m.exec(record)?.[1]} ${/^entryCSN: (.*)$/m.exec(record)?.[1]}`)
      .toSorted()
  }

  /**
   * The log says what the directory says (L1), replaying it from nothing gives the same (L2), its chain is whole (L4), no
   * version is empty and no change changes nothing (L5).
   */
  async expectAgreement(): Promise<void> {
    const sorted = (entries: Iterable<Entry>) => [...entries].map(canonicalJson).toSorted()
    const logged = sorted(await this.entries())
    expect(logged).toEqual(sorted(await mappedFromScratch(this.slapd.options)))

    const replayed = new Map<string, Entry>()
    let hash = GENESIS_HASH
    let expected = 1
    for (const version of await this.versionsAfter(0)) {
      expect(version.version).toBe(expected++)
      hash = chainHash(hash, version.version, version.changes)
      expect(version.hash).toBe(hash)
      expect(version.changes.length).toBeGreaterThan(0)
      for (const { kind, id, before, after } of version.changes) {
        expect(canonicalJson(before)).toBe(canonicalJson(replayed.get(`${kind} ${id}`) ?? null))
        expect(canonicalJson(after)).not.toBe(canonicalJson(before))
        if (after) replayed.set(`${kind} ${id}`, after)
        else replayed.delete(`${kind} ${id}`)
      }
    }
    expect(sorted(replayed.values())).toEqual(logged)
  }
}

async function mappedFromScratch(options: DirectoryOptions): Promise<Entry[]> {
  const { layout, projection } = blank(options)
  const puts: Put[] = []
  const end = new AbortController()
  await watch(
    options,
    null,
    async (event) => {
      if (event.kind === 'refreshed') end.abort()
      if (event.kind !== 'entry') return
      const { id, dn, csn } = event.entry
      puts.push({ kind: 'put', id, dn, csn, mapped: mapEntry(event.entry, layout) })
    },
    end.signal,
  )
  const sorted = puts.toSorted((a, b) => projection.depth(a.dn) - projection.depth(b.dn))
  return projection.apply(sorted).changes.flatMap(({ after }) => after ?? [])
}

function blank(options: DirectoryOptions) {
  const layout = layoutOf(options.baseDn)
  return { layout, projection: new Projection(layout) }
}
