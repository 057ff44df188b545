import type { CopyState, Rows, Step } from './copy.ts'
import { Copy } from './copy.ts'
import { digestText } from './digest.ts'
import type { Outline } from './outline.ts'

/** What is kept beside the rows. */
export interface Note {
  /** Which server and whom the copy belongs to: another one's is not opened. */
  readonly owner: string
  /** When the server was last heard, in milliseconds since the epoch. */
  readonly contactAt: number
  /** The latest time that was ever seen, by the same clock: setting it back does not make the lease longer (K2). */
  readonly seenAt: number
  /** How long after the contact the copy may be opened (K2). */
  readonly leaseSeconds: number
  /** The version of a purge that the server has not been told of yet (K2). */
  readonly purge: string | null
}

/** Somebody else has emptied the store, as a browser does when it is told to: `replace` makes it whole again. */
export class StoreEmptied extends Error {}

/** A copy as a store gives it back. */
export interface Stored extends Rows {
  readonly cursor: string
  /** That the rows had when they were written. */
  readonly digest: string
  readonly note: Note
}

/**
 * Keeps one copy. Each call is one transaction, and they come one after the other; a crash at any point leaves what was
 * there before or after one of them, rows and cursor together (K1). What was replaced or removed can be read nowhere any
 * more once a call has resolved (K2). A call that rejects leaves the store as it was, and nothing more is asked of it but
 * `clear` and `close`; after StoreEmptied also `replace`.
 */
export interface CopyStore {
  /**
   * Null when there is nothing, or nothing whole: what is damaged is deleted. A store that can tells of the outline as soon as
   * it has that, and again when people have come who were asked for.
   */
  load(tell?: (outline: Outline) => void): Promise<Stored | null>
  /** In place of all that is there. */
  replace(copy: CopyState, note: Note): Promise<void>
  /** Onto the copy at `step.from`; rejects when there is another. */
  write(step: Step, note: Note): Promise<void>
  /** Beside the copy that is there. */
  annotate(note: Note): Promise<void>
  clear(): Promise<void>
  /** Lets go of files and connections. */
  close(): Promise<void>
}

/** Keeps a copy for as long as the process lives. */
export function memoryStore(): CopyStore {
  let copy: Copy | null = null
  let kept: Note | null = null
  return {
    load: () => Promise.resolve(copy && kept ? storedOf(copy, kept) : null),
    async replace(state, note) {
      copy = new Copy(state)
      kept = note
    },
    async write(step, note) {
      if (!copy) throw new Error('there is no copy to write a step onto')
      copy.commit(step)
      kept = note
    },
    async annotate(note) {
      if (!copy) throw new Error('there is no copy to write a note beside')
      kept = note
    },
    async clear() {
      copy = kept = null
    },
    close: () => Promise.resolve(),
  }
}

function storedOf(copy: Copy, note: Note): Stored {
  const { cursor, digest, departmentTypes, staffTypes, fields } = copy
  const departments = new Map(copy.departments)
  return {
    cursor,
    digest,
    departmentTypes,
    staffTypes,
    fields,
    departments,
    staff: new Map(copy.staff),
    note,
  }
}

/** What stands beside the rows in a store that keeps them in buckets. */
export interface Head {
  readonly cursor: string
  readonly digest: string
  readonly departmentTypes: Rows['departmentTypes']
  readonly staffTypes: Rows['staffTypes']
  readonly fields: Rows['fields']
  readonly note: Note
}

export function headOf(copy: CopyState, note: Note): Head {
  const { cursor, departmentTypes, staffTypes, fields } = copy
  return { cursor, digest: digestText(copy.sum), departmentTypes, staffTypes, fields, note }
}

/** After a step; throws when it was planned on another copy. */
export function headAfter(head: Head | null, step: Step, note: Note): Head {
  if (head?.cursor !== step.from) throw new Error('the store holds another copy than the step was planned on')
  return { ...step.catalogue, cursor: step.cursor, digest: digestText(step.sum), note }
}
