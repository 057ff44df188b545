import type { Database, Statement } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import { AppError } from '../errors.ts'

/** A file that is being imported stays as it is. */
const IS_FREE = `
  NOT EXISTS (SELECT FROM import_batch b WHERE b.upload_id = transfer_upload.id AND b.finished_at IS NULL)`

const CREATE: Statement = {
  name: 'upload_create',
  text: `
    INSERT INTO transfer_upload (id, actor_id, expires_at)
    SELECT $1, $2, clock_timestamp() + make_interval(hours => $3)
    WHERE (SELECT count(*) FROM transfer_upload WHERE actor_id = $2 AND expires_at > clock_timestamp()) < $4
    RETURNING id`,
}
/** The oldest ones make room, unless an import still needs them. */
const MAKE_ROOM: Statement = {
  name: 'upload_make_room',
  text: `
    WITH own AS (
      SELECT u.id, u.created_at,
        EXISTS (SELECT FROM import_batch b WHERE b.upload_id = u.id AND b.finished_at IS NULL) AS is_needed
      FROM transfer_upload u WHERE u.actor_id = $1
    )
    DELETE FROM transfer_upload WHERE id IN (
      SELECT id FROM (
        SELECT *, row_number() OVER (ORDER BY is_needed DESC, created_at DESC) AS n FROM own
      ) AS numbered WHERE n > $2 AND NOT is_needed
    )`,
}
const BY_ID: Statement = {
  name: 'upload_by_id',
  text: `SELECT size FROM transfer_upload WHERE id = $1 AND actor_id = $2 AND expires_at > clock_timestamp()`,
}
/** Only where it goes on exactly behind what is there. */
const GROW: Statement = {
  name: 'upload_grow',
  text: `
    UPDATE transfer_upload SET size = size + $4, expires_at = clock_timestamp() + make_interval(hours => $5)
    WHERE id = $1 AND actor_id = $2 AND size = $3 AND expires_at > clock_timestamp() AND ${IS_FREE} RETURNING id`,
}
const PUT: Statement = {
  name: 'upload_put',
  text: 'INSERT INTO transfer_part (upload_id, start, bytes) VALUES ($1, $2, $3)',
}
const PART: Statement = {
  name: 'upload_part',
  text: 'SELECT bytes FROM transfer_part WHERE upload_id = $1 AND start = $2',
}
const DELETE: Statement = {
  name: 'upload_delete',
  text: `DELETE FROM transfer_upload WHERE id = $1 AND actor_id = $2 AND ${IS_FREE} RETURNING id`,
}
const EXPIRE: Statement = {
  name: 'upload_expire',
  text: `DELETE FROM transfer_upload WHERE expires_at < clock_timestamp() AND ${IS_FREE}`,
}

/** How long an upload is kept after its last bytes, in hours. */
const KEPT_HOURS = 24
/** Of one person at a time. */
const MAX_UPLOADS = 10
/** Bytes that are written at a time. */
const PART_BYTES = 256 * 1024

export type Appended =
  | { readonly kind: 'appended'; readonly size: number }
  /** There is none of this person. */
  | { readonly kind: 'missing' }
  /** It goes on at `size`, and not where the bytes would begin. */
  | { readonly kind: 'elsewhere'; readonly size: number }
  /** It would be larger than may be; what came before that is kept. */
  | { readonly kind: 'tooLarge'; readonly limit: number }

/**
 * Files on their way in, kept in the database piece by piece, so that every instance has them; each belongs to whoever
 * brings it. Only one piece of a file is in memory at a time.
 */
export class Uploads {
  readonly #db: Database
  readonly #maxBytes: number

  constructor(db: Database, maxBytes: number) {
    this.#db = db
    this.#maxBytes = maxBytes
  }

  /** The oldest of the person's makes room for it; AppError RATE_LIMITED when all are being imported. */
  async create(id: string, actorId: string): Promise<void> {
    await reaching(() => this.#db.run(MAKE_ROOM, [actorId, MAX_UPLOADS - 1]))
    const made = await reaching(() => this.#db.run(CREATE, [id, actorId, KEPT_HOURS, MAX_UPLOADS]))
    if (made.length === 0)
      throw new AppError('RATE_LIMITED', `At most ${MAX_UPLOADS} files of one person are imported at a time.`)
  }

  /** Bytes that have arrived; null when there is none of this person. */
  async size(id: string, actorId: string): Promise<number | null> {
    const [row] = await reaching(() => this.#db.run<{ size: string }>(BY_ID, [id, actorId]))
    return row ? Number(row.size) : null
  }

  /** Appends what comes, as fast as the database takes it. What had come before a connection breaks is kept. */
  async append(
    id: string,
    actorId: string,
    offset: number,
    source: AsyncIterable<Uint8Array>,
  ): Promise<Appended> {
    const size = await this.size(id, actorId)
    if (size === null) return { kind: 'missing' }
    if (size !== offset) return { kind: 'elsewhere', size }
    let at = offset
    for await (const part of partsOf(source)) {
      if (at + part.length > this.#maxBytes) return { kind: 'tooLarge', limit: this.#maxBytes }
      if (!(await this.#put(id, actorId, at, part)))
        return { kind: 'elsewhere', size: (await this.size(id, actorId)) ?? 0 }
      at += part.length
    }
    return { kind: 'appended', size: at }
  }

  async delete(id: string, actorId: string): Promise<boolean> {
    return (await reaching(() => this.#db.run(DELETE, [id, actorId]))).length > 0
  }

  /** The bytes in their order. */
  async *bytes(id: string): AsyncGenerator<Uint8Array, void, undefined> {
    for (let start = 0; ;) {
      const [row] = await reaching(() => this.#db.run<{ bytes: Buffer }>(PART, [id, start]))
      if (!row) return
      yield row.bytes
      start += row.bytes.length
    }
  }

  /** All of a file at once; null when there is none of this person. Ask its size before: it may be as large as a file can be. */
  async whole(id: string, actorId: string): Promise<Buffer | null> {
    if ((await this.size(id, actorId)) === null) return null
    const parts: Uint8Array[] = []
    for await (const part of this.bytes(id)) parts.push(part)
    return Buffer.concat(parts)
  }

  async expire(): Promise<void> {
    await reaching(() => this.#db.run(EXPIRE, []))
  }

  async #put(id: string, actorId: string, start: number, bytes: Buffer): Promise<boolean> {
    return await reaching(() =>
      this.#db.transaction(async (tx) => {
        const grown = await tx.run(GROW, [id, actorId, start, bytes.length, KEPT_HOURS])
        if (grown.length === 0) return false
        await tx.run(PUT, [id, start, bytes])
        return true
      }),
    )
  }
}

/** Pieces of about PART_BYTES. When the source breaks off, what it gave is given before the error. */
async function* partsOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let chunks: Uint8Array[] = []
  let size = 0
  const take = () => {
    const part = Buffer.concat(chunks)
    chunks = []
    size = 0
    return part
  }
  try {
    for await (const chunk of source) {
      chunks.push(chunk)
      size += chunk.length
      if (size >= PART_BYTES) yield take()
    }
  } catch (error) {
    if (size > 0) yield take()
    throw error
  }
  if (size > 0) yield take()
}
