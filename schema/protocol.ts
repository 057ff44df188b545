/**
 * The number of the protocol that copies are kept by (schema/SYNC.md, W1). It counts up when clients of the number before
 * would get something wrong: a row of another form, a rule that asks more of them. What they may pass over does not count.
 */
export const PROTOCOL = 1

/** Clients of an older number are told to update. */
export const OLDEST_PROTOCOL = 1

/** The header, and without the name of the house the key of `connection_init`, in which a client says its number. */
export const PROTOCOL_HEADER = 'dolores-protocol'

/** Whether a client has said a number that is not served any more; who says none is no SDK of ours, and not judged. */
export function isTooOld(said: unknown): boolean {
  const number = typeof said === 'string' && /^\d{1,9}$/.test(said) ? Number(said) : said
  return typeof number === 'number' && number < OLDEST_PROTOCOL
}
