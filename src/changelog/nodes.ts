import { lockLease, type LeaseToken } from './fence.ts'
import type { NodeWrite } from './append.ts'
import type { Database, Statement } from './database.ts'
import { reaching } from './failure.ts'
import { storedEntry } from './log.ts'
import { CHANGELOG_CHANNEL } from './wake.ts'

/** How far the directory was read, and whether the projector waits for somebody. */
export interface SourceState {
  readonly cookie: string | null
  /** Why the projector stopped (L6), in words for an administrator; null while it works. */
  readonly stopped: string | null
  /** An administrator has let the pass through that it stopped at. */
  readonly confirmed: boolean
  /** When a full comparison with the directory last ended. */
  readonly reconciledAt: Date | null
}

const PAGE = 5000

const NODES: Statement = {
  name: 'nodes',
  text: `
    SELECT n.id, n.parent_id AS "parentId", n.rdn, n.csn, n.source, e.content AS entry
    FROM (SELECT * FROM node WHERE id > $1::uuid ORDER BY id LIMIT $2) n
    LEFT JOIN entry e ON e.id = n.id ORDER BY n.id`,
}

/** Every node with its entry, as of one moment. All of these throw AppError UNAVAILABLE while the database is away. */
export function loadNodes(db: Database): Promise<NodeWrite[]> {
  return reaching(() =>
    db.snapshot(async (tx) => {
      const nodes: NodeWrite[] = []
      for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
        const rows = await tx.run<Omit<NodeWrite, 'entry'> & { entry: unknown }>(NODES, [after, PAGE])
        for (const row of rows)
          nodes.push({ ...row, entry: row.entry === null ? null : storedEntry(row.entry) })
        const last = rows.at(-1)
        if (!last || rows.length < PAGE) return nodes
        after = last.id
      }
    }),
  )
}

/** The CSN up to which an LDAP entry was consumed (L1); null when it is not known. */
export async function nodeCsn(db: Database, id: string): Promise<string | null> {
  const node = await reaching(() => db.prisma.node.findUnique({ where: { id }, select: { csn: true } }))
  return node?.csn ?? null
}

export async function readSource(db: Database): Promise<SourceState> {
  const row = await reaching(() => db.prisma.source.findUniqueOrThrow({ where: { id: 1 } }))
  const { cookie, stopped, confirmed, reconciledAt } = row
  return { cookie, stopped, confirmed, reconciledAt }
}

const STOPPED: Statement = {
  name: 'source_stopped',
  text: 'UPDATE source SET stopped = $1, confirmed = false WHERE id = 1',
}
const ANNOUNCE: Statement = { name: 'announce', text: `SELECT pg_notify($1, '')` }

/** Notes why the projector stopped, or that it works again (null); only the holder of the lease may. */
export async function setStopped(db: Database, lease: LeaseToken, stopped: string | null): Promise<void> {
  await reaching(() =>
    db.transaction(async (tx) => {
      await lockLease(tx, lease)
      await tx.run(STOPPED, [stopped])
      await tx.run(ANNOUNCE, [CHANGELOG_CHANNEL])
    }),
  )
}

/** An administrator's word: the pass that stopped may go through. False when nothing has stopped. */
export async function confirm(db: Database): Promise<boolean> {
  return await reaching(() =>
    db.prisma.$transaction(async (tx) => {
      const { count } = await tx.source.updateMany({
        where: { id: 1, stopped: { not: null } },
        data: { confirmed: true },
      })
      await tx.$executeRaw`SELECT pg_notify(${CHANGELOG_CHANNEL}, '')`
      return count > 0
    }),
  )
}
