import { isScope, type Scope } from '../access/employ.ts'
import { InvalidInput } from '../edit/failures.ts'
import { normaliseText } from '../model/text.ts'

const MAX_NAME = 100
const MAX_DESCRIPTION = 200
/** Tokens end after so many days at most; what is never renewed is never looked at again. */
const MAX_DAYS = 366
/** Hours for which an old and a new token may both work, at most. */
const MAX_OVERLAP = 168

/** Throws InvalidInput, as all of these do. */
export function parseName(text: string): string {
  const name = normaliseText(text)
  if (name === '') throw InvalidInput.at('name', 'must not be empty')
  if (name.length > MAX_NAME) throw InvalidInput.at('name', `must have at most ${MAX_NAME} characters`)
  return name
}

export function parseDescription(text: string): string {
  if (text.length > MAX_DESCRIPTION)
    throw InvalidInput.at('description', `must have at most ${MAX_DESCRIPTION} characters`)
  return normaliseText(text)
}

/** Each once, in one order; to administer is to read as well. */
export function parseScopes(texts: readonly string[]): readonly Scope[] {
  if (!texts.every(isScope)) throw InvalidInput.at('scopes', 'must be of directory.read and directory.admin')
  return texts.includes('directory.admin') ? ['directory.read', 'directory.admin'] : ['directory.read']
}

export function parseDays(days: number): number {
  if (days < 1 || days > MAX_DAYS) throw InvalidInput.at('days', `must be 1 to ${MAX_DAYS} days`)
  return days
}

export function parseOverlap(hours: number): number {
  if (hours < 0 || hours > MAX_OVERLAP)
    throw InvalidInput.at('overlapHours', `must be 0 to ${MAX_OVERLAP} hours`)
  return hours
}
