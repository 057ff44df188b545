import { Administration } from '../src/access/administration.ts'
import { Authority } from '../src/access/authority.ts'
import type { View } from '../src/access/view.ts'
import type { Audits } from '../src/audit/audits.ts'
import { viaOf, type Whence } from '../src/audit/record.ts'
import type { Edit } from '../src/edit/edit.ts'
import type { Circumstances } from '../src/edit/record.ts'
import type { AccountAnswer, Invited, LookingAs } from '../src/identity/accounts.ts'
import type {
  InvalidCredentials,
  InvalidInvitation,
  PasswordRefused,
  TooManyAttempts,
} from '../src/identity/failures.ts'
import type { Photo } from '../src/picture/photo.ts'
import type { SignedIn } from '../src/model/signed-in.ts'
import type { State } from '../src/model/state.ts'
import type { Effect } from '../src/sync/effect.ts'
import type { SearchHit } from '../src/search/search.ts'
import type { AdminNews } from '../src/push/admin-news.ts'
import type { Search } from '../src/sync/finder.ts'
import type { Conversations } from '../src/messaging/conversations.ts'
import type { Courier } from '../src/messaging/courier.ts'
import type { Imports } from '../src/transfer/imports.ts'
import type { Uploads } from '../src/transfer/uploads.ts'
import type { ChangesResult, SnapshotResult } from '../src/sync/results.ts'
import type { Integrations } from '../src/integration/integrations.ts'
import { mayAdminister } from '../src/model/signed-in.ts'
import type { Days } from '../src/vitals/days.ts'
import type { Vitals } from '../src/vitals/vitals.ts'
import type { Webhooks } from '../src/webhook/webhooks.ts'
import type { Cleared } from './cleared.ts'
import type { PageCursors } from './paging.ts'

/** Where a request came from: for back-off and for the list of sessions. */
export interface Origin {
  readonly address: string
  readonly userAgent: string | null
}

/** What a login or a refresh gives. */
export interface IssuedSession extends SignedIn {
  readonly accessToken: string
  readonly refreshToken: string
  /** When the access token ends. */
  readonly expiresAt: Date
}

export type LoginOutcome = IssuedSession | InvalidCredentials | TooManyAttempts

/** A session as its owner sees it in the list. */
export interface SessionRecord {
  readonly id: string
  readonly createdAt: Date
  readonly lastUsedAt: Date
  readonly expiresAt: Date
  readonly address: string
  readonly userAgent: string | null
}

/** The part of src/identity that the schema asks. Expected failures are thrown or returned as InvalidCredentials or TooManyAttempts. */
export interface IdentityAnswers {
  login(login: string, password: string, origin: Origin): Promise<LoginOutcome>
  refresh(refreshToken: string, origin: Origin): Promise<LoginOutcome>
  logout(sessionId: string): Promise<boolean>
  sessions(staffId: string): Promise<readonly SessionRecord[]>
  /** False when the person has no such session. */
  revoke(staffId: string, sessionId: string): Promise<boolean>
}

/** The part of src/sync that the schema asks. */
export interface SyncAnswers {
  /** The person's view at the head of this instance; null: of nobody. */
  view(staffId: string | null): View
  changesSince(by: SignedIn, version: string, first: number, compact: boolean): Promise<ChangesResult>
  snapshot(staffId: string, first: number, after: string | null): Promise<SnapshotResult>
  search(staffId: string, search: Search): Promise<SearchHit[]>
  /** K3: at most 5 s, then UNAVAILABLE; malformed: BAD_USER_INPUT. */
  waitFor(version: string): Promise<void>
  /** Whether the version is one of ours. */
  reportDigest(by: SignedIn, version: string, digest: string): boolean
}

/** What has become of an edit. */
export interface EditAnswer {
  /** Id of what was made or changed. */
  readonly subjectId: string
  /** Contains the edit; null when the log is late: it is made, and must not be asked again (L1). */
  readonly version: string | null
}

/** Who edits, and what the audit log says of that. */
export interface Editing extends SignedIn, Circumstances {}

