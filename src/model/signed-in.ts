/** A person at one of their devices: each has a session of its own. */
export interface SignedIn {
  readonly staffId: string
  readonly sessionId: string
}
