import type { DepartmentRow, Resync, StaffRow } from './contract.ts'
import { Copy, type Rows, type Step } from './copy.ts'
import { summing, sumOf, type Marked } from './digest.ts'
import { DirectoryError } from './errors.ts'
import { isSameOwner } from './owner.ts'
import { afterResync } from './resync.ts'
import type { WholeDelta } from './staging.ts'
import type { Outline } from './outline.ts'
import { inLaterSlices } from './slices.ts'
import { planStep } from './step.ts'
import { StoreEmptied, type CopyStore, type Note, type Stored } from './store.ts'

/** What has become of one row. */
export type RowChange =
  | {
      readonly category: 'DEPARTMENT'
      readonly id: string
      readonly before: DepartmentRow | null
      readonly after: DepartmentRow | null
    }
  | {
      readonly category: 'STAFF'
      readonly id: string
      readonly before: StaffRow | null
      readonly after: StaffRow | null
    }

/** What those who show rows are told. `rows` is what may be shown from now on. */
export type News =
  /** Everything may be different; null: nothing may be shown. */
  | { readonly kind: 'reset'; readonly rows: Rows | null }
  | {
      readonly kind: 'step'
      readonly rows: Rows
      readonly changes: readonly RowChange[]
      /** `viewer` has to be read again. */
      readonly viewerChanged: boolean
    }

export interface KeeperOptions {
  readonly store: CopyStore
  /** Which server and whom the copy has to belong to; the person may become known only with the first token. */
  readonly owner: string
  readonly leaseSeconds: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly onNews: (news: News) => void
  /** There is an outline, or people of it have come who were asked for. */
  readonly onOutline?: () => void
}

/** What a delta came to. */
export type Taken =
  | 'applied'
  | 'known'
  | 'gap'
  | { readonly kind: 'disagreement'; readonly version: string; readonly digest: string }

/** A clock that stands so much before the last contact was set back: the lease cannot be told any more (K2). */
const CLOCK_SLACK_MS = 300_000
/** A silent line is worth a write to the store only so often. */
const CONTACT_MS = 60_000

/**
 * The copy of a client: what is stored and what may be shown. All changes go through here, one after the other; each is
 * stored first, rows and cursor together, then shown (K1). Rejects with DirectoryError STORE_FAILED.
 */
export class Keeper {
  readonly #o: KeeperOptions
  #copy: Copy | null = null
  /** What may still be shown after a Resync, until the new copy is whole (R2). */
  #left: Rows | null = null
  #outline: Outline | null = null
  /** Everything had to go: what is still being read is not shown any more. */
  #isDiscarded = false
  #note: Note
  /** Something was purged and the copy with it: the server is told with the next copy's version. */
  #owesPurge = false
  #storedContactAt = 0
  /** The latest time that was seen since the last contact. */
  #seenAt = 0
  #isLapsed = false
  #isClosed = false
  #tail: Promise<unknown> = Promise.resolve()

  constructor(options: KeeperOptions) {
    this.#o = options
    const { owner, leaseSeconds } = options
    this.#note = { owner, contactAt: 0, seenAt: 0, leaseSeconds, purge: null }
  }

  /** What may be shown now: whole, and as it was at one version; it is changed in place, in one go. */
  get rows(): Rows | null {
    return this.#isLapsed ? null : (this.#copy ?? this.#left)
  }

  /** What may be shown of the copy while its people are still being read: `rows` is null until then. */
  get outline(): Outline | null {
    return this.#outline
  }

  /** The version of the copy; null without one. */
  get cursor(): string | null {
    return this.#copy?.cursor ?? null
  }

  /** Whether there is a copy that may not be opened before the server was reached (K2). */
  get isLapsed(): boolean {
    return this.#isLapsed
  }

  /** A purge that the server was not told of yet. */
  get purge(): string | null {
    return this.#note.purge
  }

  /** When the server was last heard, in milliseconds since the epoch; 0: never. */
  get contactAt(): number {
    return this.#note.contactAt
  }

  /** Milliseconds from now to the end of the lease; 0 or less: it has ended. */
  get leaseMs(): number {
    return this.#leaseOf(this.#note)
  }

  /**
   * Takes in what the store has, and shows it where its lease holds (K2): the outline first, where the store tells of it. Then
   * its digest is worked out anew, in slices, and nothing else is done to the copy before: one that does not add up is shown no
   * longer, and deleted (D8). Answers whether there is a copy to go on from.
   */
  open(): Promise<boolean> {
    return this.#inTurn(async () => {
      const stored = await this.#load()
      if (!stored) return false
      const sum = sumOf(stored.digest)
      if (sum === null || !isSameOwner(stored.note.owner, this.#o.owner)) {
        await this.#clear()
        return false
      }
      const copy = new Copy({ ...stored, sum })
      this.#copy = copy
      this.#note = stored.note
      this.#storedContactAt = stored.note.contactAt
      this.#isLapsed = this.leaseMs <= 0
      if (this.#isLapsed) this.#tell({ kind: 'reset', rows: null })
      else this.#tell({ kind: 'reset', rows: copy })
      return this.#verify(copy)
    })
  }

