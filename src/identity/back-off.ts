/**
 * How long a sign-in has to wait after failures (T90). Nothing is ever locked: delays grow, end, and are forgotten, so that
 * nobody can lock out a chosen person. Pure; all times are milliseconds since the epoch.
 */
export interface BackOffRule {
  /** Failures that cost nothing. */
  readonly free: number
  /** The delay after the first failure that costs; it doubles with each further one. */
  readonly firstMs: number
  readonly maxMs: number
}

export interface Attempts {
  readonly failures: number
  /** When the last failure stops to count as a block; the time of that failure itself when it was free. */
  readonly blockedUntil: number
}

/** One account from one address: guessing one person's password from one place. */
export const PAIR_RULE: BackOffRule = { free: 5, firstMs: 1000, maxMs: 15 * 60_000 }
/** The same where the person has signed in before: at most a minute, and the only rule that holds there. */
export const KNOWN_RULE: BackOffRule = { ...PAIR_RULE, maxMs: 60_000 }
/** One account from anywhere: at most a minute, and not for addresses where the person has signed in before. */
export const ACCOUNT_RULE: BackOffRule = { free: 20, firstMs: 1000, maxMs: 60_000 }
/** One address for any account: a whole office may stand behind one. */
export const ADDRESS_RULE: BackOffRule = { free: 50, firstMs: 1000, maxMs: 15 * 60_000 }

/** Failures are forgotten after this time without a new one. */
export const FORGET_MS = 30 * 60_000

/** Milliseconds that are left of a block; 0 when there is none. */
export function remainingBlock(attempts: Attempts | undefined, now: number): number {
  return attempts ? Math.max(0, attempts.blockedUntil - now) : 0
}

/** Counts a failure. It is counted before the password is checked, so that parallel guesses gain nothing. */
export function countFailure(attempts: Attempts | undefined, rule: BackOffRule, now: number): Attempts {
  const remembered = attempts && now - attempts.blockedUntil < FORGET_MS ? attempts.failures : 0
  const failures = remembered + 1
  const paid = failures - rule.free
  const delay = paid <= 0 ? 0 : Math.min(rule.firstMs * 2 ** Math.min(paid - 1, 30), rule.maxMs)
  return { failures, blockedUntil: now + delay }
}

/** Takes one failure back, when it turned out to be none. */
export function forgive(attempts: Attempts, now: number): Attempts {
  return { failures: Math.max(0, attempts.failures - 1), blockedUntil: Math.min(attempts.blockedUntil, now) }
}

/** Who shares the fate of an address: an IPv4 address alone, for IPv6 the /64 of a household or office. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((g) => g.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
