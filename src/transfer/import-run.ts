import { pause } from '../clock.ts'
import type { Editor } from '../edit/editor.ts'
import { loginKey } from '../model/text.ts'
import type { ImportBatch } from './batch.ts'
import { deferredRow } from './decide-staff.ts'
import { rowsOf, scan, type TransferFile } from './file.ts'
import { madeIn, Player, type EarlierAct, type PlayerOptions, type RowAct, type RowResult } from './player.ts'
import type { LocatedRow } from './row.ts'
import type { Scanned, ScanLimits } from './file.ts'
import type { Stage } from './stage.ts'
import type { ImportStore, LeftAct } from './store.ts'

export interface RunOptions {
  readonly store: ImportStore
  readonly stage: Stage
  readonly file: TransferFile
  readonly limits: ScanLimits
  readonly editor: Pick<Editor, 'recoverAll'>
  readonly signal: AbortSignal
}

/** Rows that are decided together. */
const CHUNK = 500

/** What an import came to. */
export type RunEnd = 'DONE' | 'CANCELLED' | 'STOPPED'

/**
 * Plays the rows of a file from where the batch stands to the end. After a crash it goes on there: edits that were on their way
 * are finished first, and none is made twice.
 */
export async function runImport(batch: ImportBatch, o: RunOptions): Promise<RunEnd> {
  const { store, file, limits } = o
  const { id, isDryRun } = batch
  // What a rehearsal had in mind has died with its process.
  if (isDryRun) await store.restart(id)
  else await adoptEdits(batch, o)
  const scanned = await scan(file, limits)
  await store.begin(id, scanned.facts)
  const start = isDryRun ? { pass: 1, position: 0 } : batch
  if (start.pass === 1) {
    const end = await firstPass(batch, start.position, scanned, o)
    if (end !== 'DONE') return end
    await store.nextPass(id)
  }
  return await secondPass(batch, o)
}

async function firstPass(
  batch: ImportBatch,
  position: number,
  { facts, lastRows }: Scanned,
  o: RunOptions,
): Promise<RunEnd> {
  const { store, file } = o
  const { id } = batch
  const player = new Player({
    ...playing(batch, o),
    comesLater: (login, number) => (lastRows.get(loginKey(login)) ?? 0) > number,
    earlier: earlierOf(await store.earlier(id, position), (part) => (part === PEOPLE ? null : part)),
    noted: await store.noted(id, position),
    note: async (results) => await store.note(id, results),
    record: async (tx, results, acts) => await store.record(tx, id, results, acts),
  })
  let rows: LocatedRow[] = []
  const play = async () => {
    const end = await mayGoOn(batch, o)
    if (end === null) await player.play(rows.splice(0))
    return end
  }
  for await (const row of rowsOf(file, facts)) {
    if (row.number <= position) continue
    rows.push(row)
    const end = rows.length === CHUNK ? await play() : null
    if (end !== null) return end
  }
  return (rows.length > 0 ? await play() : null) ?? 'DONE'
}

/** Managers who are named before their own row. */
async function secondPass(batch: ImportBatch, o: RunOptions): Promise<RunEnd> {
  const { store } = o
  const { id } = batch
  const earlier = earlierOf(await store.earlierDeferred(batch), (part) => (part === PEOPLE ? 'main' : null))
  for (;;) {
    const waiting = await store.deferred(id, CHUNK)
    if (waiting.length === 0) return 'DONE'
    const end = await mayGoOn(batch, o)
    if (end !== null) return end
    const byNumber = new Map(waiting.map((row) => [row.number, row]))
    const options = { ...batch.options, ignoreIds: false, mode: 'UPDATE' as const }
    const base = playing(batch, o)
    const player = new Player({
      ...base,
      options,
      keyOf: (number) => base.keyOf(number, PEOPLE),
      comesLater: () => false,
      earlier,
      noted: new Map(),
      note: () => Promise.resolve(),
      record: async (tx, results, acts) => {
        const rows = results.flatMap((now) => {
          const before = byNumber.get(now.number)
          return before ? [{ before, now: joined(before, now) }] : []
        })
        await store.complete(tx, id, rows, acts)
      },
    })
    await player.play(
      waiting.flatMap(({ number, line, deferred }): LocatedRow[] =>
        deferred?.subjectId === undefined
          ? []
          : [{ number, line, row: deferredRow(deferred.subjectId, deferred), errors: null }],
      ),
    )
  }
}

/** The part of the second pass. */
const PEOPLE = 'people'

/** Edits of rows that were not written down; `partOf`: what an edit was for, null: it is not asked for. */
function earlierOf(
  left: readonly LeftAct[],
  partOf: (part: string) => string | null,
): Map<number, EarlierAct[]> {
  const byRow = new Map<number, EarlierAct[]>()
  for (const { key, plan, subjectId } of left) {
    const [, , number, ...rest] = key.split(' ')
    const part = partOf(rest.join(' '))
    if (part === null || plan === null || subjectId === null) continue
    const acts = byRow.get(Number(number)) ?? []
    byRow.set(Number(number), [...acts, { part, plan, subjectId }])
  }
  return byRow
}

/** A row with what the second pass has brought. */
function joined(before: RowResult, now: RowResult): RowResult {
  const { action, changes, errors } = before
  const isChanged = action === 'UNCHANGED' && now.changes.length > 0
  return {
    ...before,
    action: isChanged ? 'UPDATE' : action,
    changes: action === 'CREATE' ? changes : [...changes, ...now.changes],
    errors: [...errors, ...now.errors],
    deferred: null,
  }
}

function playing(
  batch: ImportBatch,
  { stage }: RunOptions,
): Pick<PlayerOptions, 'stage' | 'staffId' | 'options' | 'keyOf'> {
  return {
    stage,
    staffId: batch.actorId,
    options: batch.options,
    keyOf: (number, part) => `import ${batch.id} ${number} ${part}`,
  }
}

/** Null: go on. */
async function mayGoOn({ id }: ImportBatch, { store, signal }: RunOptions): Promise<RunEnd | null> {
  if (signal.aborted) return 'STOPPED'
  return (await store.hold(id)) ? 'CANCELLED' : null
}

/** Edits of a holder who is gone: they are finished, and written down as if by us. */
async function adoptEdits(batch: ImportBatch, { store, editor, signal }: RunOptions): Promise<void> {
  for (;;) {
    const left = await store.leftActs(batch.id)
    if (!left.some(({ isRunning }) => isRunning)) {
      const acts = left.flatMap(actOf)
      if (acts.length > 0) await store.adopt(batch.id, acts, batch.pass)
      return
    }
    await editor.recoverAll()
    await store.hold(batch.id)
    await pause(200, signal)
    if (signal.aborted) return
  }
}

function actOf({ id, name, key, plan, subjectId }: LeftAct): RowAct[] {
  if (plan === null || subjectId === null) return []
  const isCreated = plan.steps.some((step) => step.kind === 'add')
  return [
    {
      editId: id,
      number: Number(key.split(' ')[2] ?? 0),
      kind: name.startsWith('staff.') ? 'staff' : 'department',
      subjectId,
      isCreated,
      steps: isCreated ? madeIn(plan) : [...plan.steps],
    },
  ]
}