/** The part of src/edit that the schema asks. Expected failures are thrown as EditFailure. */
export interface EditAnswers {
  run(by: Editing, edit: Edit, idempotencyKey: string | null): Promise<EditAnswer>
  /** What an edit would mean for what people see; nothing is written. Throws as `run` does. */
  preview(by: SignedIn, edit: Edit): Promise<Effect>
  /** Whether an edit could be made; nothing is written. Throws as `run` does. */
  check(by: SignedIn, edit: Edit): Promise<void>
}

/** The part of src/identity about accounts that the schema asks. */
export interface AccountAnswers {
  invite(
    authority: Authority,
    staffId: string,
    from: Whence,
    key: string | null,
  ): Promise<AccountAnswer<Invited>>
  /** Null without the ability. */
  sessions(authority: Authority, staffId: string): Promise<readonly SessionRecord[] | null>
  /** `sessionId` null: all of them. */
  endSessions(
    authority: Authority,
    staffId: string,
    sessionId: string | null,
    from: Whence,
    key: string | null,
  ): Promise<AccountAnswer<number>>
  viewAs(authority: Authority, by: SignedIn, staffId: string, from: Whence): Promise<AccountAnswer<LookingAs>>
  accept(
    token: string,
    password: string,
    origin: Origin,
  ): Promise<IssuedSession | InvalidInvitation | PasswordRefused>
  change(
    by: SignedIn,
    current: string,
    next: string,
    origin: Origin,
  ): Promise<true | InvalidCredentials | TooManyAttempts | PasswordRefused>
}

/** The part of src/picture that the schema asks. */
export interface PhotoMaker {
  /** A photo to keep. Rejects with UnusablePhoto, and with TooManyPictures. */
  make(bytes: Buffer): Promise<Photo>
}

/** The part of src/transfer that the schema asks. Expected failures are thrown as EditFailure. */
export type ImportAnswers = Pick<
  Imports,
  | 'start'
  | 'peek'
  | 'fields'
  | 'previewUndo'
  | 'find'
  | 'recent'
  | 'cancel'
  | 'undo'
  | 'rows'
  | 'kept'
  | 'progress'
>

/** The part of src/webhook that the schema asks. Expected failures are thrown as EditFailure. */
export type WebhookAnswers = Pick<
  Webhooks,
  'all' | 'byId' | 'deliveries' | 'create' | 'update' | 'rotateSecret' | 'redeliver' | 'test' | 'delete'
>

/** The part of src/integration that the schema asks. Expected failures are thrown as EditFailure. */
export type IntegrationAnswers = Pick<
  Integrations,
  'all' | 'byId' | 'stateOf' | 'create' | 'update' | 'delete' | 'issue' | 'rotate' | 'revoke'
>

/** The part of src/messaging that the schema asks. Expected failures are thrown. */
export type ConversationAnswers = Pick<
  Conversations,
  | 'all'
  | 'one'
  | 'before'
  | 'after'
  | 'search'
  | 'placeAt'
  | 'open'
  | 'createGroup'
  | 'updateGroup'
  | 'leave'
  | 'send'
  | 'recall'
  | 'mark'
>

/** What lives as long as the server. */
export interface Services {
  readonly sync: SyncAnswers
  readonly identity: IdentityAnswers
  readonly pages: PageCursors
  readonly edits: EditAnswers
  readonly accounts: AccountAnswers
  readonly photos: PhotoMaker
  readonly audits: Pick<Audits, 'page'>
  readonly imports: ImportAnswers
  readonly uploads: Pick<Uploads, 'size' | 'whole'>
  readonly webhooks: WebhookAnswers
  readonly integrations: IntegrationAnswers
  readonly vitals: Pick<Vitals, 'house'>
  readonly days: Pick<Days, 'of'>
  readonly conversations: ConversationAnswers
  readonly courier: Pick<Courier, 'open'>
  readonly adminNews: Pick<AdminNews, 'open'>
  /** Writes to the audit log that a device has purged what was revoked (K2); false when the version is not one of ours. */
  readonly acknowledgePurge: (by: SignedIn, version: string, from: Whence) => Promise<boolean>
  /** How long a device may open its copy without having reached the server (K2). */
  readonly copyLeaseSeconds: number
}

/**
 * Who a request speaks for and what they see. The view is the one of the head at the moment it is asked for: memoised
 * while the state stands still, so that the edges of one answer share it, and never older than a `waitFor`.
 */
