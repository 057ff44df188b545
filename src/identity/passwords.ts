import type { State } from '../model/state.ts'

const MIN_CHARS = 8
/** Of 4, by the scale of zxcvbn: 2 and more take over a million guesses, which the slowing down of sign-ins keeps out. */
const LEAST_SCORE = 2
/** So much of a password is judged: 128 characters made for it would hold up everybody for a third of a second (T92). */
const JUDGED_CHARS = 32
/** Longer ones are refused before anybody has to hash them (T92). */
export const MAX_PASSWORD_CHARS = 128
export const MAX_PASSWORD_BYTES = 512

/**
 * Whether a password may be tried at all. An empty one is an unauthenticated bind, which LDAP lets succeed (RFC 4513, 5.1.2;
 * T61); servers written in C may take one that begins with NUL for empty.
 */
export function isUsablePassword(password: string): boolean {
  return (
    password !== '' &&
    !password.includes('\0') &&
    Array.from(password).length <= MAX_PASSWORD_CHARS &&
    Buffer.byteLength(password) <= MAX_PASSWORD_BYTES
  )
}

/** What is wrong with a password, for clients that say it in the language of whoever chooses it. */
export const PASSWORD_FAULTS = {
  TOO_SHORT: 'It has too few characters.',
  TOO_LONG: 'It has too many characters, or one that no password may have.',
  NAMES: 'It is made of names that others would try first: those of the person or the company.',
  GUESSABLE: 'It is a common one, or guessed too easily.',
  USED_BEFORE: 'The directory remembers that the person had it before.',
  DIRECTORY: 'The directory does not take it; the message has its reason.',
} as const

export type PasswordFault = keyof typeof PASSWORD_FAULTS

export interface Faulty {
  readonly fault: PasswordFault
  /** In words for whoever chooses it. */
  readonly message: string
}

/**
 * Why a password cannot be chosen; null: it can. `words`: what others would try first.
 * What the directory's own policy says comes on top of it.
 */
export async function faultOf(password: string, words: readonly string[]): Promise<Faulty | null> {
  if (Array.from(password).length < MIN_CHARS)
    return { fault: 'TOO_SHORT', message: `A password has at least ${MIN_CHARS} characters.` }
  if (!isUsablePassword(password))
    return {
      fault: 'TOO_LONG',
      message: `A password has at most ${MAX_PASSWORD_CHARS} characters, and none of them is NUL.`,
    }
  const { check } = await (checking ??= loadCheck())
  const parts = words.flatMap((word) => {
    const pieces = word.split(/[^\p{L}\p{N}]+/u)
    return [word, pieces.join(''), ...pieces]
  })
  const known = [...new Set(parts.map((part) => part.toLowerCase()).filter((part) => part.length > 1))]
  const { score, sequence } = check(password, known)
  if (score >= LEAST_SCORE) return null
  const isNamed = sequence.some((match) => 'dictionaryName' in match && match.dictionaryName === 'userInputs')
  const message =
    'This password is guessed too easily: it is a common one, or made of names. Take a longer one, for example four words.'
  return { fault: isNamed ? 'NAMES' : 'GUESSABLE', message }
}

/** What others would try first for somebody: how they and the company are called. */
export function guessedBy(state: State, staffId: string): string[] {
  const person = state.get('staff', staffId)
  const company = [...state.children(null)].flatMap((id) => state.get('department', id)?.name ?? [])
  const own = person
    ? [person.login, person.name, person.nickname ?? '', person.pinyin ?? '', ...person.email]
    : []
  return ['dolores', ...company, ...own]
}

interface Judged {
  readonly score: number
  readonly sequence: readonly object[]
}

type Check = (password: string, words: string[]) => Judged
let checking: Promise<{ readonly check: Check }> | null = null

/** The lists of common passwords take some 70 ms to load and 4 MB: for the first who chooses one. */
async function loadCheck(): Promise<{ readonly check: Check }> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ])
  const factory = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, maxLength: JUDGED_CHARS })
  return { check: (password, words) => factory.check(password, words) }
}
