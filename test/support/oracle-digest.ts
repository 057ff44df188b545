import { createHash } from 'node:crypto'

/** D8 from the text of the rule, sharing no code with src: revisions and digests of rows as the oracle sees them. */

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** JSON with members in the order of their names. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    v !== null && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  )
}

/** Of a row without its revision: 32 hex digits. */
export const oracleRevision = (projection: object) => sha256(plainJson(projection)).slice(0, 32)

/** Of rows with their revisions: 32 hex digits, zeros for none. */
export function oracleDigest(rows: Iterable<{ readonly id: string; readonly revision: string }>): string {
  let sum = 0n
  for (const { id, revision } of rows) sum += BigInt(`0x${sha256(`${id}\0${revision}`).slice(0, 32)}`)
  return (sum % (1n << 128n)).toString(16).padStart(32, '0')
}