export class Caller {
  readonly #sync: SyncAnswers
  #signedIn: SignedIn | null
  #memo: { view: View; generation: number } | null = null
  #administration: { answers: Administration; generation: number } | null = null

  constructor(sync: SyncAnswers, signedIn: SignedIn | null) {
    this.#sync = sync
    this.#signedIn = signedIn
  }

  /** Null for anonymous callers. */
  get signedIn(): SignedIn | null {
    return this.#signedIn
  }

  get view(): View {
    if (this.#memo?.view.state.generation !== this.#memo?.generation) this.#memo = null
    if (!this.#memo) {
      const view = this.#sync.view(this.#signedIn?.staffId ?? null)
      this.#memo = { view, generation: view.state.generation }
    }
    return this.#memo.view
  }

  get state(): State {
    return this.view.state
  }

  /** What the caller administers (V10), over the state of their view. */
  get administration(): Administration {
    const { state } = this
    if (
      this.#administration?.answers.authority.state !== state ||
      this.#administration.generation !== state.generation
    ) {
      const signedIn = this.#signedIn
      // A token that is for reading has no abilities, whatever its account has (T97).
      const authority = new Authority(state, signedIn && mayAdminister(signedIn) ? signedIn.staffId : '')
      this.#administration = { answers: new Administration(authority), generation: state.generation }
    }
    return this.#administration.answers
  }

  /** One more answer of a subscription begins: they see what they may see now (T49), whatever state it was until then. */
  again(): void {
    this.#memo = null
  }

  /** From here on the operation speaks for somebody else: who has just logged in sees with their own eyes. */
  signIn(signedIn: SignedIn): void {
    this.#signedIn = signedIn
    this.#memo = null
    this.#administration = null
  }

  /**
   * Asks the view once this instance has reached `version` (K3). Anonymous callers see nothing and do not wait. The
   * question is asked in the same turn in which the view is taken: no change of grants can slip between.
   */
  async ask<T>(version: string | null | undefined, question: (view: View) => T | Promise<T>): Promise<T> {
    await this.reach(version)
    return question(this.view)
  }

  /** Settles once this instance has reached `version` (K3); null when there is nothing to wait for. */
  reach(version: string | null | undefined): Promise<void> | null {
    if (version == null || !this.#signedIn) return null
    return this.#sync.waitFor(version).then(() => {
      this.#memo = null
    })
  }
}

/** One request. */
export interface Context extends Services {
  readonly caller: Caller
  readonly origin: Origin
  readonly requestId: string
  /** Called when the root field may be resolved, with how to do that for others who ask the same. */
  readonly onCleared?: (cleared: Cleared) => void
}

export interface SignedInContext extends Context {
  readonly caller: Caller & { readonly signedIn: SignedIn }
}

export interface RequestFacts {
  readonly signedIn: SignedIn | null
  readonly origin: Origin
  readonly requestId: string
}

export function createContext(services: Services, { signedIn, origin, requestId }: RequestFacts): Context {
  const { sync, identity, pages, edits, accounts, photos, audits, imports, webhooks, integrations } = services
  const { conversations, courier, adminNews } = services
  const { uploads, vitals, days } = services
  const { acknowledgePurge, copyLeaseSeconds } = services
  // By name: to spread the services would take 11 us, a quarter of a whole answer.
  return {
    sync,
    identity,
    pages,
    edits,
    accounts,
    photos,
    audits,
    imports,
    webhooks,
    integrations,
    uploads,
    vitals,
    days,
    conversations,
    courier,
    adminNews,
    acknowledgePurge,
    copyLeaseSeconds,
    caller: new Caller(sync, signedIn),
    origin,
    requestId,
  }
}

/** The caller as the audit log names them. */
export function editingOf({ caller, origin, requestId }: SignedInContext, batchId: string | null): Editing {
  return { ...caller.signedIn, from: fromOf({ origin, requestId, caller }), onBehalfOf: null, batchId }
}

/** From where a request came, for the audit log. */
export function fromOf({
  origin,
  requestId,
  caller,
}: Pick<Context, 'origin' | 'requestId' | 'caller'>): Whence {
  const via = viaOf(caller.signedIn)
  return { ...origin, requestId, ...(via ? { via } : {}) }
}
