import { z } from 'zod'
import type { Delta, Resync, SnapshotPage } from '../../../web/sdk/contract.ts'
import { Copy, catalogueOf, type Rows } from '../../../web/sdk/copy.ts'
import { afterResync } from '../../../web/sdk/resync.ts'
import { DeltaStaging, SnapshotStaging, type WholeDelta } from '../../../web/sdk/staging.ts'
import { planStep } from '../../../web/sdk/step.ts'
import { operation } from '../device.ts'
import { PASSWORD } from './founding.ts'
import type { Happening, Journal } from './journal.ts'
import { Unreachable, type Ear, type Line } from './line.ts'
import { Violation } from './violation.ts'

type Named<N extends string, T> = T & { readonly __typename: N }
type Changes = Named<'Delta', Delta> | Named<'Resync', Resync>
type Page = Named<'SnapshotPage', SnapshotPage> | Named<'Resync', Resync>

/** What a device is in the middle of; all but the stored copy is lost in a crash. */
type Phase =
  | { readonly kind: 'offline' }
  | { readonly kind: 'loading'; readonly staging: SnapshotStaging; readonly after: string }
  | {
      readonly kind: 'catching up'
      readonly staging: DeltaStaging
      readonly next: string
      readonly compact: boolean
    }
  | { readonly kind: 'following'; readonly ear: Ear; readonly compact: boolean }

const OFFLINE: Phase = { kind: 'offline' }
const LOGIN =
  'mutation ($login: String!, $password: String!) { result: login(input: { login: $login, password: $password }) { __typename ... on Session { accessToken } } }'
const loginSchema = z.object({
  result: z.object({ __typename: z.string(), accessToken: z.string().optional() }),
})
const SNAPSHOT = operation('Snapshot')
const CHANGES_SINCE = operation('ChangesSince')
const CHANGES = operation('Changes')
const VIEWER =
  '{ viewer { staff { id login name nickname title mobile email manager { id name } } departments { id name type { id name } } roles { id name rules { id name departmentTypes { id name } staffTypes { id name } } } } }'

/** How a delta came. */
interface Manners {
  readonly compact: boolean
  readonly isPushed?: boolean
  readonly waitFor?: string | null
}

/** How a device asks: by which instance, how much at a time, and whether removals may be told as types. */
export interface Manner {
  readonly instance: number
  readonly first: number
  readonly compact: boolean
}

/**
 * A device that keeps a copy with the pure code of the SDK, through the public API alone. It does what it is told to do
 * and notes all that happens to it.
 */
export class Phone {
  readonly name: string
  readonly viewerId: string
  readonly #login: string
  readonly #line: Line
  readonly #journal: Journal
  #phase: Phase = OFFLINE
  #copy: Copy | null = null
  #last: WholeDelta | null = null

  constructor(o: { name: string; login: string; viewerId: string; line: Line; journal: Journal }) {
    this.name = o.name
    this.#login = o.login
    this.viewerId = o.viewerId
    this.#line = o.line
    this.#journal = o.journal
  }

  get phase(): Phase['kind'] {
    return this.#phase.kind
  }

  get copy(): Copy | null {
    return this.#copy
  }

  get cursor(): string | null {
    return this.#copy?.cursor ?? null
  }

