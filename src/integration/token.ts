import { createHmac } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * Tokens of integrations: `dlr_`, twelve letters by which one is known, `_`, 32 random ones that prove it, and six that check
 * all before them (CRC-32). All are of base 62, so that a double click takes the whole; and whoever scans texts for secrets
 * finds them by the pattern and the sum, without asking us.
 */
const PATTERN = /^(dlr_[0-9A-Za-z]{12})_[0-9A-Za-z]{38}$/
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BASE = BigInt(ALPHABET.length)
const PREFIX_LETTERS = 12
const SECRET_LETTERS = 32
const SUM_LETTERS = 6

/** The token of a seed: whoever has the seed alone cannot tell it. */
export function tokenOf(key: Buffer, seed: string): string {
  const digest = createHmac('sha512', key).update(`token ${seed}`).digest('hex')
  const letters = lettersOf(BigInt(`0x${digest}`), PREFIX_LETTERS + SECRET_LETTERS)
  const body = `dlr_${letters.slice(0, PREFIX_LETTERS)}_${letters.slice(PREFIX_LETTERS)}`
  return body + sumOf(body)
}

/** Whether a text claims to be one: whatever else it is, it is no access token of a session. */
export function looksLikeToken(text: string): boolean {
  return text.startsWith('dlr_')
}

/** What a token is known by, and all that is ever shown of it again; null for what cannot be one. */
export function prefixOf(text: string): string | null {
  const [, prefix = null] = PATTERN.exec(text) ?? []
  return text.endsWith(sumOf(text.slice(0, -SUM_LETTERS))) ? prefix : null
}

/** What is stored of a token; with another TOKEN_SECRET no token has this hash. */
export function hashOf(key: Buffer, token: string): Buffer {
  return createHmac('sha256', key).update(`hash ${token}`).digest()
}

function sumOf(text: string): string {
  return lettersOf(BigInt(crc32(text)), SUM_LETTERS)
}

/** The lowest digits of a number, the highest of them first. */
function lettersOf(number: bigint, count: number): string {
  let letters = ''
  for (let rest = number; letters.length < count; rest /= BASE) {
    letters = (ALPHABET[Number(rest % BASE)] ?? '') + letters
  }
  return letters
}
