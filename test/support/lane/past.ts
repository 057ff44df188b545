import { isDeepStrictEqual } from 'node:util'
import pg from 'pg'
import { storedEntry } from '../../../src/changelog/log.ts'
import type { Entry } from '../../../src/model/entry.ts'
import { Violation } from './violation.ts'

/** The directory at one version, as the log says. */
export interface Moment {
  readonly version: number
  /** The first 16 hex digits of the chain hash, as a cursor has them. */
  readonly hash: string
  readonly entries: readonly Entry[]
}

/** A point of the history; two histories of one database differ in the hash. */
export interface Point {
  readonly version: number
  readonly hash: string
}

type Entries = ReadonlyMap<string, Entry>
interface Kept extends Moment {
  readonly byId: Entries
}

/**
 * Every version that the log in PostgreSQL ever had, folded from its changes: the truth, whatever a server remembers. It
 * keeps what was pruned since, and what a restore took away. Read it before either happens.
 */
export class Past {
  readonly #url: string
  readonly #moments = new Map<string, Kept>()
  /** The versions of the history that the database has now. */
  #current = new Map<number, Kept>()
  #head: Kept | null = null
  #base = 0

  constructor(url: string) {
    this.#url = url
  }

  /** The newest version that was read. */
  get head(): Moment {
    if (!this.#head) throw new Error('the past was not read yet')
    return this.#head
  }

  /** The oldest version from which the log can be read on (L7). */
  get base(): number {
    return this.#base
  }

  at({ version, hash }: Point): Moment | null {
    return this.#moments.get(key(version, hash)) ?? null
  }

  /** Whether the database still has this point in its history, pruned or not. */
  isCurrent({ version, hash }: Point): boolean {
    return this.#current.get(version)?.hash === hash
  }

  /** The versions of today's history from one to the newest. */
  from(version: number): Moment[] {
    return [...this.#current.values()].filter((moment) => moment.version >= version)
  }

  /** Every version of every history. */
  all(): Moment[] {
    return [...this.#moments.values()]
  }

  /** Takes in what the log has, and looks that it is one unbroken history (L2, L4). */
  async read(): Promise<void> {
    const { base, rows } = await this.#rows(this.#head?.version ?? 0)
    this.#base = base
    const [start] = rows
    if (this.#head && (start?.version !== this.#head.version || start.hash !== this.#head.hash)) {
      return this.#readAnew()
    }
    this.#fold(rows)
  }

  /** Another history (a restore), or the first look: goes on from the newest version that is known. */
  async #readAnew(): Promise<void> {
    const { rows } = await this.#rows(0)
    const known = new Map<number, Kept>()
    for (const { version, hash } of rows) {
      const moment = this.#moments.get(key(version, hash))
      if (moment) known.set(version, moment)
    }
    for (const moment of this.#current.values()) {
      if (moment.version < (rows[0]?.version ?? 0)) known.set(moment.version, moment)
    }
    this.#current = new Map([...known].sort(([a], [b]) => a - b))
    this.#head = [...this.#current.values()].at(-1) ?? null
    this.#fold(rows.filter(({ version }) => version >= (this.#head?.version ?? 0)))
  }

  #fold(rows: readonly Row[]): void {
    for (const { version, hash, changes } of rows) {
      if (this.#head && version <= this.#head.version) continue
      if (version !== (this.#head?.version ?? -1) + 1)
        throw new Violation('L2', `version ${version} follows ${this.#head?.version}`)
      const byId = new Map(this.#head?.byId)
      for (const { kind, entry_id: id, before, after } of changes) {
        const was = byId.get(`${kind} ${id}`) ?? null
        if (!isDeepStrictEqual(was, before))
          throw new Violation('L4', `version ${version} has another \`before\` of ${kind} ${id}`)
        if (after === null) byId.delete(`${kind} ${id}`)
        else byId.set(`${kind} ${id}`, storedEntry(after))
      }
      this.#keep({ version, hash, byId, entries: [...byId.values()] })
    }
  }

  #keep(moment: Kept): void {
    this.#moments.set(key(moment.version, moment.hash), moment)
    this.#current.set(moment.version, moment)
    this.#head = moment
  }

  async #rows(from: number): Promise<{ base: number; rows: Row[] }> {
    const client = new pg.Client({ connectionString: this.#url })
    client.on('error', () => {})
    await client.connect()
    try {
      const { rows } = await client.query<{
        base: string
        version: string
        hash: string
        changes: ChangeRow[] | null
      }>(
        `SELECT (SELECT base_version FROM log_head) AS base, v.version, substr(v.hash, 1, 16) AS hash,
           (SELECT json_agg(c) FROM log_change c WHERE c.version = v.version AND c.version > $1) AS changes
         FROM log_version v WHERE v.version >= $1 ORDER BY v.version`,
        [from],
      )
      return {
        base: Number(rows[0]?.base ?? 0),
        rows: rows.map((row) => ({
          version: Number(row.version),
          hash: row.hash,
          changes: row.changes ?? [],
        })),
      }
    } finally {
      await client.end().catch(() => {})
    }
  }
}

interface ChangeRow {
  readonly kind: string
  readonly entry_id: string
  readonly before: unknown
  readonly after: unknown
}

interface Row {
  readonly version: number
  readonly hash: string
  readonly changes: readonly ChangeRow[]
}

const key = (version: number, hash: string) => `${version} ${hash}`
