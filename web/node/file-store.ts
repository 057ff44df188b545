import { open, readFile, rename, rm, stat, truncate } from 'node:fs/promises'
import type { DepartmentRow, StaffRow } from '../sdk/contract.ts'
import { catalogueOf, type Catalogue, type Copy, type Rows, type Step } from '../sdk/copy.ts'
import type { CopyStore, Kept } from '../sdk/store.ts'

/** Counts up when lines are written in another form: what an older version has kept is dropped. */
const FORMAT = 1
/** Steps may take as much room as the copy that they follow, and this much more, before all is written anew. */
const LEAST_BYTES = 1_000_000

/** The first line of a file. */
interface Head {
  readonly format: number
  readonly cursor: string | null
  readonly sum: string
  readonly catalogue: Catalogue
  readonly at: number
}

/** A line behind the rows: what one delta has changed, or only that the server was heard of. */
interface Tail {
  readonly step?: {
    readonly from: string
    readonly cursor: string
    readonly sum: string
    readonly departments: readonly (readonly [string, DepartmentRow | null])[]
    readonly staff: readonly (readonly [string, StaffRow | null])[]
    readonly catalogue: Catalogue
  }
  readonly at: number
}

type Line = { readonly department: DepartmentRow } | { readonly staff: StaffRow } | Tail | Head

/**
 * A copy in a file, for programs on Node: a line a row, then a line a step. A step is appended and written through to the disk;
 * a whole copy is written beside and put in place. What a crash has left of a last line does not count (K1).
 */
export class FileStore implements CopyStore {
  readonly #path: string
  /** Where the file stands as far as we know; null: we have not looked. */
  #at: { cursor: string | null; size: number; base: number } | null = null

  constructor(path: string) {
    this.#path = path
  }

  async load(): Promise<Kept | null> {
    const bytes = await readFile(this.#path).catch(() => null)
    this.#at = null
    if (!bytes) return null
    const read = parse(bytes.toString('utf8'))
    if (!read) return null
    const { kept, size, base } = read
    this.#at = { cursor: kept.cursor, size, base }
    return kept
  }

  async replace(copy: Copy, now: number): Promise<void> {
    await this.#write(copy, copy.cursor, copy.sum, now)
  }

  async reduce(rows: Rows, now: number): Promise<void> {
    await this.#write(rows, null, 0n, now)
  }

  async apply(copy: Copy, step: Step, now: number): Promise<void> {
    const at = await this.#here()
    if (at?.cursor !== step.from) return
    if (at.size - at.base > at.base + LEAST_BYTES) {
      await this.#write(copy, copy.cursor, copy.sum, now)
      return await this.apply(copy, step, now)
    }
    const { from, cursor, sum, catalogue } = step
    const changes = { departments: [...step.departments], staff: [...step.staff] }
    await this.#append({ step: { from, cursor, sum: String(sum), catalogue, ...changes }, at: now })
    if (this.#at) this.#at.cursor = cursor
  }

  async touch(now: number): Promise<void> {
    if (await this.#here()) await this.#append({ at: now })
  }

  async wipe(): Promise<void> {
    this.#at = null
    await rm(this.#path, { force: true })
    await rm(this.#aside, { force: true })
  }

  async close(): Promise<void> {}

  get #aside(): string {
    return `${this.#path}.new`
  }

  /** Null where somebody else has written since. */
  async #here(): Promise<{ cursor: string | null; size: number; base: number } | null> {
    if (!this.#at) await this.load()
    const found = await stat(this.#path).catch(() => null)
    if (!this.#at || !found || found.size < this.#at.size) return null
    if (found.size === this.#at.size) return this.#at
    // Longer: a torn line of ours, or whole ones of somebody else.
    const known = this.#at.cursor
    await this.load()
    return this.#at?.cursor === known ? this.#at : null
  }

  async #append(tail: Tail): Promise<void> {
    if (!this.#at) return
    const line = Buffer.from(`${JSON.stringify(tail)}\n`)
    await truncate(this.#path, this.#at.size)
    const file = await open(this.#path, 'a')
    try {
      await file.appendFile(line)
      await file.datasync()
    } finally {
      await file.close()
    }
    this.#at.size += line.length
  }

  async #write(rows: Rows, cursor: string | null, sum: bigint, now: number): Promise<void> {
    const file = await open(this.#aside, 'w')
    let size = 0
    try {
      let text = `${JSON.stringify({ format: FORMAT, cursor, sum: String(sum), catalogue: catalogueOf(rows), at: now } satisfies Head)}\n`
      const flush = async () => {
        size += Buffer.byteLength(text)
        await file.appendFile(text)
        text = ''
      }
      for (const department of rows.departments.values()) text += `${JSON.stringify({ department })}\n`
      for (const staff of rows.staff.values()) {
        text += `${JSON.stringify({ staff })}\n`
        if (text.length > LEAST_BYTES) await flush()
      }
      // The end of the rows: without it the file is not whole.
      text += `${JSON.stringify({ at: now } satisfies Tail)}\n`
      await flush()
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(this.#aside, this.#path)
    this.#at = { cursor, size, base: size }
  }
}

function parse(text: string): { kept: Kept; size: number; base: number } | null {
  const departments = new Map<string, DepartmentRow>()
  const staff = new Map<string, StaffRow>()
  let head: Head | null = null
  let [size, base] = [0, 0]
  for (let start = 0; ;) {
    const end = text.indexOf('\n', start)
    const line = end < 0 ? null : parseLine(text.slice(start, end))
    if (line === null) break
    const bytes = Buffer.byteLength(text.slice(start, end + 1))
    if (head === null) {
      head = headOf(line)
      if (!head) return null
    } else if ('department' in line) departments.set(line.department.id, line.department)
    else if ('staff' in line) staff.set(line.staff.id, line.staff)
    else {
      const { at } = line
      const step = 'step' in line ? line.step : undefined
      const now: Head = head
      if (step && step.from !== now.cursor) break
      if (step) {
        put(departments, step.departments)
        put(staff, step.staff)
      }
      const { cursor, sum, catalogue } = step ?? now
      head = { format: FORMAT, cursor, sum, catalogue, at }
      if (base === 0) base = size + bytes
    }
    size += bytes
    start = end + 1
  }
  if (!head || base === 0) return null
  const { cursor, sum, catalogue, at } = head
  return {
    kept: { rows: { ...catalogue, departments, staff }, cursor, sum: BigInt(sum), reachedAt: at, seenAt: at },
    size,
    base,
  }
}

function parseLine(text: string): Line | null {
  try {
    const line: unknown = JSON.parse(text)
    // We have written it ourselves; what was torn or is of another form is no line.
    return typeof line === 'object' && line !== null ? (line as Line) : null
  } catch {
    return null
  }
}

function headOf(line: Line): Head | null {
  return 'format' in line && line.format === FORMAT ? line : null
}

function put<R>(table: Map<string, R>, changes: readonly (readonly [string, R | null])[]): void {
  for (const [id, row] of changes) {
    if (row === null) table.delete(id)
    else table.set(id, row)
  }
}
