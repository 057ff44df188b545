/** A person at one of their devices: each has a session of its own. */
export interface SignedIn {
  readonly staffId: string
  readonly sessionId: string
  /** Who really asks, looking at the directory as `staffId` and reading only (T39); the session is theirs. */
  readonly actorId?: string
}
