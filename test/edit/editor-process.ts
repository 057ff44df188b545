import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { AuditLog } from '../../src/audit/audit-log.ts'
import { Masks } from '../../src/audit/mask.ts'
import { openDatabase } from '../../src/changelog/database.ts'
import { Replica } from '../../src/changelog/replica.ts'
import { LdapPool } from '../../src/directory/pool.ts'
import { DirectoryReader } from '../../src/directory/reader.ts'
import { DirectoryWriter } from '../../src/directory/writer.ts'
import { Consumed } from '../../src/edit/consumed.ts'
import { deleteDepartment } from '../../src/edit/departments/delete.ts'
import { mergeDepartment } from '../../src/edit/departments/merge.ts'
import { Editor } from '../../src/edit/editor.ts'
import { Hands } from '../../src/edit/hands.ts'
import { Journal } from '../../src/edit/journal.ts'
import type { Step, Trace } from '../../src/edit/step.ts'
import { createLogger } from '../../src/log.ts'

/** Makes one edit in a process of its own, and dies by its own hand before its n-th step, or before it is finished. */
const argument = z.object({
  databaseUrl: z.string(),
  directory: z.object({
    urls: z.array(z.string()),
    baseDn: z.string(),
    bindDn: z.string(),
    bindPassword: z.string(),
    startTls: z.boolean(),
    ca: z.null(),
  }),
  staffId: z.string(),
  key: z.string(),
  edit: z.union([
    z.object({
      deleteDepartment: z.object({ id: z.string(), contents: z.enum(['REFUSE', 'MOVE', 'TRASH']) }),
    }),
    z.object({ mergeDepartment: z.object({ id: z.string(), intoId: z.string() }) }),
  ]),
  dieBefore: z.int(),
})
const { databaseUrl, directory, staffId, key, edit, dieBefore } = argument.parse(
  JSON.parse(process.argv[2] ?? '{}'),
)

const log = createLogger('silent')
const db = await openDatabase(databaseUrl)
const pool = new LdapPool({ ...directory, log })
const reader = new DirectoryReader(pool)
const replica = await Replica.open(db, log, new AbortController().signal)

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

class Mortal extends Hands {
  #made = 0

  override async make(step: Step, earlier: readonly Trace[], isResumed: boolean): Promise<Trace> {
    if (this.#made++ === dieBefore) die()
    return await super.make(step, earlier, isResumed)
  }
}

class DyingJournal extends Journal {
  override async finish(...args: Parameters<Journal['finish']>): Promise<void> {
    die()
    await super.finish(...args)
  }
}

const masks = new Masks('a secret')
const editor = new Editor({
  journal: new DyingJournal(db, new AuditLog(db, undefined, masks), randomUUID(), 200),
  reader,
  hands: new Mortal(reader, new DirectoryWriter(pool)),
  consumed: new Consumed({ db, replica }),
  state: () => replica.state,
  requireProjector: () => Promise.resolve(),
  newId: randomUUID,
  today: () => '2026-11-26',
  masks,
  refusals: { note: () => {} },
  log,
})
await editor.run(
  {
    staffId,
    key,
    from: { address: '192.0.2.7', userAgent: null, requestId: null },
    onBehalfOf: null,
    batchId: null,
  },
  'deleteDepartment' in edit
    ? deleteDepartment(edit.deleteDepartment)
    : mergeDepartment(edit.mergeDepartment),
)
