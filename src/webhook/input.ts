import { InvalidInput } from '../edit/failures.ts'
import { normaliseText } from '../model/text.ts'

const MAX_URL = 2000
const MAX_DESCRIPTION = 200

/** An address to send to; whether it is one that may be sent to is decided when it is. Throws InvalidInput. */
export function parseUrl(text: string, isPlainAllowed: boolean): string {
  const problem = (message: string) => InvalidInput.at('url', message)
  if (text.length > MAX_URL) throw problem(`must have at most ${MAX_URL} characters`)
  if (!URL.canParse(text)) throw problem('must be an address such as https://example.com/hook')
  const url = new URL(text)
  if (url.protocol === 'http:' && !isPlainAllowed)
    throw problem(
      'must begin with https://: http is for networks that the operator has allowed (WEBHOOK_NETWORKS)',
    )
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw problem('must begin with https://')
  if (url.username !== '' || url.password !== '') throw problem('must hold no user name and no password')
  url.hash = ''
  return url.href
}

/** Throws InvalidInput. */
export function parseDescription(text: string): string {
  if (text.length > MAX_DESCRIPTION)
    throw InvalidInput.at('description', `must have at most ${MAX_DESCRIPTION} characters`)
  return normaliseText(text)
}

/** The number of a delivery; null for what is none. */
export function parseNumber(text: string): bigint | null {
  return /^\d{1,18}$/.test(text) ? BigInt(text) : null
}