  /** Whether the copy belongs to this owner, as far as can be told; without a copy it does from now on. */
  belongsTo(owner: string): boolean {
    if ((this.#copy ?? this.#left) && !isSameOwner(this.#note.owner, owner)) return false
    this.#note = { ...this.#note, owner }
    return true
  }

  /** A new copy in place of whatever there was. */
  replace(copy: Copy, leaseSeconds: number): Promise<void> {
    return this.#inTurn(async () => {
      const purge = this.#owesPurge || this.#note.purge !== null ? copy.cursor : null
      const note = { ...this.#heardNow(leaseSeconds), purge }
      await this.#o.store.replace(copy, note)
      this.#noted(note)
      this.#copy = copy
      this.#left = null
      this.#owesPurge = false
      this.#isLapsed = false
      this.#tell({ kind: 'reset', rows: copy })
    })
  }

  /** Takes a whole delta, if it follows from where the copy is. */
  apply(delta: WholeDelta, leaseSeconds: number): Promise<Taken> {
    return this.#inTurn(async () => {
      const copy = this.#copy
      if (!copy) return 'gap'
      const plan = planStep(copy, delta)
      switch (plan.kind) {
        case 'step':
          await this.#take(copy, plan.step, delta, leaseSeconds)
          return 'applied'
        case 'known':
          await this.#heard(leaseSeconds)
          return 'known'
        case 'gap':
          return 'gap'
        case 'unfit':
          return { kind: 'disagreement', version: copy.cursor, digest: copy.digest }
        case 'disagreement':
          return { kind: 'disagreement', version: copy.cursor, digest: plan.digest }
      }
    })
  }

  /** Told to start again: deletes at once, and shows only what may stay (R2). */
  restart(resync: Resync): Promise<void> {
    return this.#inTurn(async () => {
      const shown = this.#copy ?? this.#left
      const left = shown && afterResync(shown, resync)
      this.#copy = null
      this.#left = this.#isLapsed ? null : left
      this.#isLapsed = false
      this.#owesPurge ||= shown !== null
      this.#tell({ kind: 'reset', rows: this.#left })
      await this.#clear()
    })
  }

  /** Deletes everything, here and in the store; at once nothing is shown any more. */
  discard(): Promise<void> {
    const shown = this.rows ?? this.#outline
    this.#copy = null
    this.#left = null
    this.#outline = null
    this.#isDiscarded = true
    this.#isLapsed = false
    if (shown) this.#tell({ kind: 'reset', rows: null })
    return this.#inTurn(() => this.#clear())
  }

  /** The lease has ended: the copy is not shown until the server was reached (K2). */
  lapse(): void {
    if (this.#isLapsed || !(this.#copy ?? this.#left)) return
    this.#isLapsed = true
    this.#left = null
    this.#tell({ kind: 'reset', rows: null })
  }

  /** Notes the time, for a lease that a clock which is set back would make longer (K2). */
  seen(): Promise<void> {
    return this.#inTurn(async () => {
      this.#seenAt = Math.max(this.#seenAt, this.#o.now())
      if (this.#copy && this.#seenAt - this.#note.seenAt >= CONTACT_MS)
        await this.#annotate({ ...this.#note, seenAt: this.#seenAt })
    })
  }

  /** The server knows of the purge at this version. */
  acknowledged(version: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#note.purge !== version || !this.#copy) return
      await this.#annotate({ ...this.#note, purge: null })
    })
  }

  /** Lets go of the store, once what is under way is done. */
  close(): Promise<void> {
    const closed = this.#inTurn(() => this.#o.store.close())
    this.#isClosed = true
    return closed
  }

  /** An outline is shown no longer than it is read. */
  async #load(): Promise<Stored | null> {
    this.#isDiscarded = false
    let stored: Stored | null = null
    try {
      const found = await this.#o.store.load((outline) => this.#preview(outline))
      if (!this.#isDiscarded) stored = found
      return stored
    } finally {
      const wasShown = this.#outline !== null
      this.#outline = null
      if (wasShown && !stored) this.#tell({ kind: 'reset', rows: null })
    }
  }

  /** Shown by the same rules as the copy itself: it is the same, and as it was at the same version. */
  #preview(outline: Outline): void {
    const { note, digest } = outline.head
    const isOurs = isSameOwner(note.owner, this.#o.owner) && sumOf(digest) !== null
    if (this.#isClosed || this.#isDiscarded || !isOurs) return
    if (!this.#outline && this.#leaseOf(note) <= 0) return
    this.#outline = this.#leaseOf(note) > 0 ? outline : null
    this.#o.onOutline?.()
  }

  #leaseOf({ contactAt, seenAt, leaseSeconds }: Note): number {
    const now = this.#o.now()
    this.#seenAt = Math.max(this.#seenAt, seenAt, now)
    return now < contactAt - CLOCK_SLACK_MS ? 0 : contactAt + leaseSeconds * 1000 - this.#seenAt
  }

  /** The note beside what has just come from the server. */
  #heardNow(leaseSeconds: number): Note {
    const now = this.#o.now()
    this.#seenAt = now
    return { ...this.#note, contactAt: now, seenAt: now, leaseSeconds }
  }

  async #verify(copy: Copy): Promise<boolean> {
    const isWanted = () => this.#copy === copy && !this.#isClosed
    const sum = await inLaterSlices(summing(allOf(copy)), () => {
      if (this.leaseMs <= 0) this.lapse()
      return isWanted()
    })
    if (sum === copy.sum || !isWanted()) return this.#copy === copy
    this.#copy = null
    this.#isLapsed = false
    this.#tell({ kind: 'reset', rows: null })
    await this.#clear()
    return false
  }

  async #take(copy: Copy, step: Step, delta: WholeDelta, leaseSeconds: number): Promise<void> {
    const changes = changesOf(copy, step)
    const isNews =
      changes.length > 0 ||
      delta.viewerChanged ||
      step.catalogue.staffTypes !== copy.staffTypes ||
      step.catalogue.departmentTypes !== copy.departmentTypes ||
      step.catalogue.fields !== copy.fields
    if (!isNews && step.cursor === step.from) return this.#heard(leaseSeconds)
    const wasPurged =
      delta.revoked !== null || (delta.viewerChanged && changes.some(({ after }) => after === null))
    const purge = wasPurged ? step.cursor : this.#note.purge
    const note = { ...this.#heardNow(leaseSeconds), purge }
    await this.#keep(note, () => this.#o.store.write(step, note), copy, step)
    this.#noted(note)
    // Told to go meanwhile, by a purge of everything.
    if (this.#copy !== copy) return
    copy.commit(step)
    if (this.#isLapsed) {
      this.#isLapsed = false
      this.#tell({ kind: 'reset', rows: copy })
    } else if (isNews) this.#tell({ kind: 'step', rows: copy, changes, viewerChanged: delta.viewerChanged })
  }

  /** The server was reached, and has nothing new. */
  async #heard(leaseSeconds: number): Promise<void> {
    const note = this.#heardNow(leaseSeconds)
    const isDue = Math.abs(note.contactAt - this.#storedContactAt) >= CONTACT_MS
    if (isDue && this.#copy) await this.#annotate(note)
    this.#note = note
    if (!this.#isLapsed || !this.#copy) return
    this.#isLapsed = false
    this.#tell({ kind: 'reset', rows: this.#copy })
  }

  async #annotate(note: Note): Promise<void> {
    await this.#keep(note, () => this.#o.store.annotate(note), this.#copy)
    this.#noted(note)
  }

  /** Writes to the store; to one that was emptied the whole copy, as it is after the step. */
  async #keep(note: Note, write: () => Promise<void>, copy: Copy | null, step?: Step): Promise<void> {
    try {
      await write()
    } catch (error) {
      if (!(error instanceof StoreEmptied) || !copy) throw error
      const whole = new Copy(copy)
      if (step) whole.commit(step)
      await this.#o.store.replace(whole, note)
    }
  }

  #noted(note: Note): void {
    this.#note = note
    this.#storedContactAt = note.contactAt
  }

  async #clear(): Promise<void> {
    await this.#o.store.clear()
    this.#storedContactAt = 0
  }

  #tell(news: News): void {
    this.#o.onNews(news)
  }

  /** One after the other, whatever becomes of the one before. */
  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(new DirectoryError('CLOSED', 'The client is closed.'))
    const turn = this.#tail.then(act)
    this.#tail = turn.catch(() => {})
    return turn.catch((cause: unknown) => {
      throw cause instanceof DirectoryError
        ? cause
        : new DirectoryError('STORE_FAILED', 'The copy cannot be kept.', { cause })
    })
  }
}

function* allOf({ departments, staff }: Rows): Iterable<Marked> {
  yield* departments.values()
  yield* staff.values()
}

/** Each row that a step changes, as it is and as it will be. */
function changesOf(copy: Copy, step: Step): RowChange[] {
  const changes: RowChange[] = []
  for (const [id, after] of step.departments)
    changes.push({ category: 'DEPARTMENT', id, before: copy.departments.get(id) ?? null, after })
  for (const [id, after] of step.staff)
    changes.push({ category: 'STAFF', id, before: copy.staff.get(id) ?? null, after })
  return changes
}
