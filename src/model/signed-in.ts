/** The integration that asks with a token of its own, as the account that it is for (T97). */
export interface ByIntegration {
  readonly id: string
  readonly name: string
  /** The person to whom the token was shown: what is done with it is done on their behalf. */
  readonly ownerId: string
  /** Whether it may administer, as far as the abilities of the account go; else it reads. */
  readonly isAdministering: boolean
}

/** A person at one of their devices: each has a session of its own. */
export interface SignedIn {
  readonly staffId: string
  readonly sessionId: string
  /** Who really asks, looking at the directory as `staffId` and reading only (T39); the session is theirs. */
  readonly actorId?: string
  /** Absent: it is a person. Else the session is the token. */
  readonly integration?: ByIntegration
}

/** Whether somebody may do what is for people themselves: accounts, secrets, integrations. */
export function isPerson({ actorId, integration }: SignedIn): boolean {
  return actorId === undefined && integration === undefined
}

/** Whether somebody may use what abilities their account has. */
export function mayAdminister({ actorId, integration }: SignedIn): boolean {
  return actorId === undefined && (integration === undefined || integration.isAdministering)
}
