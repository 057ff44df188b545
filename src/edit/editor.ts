import { z } from 'zod'
import type { Masks } from '../audit/mask.ts'
import type { Refusals } from '../audit/refusals.ts'
import { pause } from '../clock.ts'
import type { DirectoryReader } from '../directory/reader.ts'
import { AppError, messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { EntryChange } from '../model/entry.ts'
import type { State } from '../model/state.ts'
import { decided, locksOn } from './administrators.ts'
import { claimed } from './claiming.ts'
import type { Consumed } from './consumed.ts'
import { hashOf, type Edit } from './edit.ts'
import { EditConflict, EditRefused, InvalidInput, refusalOf } from './failures.ts'
import { isDefinite, type Hands } from './hands.ts'
import type { Claim, Journal, JournalEntry } from './journal.ts'
import { PlayedDirectory } from './played.ts'
import { draftOf, subjectIn, type Circumstances } from './record.ts'
import { isId, Scene } from './scene.ts'
import type { Plan, Step, Trace } from './step.ts'

/** Who edits, and from where. */
export interface Editing extends Circumstances {
  readonly staffId: string
  /** The caller's idempotency key; null: none. */
  readonly key: string | null
}

/** What became of an edit. */
export interface Edited {
  /** What was made or changed. */
  readonly subjectId: string
  /** Whether this instance has it (L1); false when the log takes too long: it will come. */
  readonly isConsumed: boolean
}

export interface EditorOptions {
  readonly journal: Journal
  readonly reader: DirectoryReader
  readonly hands: Hands
  readonly consumed: Pick<Consumed, 'wait' | 'isSeen'>
  readonly state: () => State
  /** Rejects with AppError UNAVAILABLE while nobody would carry a write into the log (L1). */
  readonly requireProjector: () => Promise<void>
  readonly newId: () => string
  /** YYYY-MM-DD where the company is. */
  readonly today: () => string
  readonly masks: Masks
  readonly refusals: Pick<Refusals, 'note'>
  readonly log: Logger
  /** Longest wait for others who edit the same, in milliseconds. */
  readonly patienceMs?: number
}

function behind(): AppError {
  return new AppError(
    'UNAVAILABLE',
    'This server has not caught up with the directory yet. Try again in a moment.',
  )
}

/** How often an edit is decided anew when the directory has moved on under it. */
const ATTEMPTS = 4
/** Steps that are made before it is noted that they were: after a crash each is looked at before it is made again. */
const NOTED_STEPS = 50
/** How often is looked for edits that nobody finishes, in milliseconds. */
const RECOVER_MS = 2000
/** How long finished edits, and their idempotency keys, are remembered. */
const KEPT_DAYS = 7

/**
 * Carries out edits: claims what they touch, decides, writes the plan down, makes its steps in the directory, and waits until
 * the log has them (L1). The log itself is never written here. Expected failures are EditFailures; AppError UNAVAILABLE
 * when directory, database or projector are away: with an idempotency key the caller may ask again and is told what
 * became of it (T77).
 */
export class Editor {
  readonly #o: EditorOptions

  constructor(options: EditorOptions) {
    this.#o = options
  }

  async run(by: Editing, edit: Edit): Promise<Edited> {
    const { staffId, key } = by
    const { journal, newId, requireProjector, state } = this.#o
    await requireProjector()
    const inputHash = hashOf(edit)
    const locks = locksOn(state(), edit)
    const claim = { id: newId(), actorId: staffId, name: edit.name, key, inputHash, ...locks }
    const earlier = await claimed(journal, claim, this.#o.patienceMs)
    return earlier ? await this.#told(earlier) : await this.#runClaimed(claim, edit, by)
  }

  /** What an edit would leave behind; expected failures are those that making it would have. Nothing is written. */
  async preview(staffId: string, edit: Edit): Promise<readonly EntryChange[]> {
    const { reader, state, newId, today } = this.#o
    const played = new PlayedDirectory(reader, state())
    const scene = new Scene({ staffId, state: played.state, reader: played, newId, today: today() })
    await played.apply(await decided(edit, scene), newId())
    return played.changes()
  }

  /** Finishes or undoes what others have left, until the signal. */
  async recover(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.recoverAll()
        await this.#o.journal.prune(KEPT_DAYS)
      } catch (error) {
        this.#o.log.debug({ problem: messageOf(error) }, 'Edits that were left cannot be looked for just now')
      }
      await pause(RECOVER_MS, signal)
    }
  }

  /** Those that are left at this moment. */
  async recoverAll(): Promise<void> {
    for (let left = await this.#o.journal.takeOver(); left; left = await this.#o.journal.takeOver()) {
      this.#o.log.warn({ edit: left.id, name: left.name }, 'Finishing an edit that was left half done')
      try {
        await this.#resume(left)
      } catch (error) {
        await this.#o.journal.postpone(left.id)
        this.#o.log.warn({ edit: left.id, problem: messageOf(error) }, 'It could not be finished yet')
      }
    }
  }

  async #runClaimed(claim: Claim, edit: Edit, by: Circumstances): Promise<Edited> {
    for (let attempt = 1; ; attempt++) {
      const plan = await this.#decided(claim, edit, by)
      const made = await this.#makeAll(claim, plan, [], false)
      if (made.kind === 'made') {
        const subjectId = await this.#finish(claim, plan, made.written)
        return { subjectId, isConsumed: await this.#o.consumed.wait(made.written) }
      }
      if (made.reason instanceof EditConflict && attempt < ATTEMPTS) continue
      await this.#giveUp(claim, made)
      throw made.reason
    }
  }

  /** Of an edit that has left no trace nothing is kept: it may be asked again. */
  async #giveUp(named: Named, { isUndone }: { isUndone: boolean }): Promise<void> {
    if (isUndone) await this.#o.journal.finish(named, 'UNDONE', null)
    else await this.#o.journal.forget(named.id)
  }

  /** What is to be done; when it is not, the claim is given up. */
  async #decided(claim: Claim, edit: Edit, by: Circumstances): Promise<Plan> {
    const { journal, reader, state, consumed, newId, today, masks } = this.#o
    const { id, actorId } = claim
    const scene = new Scene({ staffId: actorId, state, reader, newId, today: today() })
    try {
      // Whatever was edited before, on any instance, is in the state on which this is decided.
      const before = await journal.recent(claim)
      const isSeen = await consumed.isSeen(before)
      if (!isSeen && !(await consumed.wait(await this.#thatAreThere(before)))) throw behind()
      const plan = await decided(edit, scene)
      if (!(await journal.plan(id, plan, draftOf(scene, plan, by, masks)))) throw new EditRefused('BUSY')
      return plan
    } catch (error) {
      await journal.forget(id).catch(() => {})
      this.#noteRefusal(claim, edit, by, error)
      throw error
    }
  }

  /** Whoever asks for what they may not do is written down (T36), also where they are told that nothing is there. */
  #noteRefusal(claim: Claim, edit: Edit, by: Circumstances, error: unknown): void {
    const reason = refusalOf(error)
    if (reason === null) return
    const { text, namedId } = reason
    const subjectId = targetOf(edit.input) ?? namedId
    const subject = subjectId === null ? null : subjectIn(this.#o.state(), subjectId)
    const named = namedId === null || namedId === subjectId ? null : subjectIn(this.#o.state(), namedId)
    const detail = named ? { namedId: named.id ?? '', named: named.label ?? '' } : {}
    const { actorId, name: action } = claim
    this.#o.refusals.note({ ...by, actorId, action, reason: text, subject, detail })
  }

  /** Without what was made lately and is gone from the directory by now: the log need not have it. */
  async #thatAreThere(traces: readonly Trace[]): Promise<Trace[]> {
    const there: Trace[] = []
    for (const trace of traces)
      if (trace.fate !== 'new' || (await this.#o.reader.byId(trace.id)) !== null) there.push(trace)
    return there
  }

  /** Makes the steps that are left. What cannot be finished is taken back; what may come yet is left to `recover`. */
  async #makeAll(named: Named, { steps }: Plan, before: readonly Trace[], isResumed: boolean): Promise<Made> {
    const { journal, hands } = this.#o
    const written = [...before]
    for (const [i, step] of steps.entries()) {
      if (i < before.length) continue
      try {
        written.push(await hands.make(step, written, isResumed))
      } catch (error) {
        if (isDefinite(error)) {
          const reason = failureOf(error)
          if (written.length > 0) await this.#undo(named, steps, written)
          return { kind: 'refused', reason, isUndone: written.length > 0 }
        }
        await journal.letGo(named.id).catch(() => {})
        throw error
      }
      const isDue = (i + 1) % NOTED_STEPS === 0
      if (isDue && !(await journal.note(named.id, written))) throw new EditRefused('BUSY')
    }
    // Also where nothing is left to do: whoever has lost the edit must not finish it.
    if (!(await journal.note(named.id, written))) throw new EditRefused('BUSY')
    return { kind: 'made', written }
  }

  /** Takes back in reverse order. */
  async #undo(named: Named, steps: readonly Step[], written: readonly Trace[]): Promise<void> {
    if (!(await this.#o.journal.undo(named.id, written))) throw new EditRefused('BUSY')
    await takeAllBack(this.#o.hands, steps, written)
  }

  async #resume(left: JournalEntry): Promise<void> {
    const { journal, log } = this.#o
    const { id, plan, written } = left
    // Nothing was planned, so nothing was written.
    if (!plan) {
      await journal.forget(id)
      return
    }
    if (left.state === 'UNDOING') {
      await this.#undo(left, plan.steps, written)
      await this.#giveUp(left, { isUndone: true })
      return
    }
    const made = await this.#makeAll(left, plan, written, true)
    if (made.kind === 'made') {
      await this.#finish(left, plan, made.written)
      return
    }
    log.warn({ edit: id, problem: messageOf(made.reason) }, 'An edit that was left half done was undone')
    await this.#giveUp(left, made)
  }

  /** Answers what the edit was about. */
  async #finish(named: Named, { subject }: Plan, written: readonly Trace[]): Promise<string> {
    const id = 'id' in subject ? subject.id : written[subject.step]?.id
    if (id === undefined) throw new AppError('INTERNAL', 'An edit has made nothing that could be shown')
    await this.#o.journal.finish(named, 'DONE', id)
    return id
  }

  /** What became of an edit that was asked before under the same key. */
  async #told(earlier: JournalEntry): Promise<Edited> {
    if (earlier.state === 'UNDONE' || earlier.subjectId === null)
      throw new EditConflict(earlier.subjectId, 'It could not be finished and was undone: look at it again.')
    return { subjectId: earlier.subjectId, isConsumed: await this.#o.consumed.wait(earlier.written) }
  }
}

const targetSchema = z.object({ id: z.string().optional(), parentId: z.string().nullish() })

/** What an input is about, or where it wants something made. */
function targetOf(input: unknown): string | null {
  const { data } = targetSchema.safeParse(input)
  const id = data?.id ?? data?.parentId ?? null
  return id !== null && isId(id) ? id : null
}

type Named = Pick<Claim, 'id' | 'actorId' | 'name'>

type Made =
  | { readonly kind: 'made'; readonly written: readonly Trace[] }
  /** `isUndone`: some of it was made and taken back. */
  | { readonly kind: 'refused'; readonly reason: unknown; readonly isUndone: boolean }

/** Takes back what was written, in reverse order. */
export async function takeAllBack(
  hands: Pick<Hands, 'takeBack'>,
  steps: readonly Step[],
  written: readonly Trace[],
): Promise<void> {
  const csns = new Map<string, string | null>()
  for (const [i, { id, csn }] of [...written.entries()].reverse()) {
    const [step, now = csn] = [steps[i], csns.get(id)]
    if (step && now !== null) csns.set(id, await hands.takeBack(step, id, now))
  }
}

/** What the directory has said, in the words of edits. */
export function failureOf(error: unknown): unknown {
  if (!(error instanceof AppError)) return error
  switch (error.code) {
    case 'CONFLICT':
      return new EditConflict(null, error.message)
    case 'BAD_USER_INPUT':
      return InvalidInput.at('', error.message)
    case 'FORBIDDEN':
    case 'INTERNAL':
    case 'RATE_LIMITED':
    case 'UNAUTHENTICATED':
    case 'UNAVAILABLE':
      return error
  }
}