  /** The next thing that a device does by itself: sign in, load, catch up page by page, or listen. */
  async goOn(manner: Manner, mayFollow = true): Promise<void> {
    const phase = this.#phase
    if (this.#line.token === '') return this.#signIn(manner)
    if (phase.kind === 'following') return this.hear()
    if (phase.kind === 'loading' || !this.#copy) return this.#load(manner)
    if (phase.kind === 'catching up' || !mayFollow) return this.#catchUp(manner)
    return this.#follow(manner, this.#copy.cursor)
  }

  /** Takes what has come; the next message if one comes in time. */
  async hear(patienceMs = 0): Promise<void> {
    const phase = this.#phase
    if (phase.kind !== 'following') return
    const { ear } = phase
    const message = await ear.next(patienceMs)
    if (message) return this.#take(ear, message, phase.compact)
    if (ear.closeCode === null) return
    if (ear.closeCode === 4401) return this.#ended()
    if (ear.closeCode >= 4000) throw new Violation('P2', `the socket was closed with ${ear.closeCode}`)
    this.#leave()
  }

  async hearAll(): Promise<void> {
    for (let phase = this.#phase; phase.kind === 'following' && phase.ear.waiting > 0; phase = this.#phase)
      await this.hear()
  }

  /** Pulls while pushes are under way (D9). */
  async askWhileFollowing(manner: Manner): Promise<void> {
    const phase = this.#phase
    if (phase.kind !== 'following' || !this.#copy) return
    await this.#catchUp(manner)
    if (this.#phase.kind === 'offline' && this.#copy) this.#phase = phase
    else phase.ear.tear()
  }

  /** The same delta once more (D7): it must change nothing. */
  hearTwice(): void {
    if (!this.#last || !this.#copy) return
    const plan = planStep(this.#copy, this.#last)
    if (plan.kind === 'step' && this.#last.from !== this.#last.to)
      throw new Violation('D7', 'a delta that was applied fits once more')
  }

  hearOutOfOrder(): void {
    if (this.#phase.kind === 'following') this.#phase.ear.swap()
  }

  /** Goes out of reach; the copy stays, and so does what it is in the middle of. */
  fallOff(): void {
    if (this.#phase.kind === 'following') this.#leave()
  }

  /** Comes back with what was stored and nothing else. */
  crash(): void {
    this.#leave()
    this.#last = null
    if (this.#copy) this.#copy = Copy.restore(this.#copy.cursor, rowsOf(this.#copy))
  }

  /** Asks, and goes out of reach before the answer is there: it is told, and lost. */
  async loseAnswer({ instance, first, compact }: Manner): Promise<void> {
    const phase = this.#phase
    if (!this.#copy || this.#line.token === '') return
    const version = phase.kind === 'catching up' ? phase.next : this.#copy.cursor
    await this.#ask(instance, CHANGES_SINCE, { version, first, compact })
  }

  /** Says that its copy is wrong, which it is not (D8). */
  async report({ instance }: Manner): Promise<void> {
    if (!this.#copy || this.#line.token === '') return
    const variables = { version: this.#copy.cursor, digest: 'f'.repeat(32) }
    this.#journal.report(this.viewerId, this.#copy.cursor)
    await this.#ask(instance, operation('ReportDigest'), variables)
  }

  async lookAtOneself({ instance }: Manner): Promise<void> {
    if (this.#line.token !== '') await this.#ask(instance, VIEWER, {})
  }

  /** Catches up to what another device has been told already (K3), in one page. */
  async waitForOthers({ instance, compact }: Manner): Promise<void> {
    const waitFor = this.#journal.newest
    if (this.#phase.kind !== 'offline' || !this.#copy || this.#line.token === '' || !waitFor) return
    const version = this.#copy.cursor
    const answer = await this.#ask(instance, CHANGES_SINCE, { version, first: 5000, compact, waitFor })
    if (answer) this.#takeChanges(changesOf(answer), { compact, since: version, waitFor })
  }

  close(): void {
    this.#leave()
  }

  async #signIn({ instance }: Manner): Promise<void> {
    const answer = await this.#ask(instance, LOGIN, { login: this.#login, password: PASSWORD })
    if (answer) this.#line.token = loginSchema.parse(answer).result.accessToken ?? ''
  }

  async #load({ instance, first }: Manner): Promise<void> {
    const phase: Phase =
      this.#phase.kind === 'loading'
        ? this.#phase
        : { kind: 'loading', staging: new SnapshotStaging(), after: '' }
    const after = phase.after === '' ? null : phase.after
    const answer = await this.#ask(instance, SNAPSHOT, { first, after })
    if (!answer) return
    const page = (answer as { snapshot: Page }).snapshot
    if (page.__typename === 'Resync') return this.#restart(page, after)
    const staged = phase.staging.add(page)
    switch (staged.kind) {
      case 'partial':
        this.#phase = { ...phase, after: staged.next }
        return
      case 'whole':
        this.#phase = OFFLINE
        this.#copy = staged.copy
        return this.#stored(staged.copy, null, { compact: false })
      case 'mixed':
        throw new Violation('S1', 'the pages of a snapshot are of several versions')
      case 'disagreement':
        throw new Violation('I4', `a snapshot at ${staged.version} adds up to ${staged.digest}`)
    }
  }

  async #catchUp({ instance, first, compact }: Manner): Promise<void> {
    if (!this.#copy) return
    const phase: Phase =
      this.#phase.kind === 'catching up'
        ? this.#phase
        : {
            kind: 'catching up',
            staging: new DeltaStaging(this.#copy.cursor),
            next: this.#copy.cursor,
            compact,
          }
    const asked = { version: phase.next, first, compact: phase.compact }
    const answer = await this.#ask(instance, CHANGES_SINCE, asked)
    if (answer) this.#takeChanges(changesOf(answer), { compact: phase.compact, since: phase.next, phase })
  }

  async #follow({ instance, compact }: Manner, since: string): Promise<void> {
    try {
      const ear = await this.#line.open(instance)
      ear.send({ id: '1', type: 'subscribe', payload: { query: CHANGES, variables: { since, compact } } })
      this.#phase = { kind: 'following', ear, compact }
      await this.hear(5000)
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error
      this.#leave()
      if (error.closeCode === 4401) this.#ended()
    }
  }

  #take(ear: Ear, message: { type: string; payload?: unknown }, compact: boolean): void {
    switch (message.type) {
      case 'next': {
        const { data, errors } = message.payload as { data?: { changes: Changes }; errors?: unknown }
        if (!data) throw new Violation('P2', `an error in the stream: ${JSON.stringify(errors)}`)
        return this.#takeChanges(data.changes, { compact, since: this.cursor ?? '', isPushed: true })
      }
      case 'error':
        if (!JSON.stringify(message.payload).includes('UNAVAILABLE'))
          throw new Violation('P2', `the subscription was refused: ${JSON.stringify(message.payload)}`)
        return this.#leave()
      case 'complete':
        return this.#leave()
      case 'ping':
        return ear.send({ type: 'pong' })
    }
  }

  #takeChanges(
    changes: Changes,
    o: {
      compact: boolean
      since: string
      phase?: Extract<Phase, { kind: 'catching up' }>
      waitFor?: string
      isPushed?: boolean
    },
  ): void {
    const copy = this.#copy
    if (!copy) return
    if (changes.__typename === 'Resync')
      return this.#restart(changes, o.since === copy.cursor ? null : o.since)
    const staging = o.phase?.staging ?? new DeltaStaging(changes.from)
    const staged = staging.add(changes)
    switch (staged.kind) {
      case 'partial':
        if (o.phase) this.#phase = { ...o.phase, next: staged.next }
        return
      case 'gap':
        throw new Violation('D7', `asked from ${o.since}, answered from ${changes.from}`)
      case 'whole':
        if (o.phase) this.#phase = OFFLINE
        return this.#apply(copy, staged.delta, o)
    }
  }

  #apply(copy: Copy, delta: WholeDelta, o: Manners): void {
    const plan = planStep(copy, delta)
    switch (plan.kind) {
      case 'step':
        copy.commit(plan.step)
        this.#last = delta
        return this.#stored(copy, delta, o)
      case 'known':
        return
      case 'gap':
        // Pushed while it had asked, or heard in another order: it comes back by query.
        return this.#leave()
      case 'unfit':
        throw new Violation('D2', `${this.name}: the change of ${plan.id} does not fit the copy`)
      case 'disagreement':
        throw new Violation('I4', `${this.name}: the copy adds up to ${plan.digest}, not ${delta.digest}`)
    }
  }

  /** Deletes at once what the server does not vouch for (R2), and begins anew. */
  #restart(resync: Resync, paging: string | null): void {
    const copy = this.#copy
    const left = copy && afterResync(rowsOf(copy), resync)
    const cursor = copy?.cursor ?? null
    const reported = this.#journal.hasReported(this.viewerId, cursor)
    this.#leave()
    this.#copy = null
    this.#note({ kind: 'resynced', resync, cursor, paging, reported, left })
  }

  #stored(
    copy: Copy,
    delta: WholeDelta | null,
    { compact, isPushed = false, waitFor: waitedFor = null }: Manners,
  ): void {
    const { cursor, digest } = copy
    this.#note({ kind: 'stored', rows: rowsOf(copy), cursor, digest, delta, compact, isPushed, waitedFor })
  }

  #ended(): void {
    this.#leave()
    this.#line.token = ''
    this.#copy = null
    this.#note({ kind: 'ended' })
  }

  #leave(): void {
    if (this.#phase.kind === 'following') this.#phase.ear.tear()
    this.#phase = OFFLINE
  }

  #note(happening: Happening): void {
    this.#journal.add({ device: this.name, viewerId: this.viewerId, happening })
  }

  /** The data of an answer; null when there is none to be had now. */
  async #ask(instance: number, query: string, variables: Record<string, unknown>): Promise<unknown> {
    try {
      const { data, errors } = await this.#line.ask(instance, query, variables)
      if (errors.length === 0) return data
      if (errors.includes('UNAUTHENTICATED')) this.#ended()
      else if (!errors.includes('UNAVAILABLE'))
        throw new Violation('contract', `unexpected errors: ${errors.join()}`)
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error
    }
    return null
  }
}

const changesOf = (data: unknown) => (data as { changesSince: Changes }).changesSince

const rowsOf = (copy: Copy): Rows => ({
  ...catalogueOf(copy),
  departments: new Map(copy.departments),
  staff: new Map(copy.staff),
})
