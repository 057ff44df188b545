import { LRUCache } from 'lru-cache'
import type { Database, Statement } from '../changelog/database.ts'
import { backoff, pause, type Clock } from '../clock.ts'
import { holdLease } from '../cluster/lease.ts'
import { filter, layoutOf, normDn, parentDn, type Layout } from '../directory/names.ts'
import type { LdapPool } from '../directory/pool.ts'
import type { DirectoryReader } from '../directory/reader.ts'
import { AppError, messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { State } from '../model/state.ts'
import { isBelow, LOG_ATTRIBUTES, recordOfWrite, writeOf, type LoggedWrite } from './accesslog.ts'
import type { AuditLog } from './audit-log.ts'
import { clearFields } from './fields.ts'
import type { Masks } from './mask.ts'
import type { NewRecord } from './record.ts'

export interface FollowerOptions {
  readonly db: Database
  readonly pool: LdapPool
  readonly reader: DirectoryReader
  readonly audit: Pick<AuditLog, 'append'>
  readonly masks: Masks
  readonly state: () => State
  /** Where slapd keeps the log of its writes, for example `cn=accesslog`. */
  readonly logDn: string
  /** Writes under this DN are ours: their edits are in the log already. */
  readonly ownDn: string
  /** A name of this instance that no other has. */
  readonly holder: string
  readonly clock: Clock
  readonly log: Logger
  readonly timing?: Partial<FollowerTiming>
}

/** All in milliseconds. */
export interface FollowerTiming {
  readonly leaseMs: number
  readonly pollMs: number
  /** How often is looked whether there is a log by now. */
  readonly probeMs: number
  readonly retryMs: readonly [number, number]
}

const TIMING: FollowerTiming = { leaseMs: 10_000, pollMs: 1000, probeMs: 60_000, retryMs: [500, 30_000] }

const AUDIT_LEASE = 'audit'
const PAGE_ROWS = 100
/** A write is logged when it ends and named by when it began: an earlier one may come after a later one. */
const OVERLAP_MS = 5000
/** After a pause of ours, or at another server, more than that. */
const WIDE_OVERLAP_MS = 60_000
/** When nothing has come for so long, nothing earlier will. */
const SETTLED_MS = 30_000
const SEEN = 20_000
/** Of one pass over what has come, in milliseconds. */
const LONGEST_MS = 600_000

const POSITION: Statement = {
  name: 'audit_position',
  text: 'SELECT position FROM audit_source WHERE id = 1',
}
const LOCK: Statement = {
  name: 'audit_position_lock',
  text: 'SELECT position FROM audit_source WHERE id = 1 FOR UPDATE',
}
const BEGIN: Statement = {
  name: 'audit_position_begin',
  text: 'INSERT INTO audit_source (id, position) VALUES (1, $1) ON CONFLICT DO NOTHING',
}
const MOVE: Statement = {
  name: 'audit_position_move',
  text: 'UPDATE audit_source SET position = greatest(position COLLATE "C", $1) WHERE id = 1',
}
const TAKEN: Statement = {
  name: 'audit_taken',
  text: 'SELECT source_key AS key FROM audit WHERE source_key = ANY ($1)',
}

/**
 * Takes edits by other LDAP tools into the audit log, where slapd keeps a log of its writes that we may read: on one instance
 * at a time, each write once, whatever stops in between. How far it came is saved with the records. It begins with what is
 * written from its very first start on. That the directory has no such log, or does not answer, disturbs nobody else.
 */
export class AccesslogFollower {
  readonly #o: FollowerOptions
  readonly #timing: FollowerTiming
  readonly #layout: Layout
  /** What was looked at lately, ours too. */
  readonly #seen = new LRUCache<string, true>({ max: SEEN })
  #lastNewAt = 0
  #isWide = true

  constructor(options: FollowerOptions) {
    this.#o = options
    this.#timing = { ...TIMING, ...options.timing }
    this.#layout = layoutOf(options.pool.baseDn)
  }

  /** Until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { db, holder, log } = this.#o
    await holdLease(db, AUDIT_LEASE, holder, {
      ttlMs: this.#timing.leaseMs,
      signal,
      log,
      onHeld: (_, lost) => this.#follow(lost),
    })
  }

  async #follow(lost: AbortSignal): Promise<void> {
    const { log, logDn } = this.#o
    const { pollMs, probeMs, retryMs } = this.#timing
    this.#isWide = true
    let delay = backoff(...retryMs)
    let [wasThere, failure]: [boolean | null, string | null] = [null, null]
    while (!lost.aborted) {
      try {
        const isThere = (await unlessLost(this.#isThere(), lost)) ?? false
        if (lost.aborted) return
        if (isThere !== wasThere)
          log.info(
            { logDn },
            isThere ? 'Following the log of the directory' : 'The directory keeps no log that we may read',
          )
        wasThere = isThere
        if (isThere) await unlessLost(this.#poll(lost), lost)
        delay = backoff(...retryMs)
        failure = null
        await pause(isThere ? pollMs : probeMs, lost)
      } catch (error) {
        const problem = messageOf(error)
        log[problem === failure ? 'debug' : 'warn'](
          { problem },
          'The log of the directory cannot be followed just now',
        )
        failure = problem
        this.#isWide = true
        await pause(delay(), lost)
      }
    }
  }

  async #isThere(): Promise<boolean> {
    try {
      await this.#o.pool.use(
        async (client) =>
          await client.search(this.#o.logDn, { scope: 'base', attributes: ['1.1'], timeLimit: 5 }),
        { idempotent: true },
      )
      return true
    } catch (error) {
      if (HIDDEN.includes(Reflect.get(Object(error), 'code'))) return false
      throw error
    }
  }

  /** All that has come since. */
  async #poll(lost: AbortSignal): Promise<void> {
    const { db, pool, logDn, clock } = this.#o
    const now = clock.now()
    const [saved] = await db.run<{ position: string }>(POSITION, [])
    if (!saved) await db.run(BEGIN, [timeText(now - WIDE_OVERLAP_MS)])
    const position = saved?.position ?? timeText(now - WIDE_OVERLAP_MS)
    const overlap = this.#isWide ? WIDE_OVERLAP_MS : now - this.#lastNewAt < SETTLED_MS ? OVERLAP_MS : 0
    const since = overlap === 0 ? position : timeText(timeOf(position) - overlap)
    await pool.use(
      async (client) => {
        const pages = client.searchPaginated(logDn, {
          scope: 'one',
          filter: filter`(&(objectClass=auditWriteObject)(reqResult=0)(reqStart>=${since}))`,
          attributes: LOG_ATTRIBUTES,
          explicitBufferAttributes: LOG_ATTRIBUTES,
          timeLimit: 0,
          paged: { pageSize: PAGE_ROWS },
        })
        for await (const { searchEntries } of pages) {
          if (lost.aborted) return
          await this.#take(searchEntries.flatMap((entry) => writeOf(buffersOf(entry)) ?? []))
        }
      },
      { idempotent: true },
    )
    this.#isWide = false
  }

  /** Records of what is new, together with how far that is. */
  async #take(writes: readonly LoggedWrite[]): Promise<void> {
    const { db, audit, clock } = this.#o
    const byKey = new Map(writes.map((write) => [write.key, write]))
    const unseen = [...byKey.values()].filter(({ key }) => !this.#seen.has(key))
    const last = unseen
      .map(({ start }) => start)
      .sort()
      .at(-1)
    if (last === undefined) return
    const records = await this.#records(unseen)
    await db.transaction(async (tx) => {
      // Whoever else follows waits here, and then finds what we have written.
      await tx.run(LOCK, [])
      const keys = records.map(({ sourceKey }) => sourceKey)
      const taken = new Set((await tx.run<{ key: string }>(TAKEN, [keys])).map(({ key }) => key))
      await tx.run(MOVE, [last])
      await audit.append(
        tx,
        records.filter(({ sourceKey }) => !taken.has(sourceKey ?? '')),
      )
    })
    for (const { key } of unseen) this.#seen.set(key, true)
    this.#lastNewAt = clock.now()
  }

  #isForeign({ authzDn, dn }: LoggedWrite): boolean {
    return isBelow(dn, this.#layout.base) && normDn(authzDn) !== normDn(this.#o.ownDn)
  }

  /** Whatever a write says, it stands in the way of none that follows. */
  async #records(writes: readonly LoggedWrite[]): Promise<NewRecord[]> {
    const people = new Map<string, Promise<string | null>>()
    const records: NewRecord[] = []
    for (const write of writes) {
      try {
        const record = this.#isForeign(write) ? await this.#record(write, people) : null
        if (record) records.push(record)
      } catch (error) {
        if (error instanceof AppError) throw error
        this.#o.log.error(
          { err: error, start: write.start },
          'A write of the log of the directory could not be read',
        )
        records.push(unreadable(write))
      }
    }
    return records
  }

  async #record(write: LoggedWrite, people: Map<string, Promise<string | null>>): Promise<NewRecord | null> {
    const { masks, state } = this.#o
    const { authzDn, newDn, dn } = write
    const actor = people.get(authzDn) ?? this.#idAt('staff', authzDn)
    people.set(authzDn, actor)
    const parentIn = async (at: string | null) =>
      at === null ? null : await this.#idAt('department', parentDn(at))
    const parents = [newDn && (await parentIn(dn)), await parentIn(newDn)] as const
    const actorId = await actor
    return recordOfWrite(write, { state: state(), masks, isClear: clearFields(state()), actorId, parents })
  }

  /** The id of a person or department that stands at a DN now. */
  async #idAt(kind: 'staff' | 'department', dn: string): Promise<string | null> {
    if (dn === '' || !isBelow(dn, this.#layout.base)) return null
    const mapped = (await this.#o.reader.byDn(dn))?.mapped
    return mapped?.kind === 'entry' && mapped.entry.kind === kind ? mapped.entry.id : null
  }
}

function unreadable(write: LoggedWrite): NewRecord {
  return {
    actorId: null,
    action: `ldap.${write.kind}`,
    source: 'LDAP',
    sourceKey: write.key,
    subject: { kind: null, id: write.entryId, label: null },
    detail: { loggedAt: write.start },
  }
}

/** What the directory takes to answer is not waited for when the work is to end. */
async function unlessLost<T>(work: Promise<T>, lost: AbortSignal): Promise<T | null> {
  const end = new AbortController()
  try {
    return await Promise.race([work, pause(LONGEST_MS, AbortSignal.any([lost, end.signal])).then(() => null)])
  } finally {
    end.abort()
    work.catch(() => {})
  }
}

/** noSuchObject, invalidDNSyntax, insufficientAccessRights. */
const HIDDEN: readonly unknown[] = [32, 34, 50]

function buffersOf(entry: Readonly<Record<string, unknown>>): Map<string, Buffer[]> {
  const attributes = new Map<string, Buffer[]>()
  for (const [name, value] of Object.entries(entry))
    attributes.set(
      name.toLowerCase(),
      [value].flat().filter((one) => Buffer.isBuffer(one)),
    )
  return attributes
}

/** Generalised time without a fraction. */
function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`
}

function timeOf(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d).*$/, '$1-$2-$3T$4:$5:$6Z'))
}
