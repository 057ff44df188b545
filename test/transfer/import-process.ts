import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { openDatabase, type Sql } from '../../src/changelog/database.ts'
import { Replica } from '../../src/changelog/replica.ts'
import { LdapPool } from '../../src/directory/pool.ts'
import { DirectoryReader } from '../../src/directory/reader.ts'
import { DirectoryWriter } from '../../src/directory/writer.ts'
import { BulkJournal } from '../../src/edit/bulk-journal.ts'
import { BulkEditor } from '../../src/edit/bulk.ts'
import { Consumed } from '../../src/edit/consumed.ts'
import { Editor } from '../../src/edit/editor.ts'
import { Hands } from '../../src/edit/hands.ts'
import { Journal } from '../../src/edit/journal.ts'
import { ReadAhead } from '../../src/edit/read-ahead.ts'
import { Masks } from '../../src/audit/mask.ts'
import { AuditLog } from '../../src/audit/audit-log.ts'
import { createLogger } from '../../src/log.ts'
import { runImport } from '../../src/transfer/import-run.ts'
import { LiveStage } from '../../src/transfer/stage.ts'
import { ImportStore } from '../../src/transfer/store.ts'
import { runUndo } from '../../src/transfer/undo-run.ts'
import { Uploads } from '../../src/transfer/uploads.ts'

/** Works on one import, or its undo, in a process of its own, and dies by its own hand at the n-th write or end of a chunk. */
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
  batchId: z.string(),
  /** Writes to the directory, of which some are not waited for any more. */
  dieAtWrite: z.int().nullable(),
  /** Ends of chunks: before they are written down. */
  dieAtEnd: z.int().nullable(),
})
const { databaseUrl, directory, batchId, dieAtWrite, dieAtEnd } = argument.parse(
  JSON.parse(process.argv[2] ?? '{}'),
)

const HELD_MS = 1500
const log = createLogger('silent')
const db = await openDatabase(databaseUrl)
const pool = new LdapPool({ ...directory, log })
const reader = new DirectoryReader(pool)
const replica = await Replica.open(db, log, new AbortController().signal)

let writes = 0
let ends = 0

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

class MortalWriter extends DirectoryWriter {
  override async add(...args: Parameters<DirectoryWriter['add']>) {
    if (writes++ === dieAtWrite) die()
    return await super.add(...args)
  }

  override async modify(...args: Parameters<DirectoryWriter['modify']>) {
    if (writes++ === dieAtWrite) die()
    return await super.modify(...args)
  }

  override async move(...args: Parameters<DirectoryWriter['move']>) {
    if (writes++ === dieAtWrite) die()
    return await super.move(...args)
  }
}

class MortalJournal extends BulkJournal {
  override async finish(
    tx: Sql,
    ...args: [Parameters<BulkJournal['finish']>[1], Parameters<BulkJournal['finish']>[2]]
  ) {
    if (ends++ === dieAtEnd) die()
    return await super.finish(tx, ...args)
  }
}

const masks = new Masks('a secret')
const holder = randomUUID()
const audit = new AuditLog(db, undefined, masks)
const writer = new MortalWriter(pool)
const shared = {
  journal: new Journal(db, audit, holder, HELD_MS),
  consumed: new Consumed({ db, replica }),
  state: () => replica.state,
  requireProjector: () => Promise.resolve(),
  newId: randomUUID,
  today: () => '2026-11-26',
  masks,
}
const refusals = { note: () => Promise.resolve() }
const editor = new Editor({ ...shared, reader, hands: new Hands(reader, writer), refusals, log })
const bulk = new BulkEditor({
  ...shared,
  db,
  bulk: new MortalJournal(db, audit, holder, HELD_MS),
  editor,
  reader,
  writer,
})
const store = new ImportStore(db, { holder, keptDays: 1, heldMs: 60_000 })
const uploads = new Uploads(db, 1e9)
// The test has put it aside for whoever comes with this word.
await db.run({ name: 'take_it', text: 'UPDATE import_batch SET holder = $2 WHERE id = $1' }, [
  batchId,
  holder,
])
const batch = await store.byId(batchId)
if (!batch) throw new Error('There is no such import')
const { signal } = new AbortController()
const by = { staffId: batch.actorId, batchId }
const reads = new ReadAhead(reader)
if (batch.state === 'UNDOING') await runUndo(batch, { store, bulk, reads, signal })
else
  await runImport(batch, {
    store,
    stage: new LiveStage({ bulk, reads, by, state: shared.state }),
    file: { options: batch.options, bytes: () => uploads.bytes(batch.uploadId) },
    limits: { maxRows: 1e6, catalogue: () => replica.state.all('fieldDefinition') },
    editor,
    signal,
  })
process.exit(0)
