import { randomFillSync } from 'node:crypto'

const ID_BYTES = 16
/** Random bytes of ids to come: to ask for them one id at a time takes as long as to find an answer. */
const pool = Buffer.alloc(256 * ID_BYTES)
let used = pool.length

/** 32 hex digits that nobody can guess, as one flat string: a socket keeps its id for long. */
export function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += ID_BYTES
  return pool.toString('hex', used - ID_BYTES, used)
}
