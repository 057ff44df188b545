import type { Copy, Rows, Step } from './copy.ts'

/** What a device has kept. */
export interface Kept {
  readonly rows: Rows
  /** Null: what may still be shown after the server said to start again; it has no version. */
  readonly cursor: string | null
  readonly sum: bigint
  /** When the server was last heard of, in milliseconds since the epoch by the clock of this device. */
  readonly reachedAt: number
  /** The latest time that this device has seen: a clock that is turned back gives nobody more time. */
  readonly seenAt: number
}

/**
 * Where a device keeps its copy. Whatever is written is written whole or not at all, the cursor with the rows (K1): a crash at
 * any point leaves a state that was once true. Calls come one after the other. What cannot be read, or was written by another
 * format, is as if there were nothing.
 */
export interface CopyStore {
  load(): Promise<Kept | null>
  /** Keeps this copy instead of whatever was there. */
  replace(copy: Copy, now: number): Promise<void>
  /**
   * Keeps what one delta changes. `copy` is the copy before the step. Where the store stands elsewhere, because another tab has
   * written to it, nothing is written: what is there is true too.
   */
  apply(copy: Copy, step: Step, now: number): Promise<void>
  /** Keeps only these rows, without a version. */
  reduce(rows: Rows, now: number): Promise<void>
  /** The server was heard of. */
  touch(now: number): Promise<void>
  /** Nothing is left. */
  wipe(): Promise<void>
  /** Lets go of what is open. */
  close(): Promise<void>
}

/** For programs that keep nothing, and for tests. */
export class MemoryStore implements CopyStore {
  #kept: Kept | null

  constructor(kept: Kept | null = null) {
    this.#kept = kept
  }

  async load(): Promise<Kept | null> {
    return this.#kept
  }

  async replace(copy: Copy, now: number): Promise<void> {
    const { cursor, sum } = copy
    this.#kept = { rows: rowsOf(copy), cursor, sum, reachedAt: now, seenAt: now }
  }

  async apply(copy: Copy, step: Step, now: number): Promise<void> {
    if (this.#kept?.cursor !== step.from) return
    const { departmentTypes, staffTypes, fields } = step.catalogue
    const rows = {
      departments: withStep(copy.departments, step.departments),
      staff: withStep(copy.staff, step.staff),
      departmentTypes,
      staffTypes,
      fields,
    }
    this.#kept = { rows, cursor: step.cursor, sum: step.sum, reachedAt: now, seenAt: now }
  }

  async reduce(rows: Rows, now: number): Promise<void> {
    this.#kept = { rows, cursor: null, sum: 0n, reachedAt: now, seenAt: now }
  }

  async touch(now: number): Promise<void> {
    if (this.#kept) this.#kept = { ...this.#kept, reachedAt: now, seenAt: now }
  }

  async wipe(): Promise<void> {
    this.#kept = null
  }

  async close(): Promise<void> {}
}

/** The rows of a copy as they are now. */
export function rowsOf({ departments, staff, departmentTypes, staffTypes, fields }: Rows): Rows {
  return { departments: new Map(departments), staff: new Map(staff), departmentTypes, staffTypes, fields }
}

function withStep<R>(rows: ReadonlyMap<string, R>, changes: ReadonlyMap<string, R | null>): Map<string, R> {
  const next = new Map(rows)
  for (const [id, row] of changes) {
    if (row === null) next.delete(id)
    else next.set(id, row)
  }
  return next
}

/** Whether a copy may still be opened (K2). */
export function isWithinLease({ reachedAt, seenAt }: Kept, now: number, leaseMs: number): boolean {
  return Math.max(now, seenAt) - reachedAt <= leaseMs
}
