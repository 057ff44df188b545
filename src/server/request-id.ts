import { randomBytes } from 'node:crypto'

const ID_LENGTH = 32
/** How many ids are drawn at once: to ask for random bytes one id at a time takes as long as to find an answer. */
const POOL = 256

let pool = ''
let used = 0

/** 32 hex digits that nobody can guess. It keeps 8 kB in memory with 255 others: whoever holds it for long takes `flat` of it. */
export function newRequestId(): string {
  if (used === pool.length) {
    pool = randomBytes((POOL * ID_LENGTH) / 2).toString('hex')
    used = 0
  }
  used += ID_LENGTH
  return pool.slice(used - ID_LENGTH, used)
}

/** The same text by itself. */
export function flat(id: string): string {
  return Buffer.from(id, 'latin1').toString('latin1')
}
