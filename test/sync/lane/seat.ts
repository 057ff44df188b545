import { randomUUID } from 'node:crypto'
import type { SignedIn } from '../../../src/model/signed-in.ts'
import type { Frame } from '../../../src/push/subscriber.ts'
import { Follower } from '../../support/follower.ts'
import { Device, type Crash, type Made } from './device.ts'
import type { Answer, Outcome } from './events.ts'
import { expectedOutcomes } from './expected.ts'
import type { SeatPlan } from './history.ts'
import { look } from './invariants.ts'
import type { Moment } from './past.ts'
import { Violation } from './violation.ts'
import type { Instance, World } from './world.ts'

/** Remembers from which state of its instance each message came. */
class Witness extends Follower {
  readonly moments: Moment[] = []
  readonly #today: () => Moment

  constructor(today: () => Moment, ...follower: ConstructorParameters<typeof Follower>) {
    super(...follower)
    this.#today = today
  }

  override write(frame: Frame): boolean {
    this.moments.push(this.#today())
    return super.write(frame)
  }
}

interface Following {
  readonly follower: Witness
  readonly instance: Instance
  /** How often history had been replaced under the instance when it was joined. */
  readonly replaced: number
  /** What has arrived, and the state of the instance when it did. */
  readonly messages: { readonly answer: Answer; readonly today: Moment }[]
  /** The last version that it was told. */
  told: string
  /** Nothing was lost, swapped or overtaken: every message must fit. */
  isOrderly: boolean
}

/** A device at an instance, watched: whatever it is told and whatever it stores is held against the invariants. */
export class Seat {
  readonly device: Device
  readonly first: number
  instance: Instance
  readonly #world: World
  readonly #sessionId = randomUUID()
  #following: Following | null = null
  /** Whose cursor it has, where it is not its own. */
  #lender: string | null = null
  #isDamaged = false

  constructor(world: World, { person, compact, first, instance }: SeatPlan) {
    this.#world = world
    this.device = new Device(world.person(person), compact)
    this.first = first
    this.instance = world.instance(instance)
  }

  get personId(): string {
    return this.device.personId
  }

  get #by(): SignedIn {
    return { staffId: this.personId, sessionId: this.#sessionId }
  }

  /** Whether all that was pushed must have brought it up to date. */
  get isFollowing(): boolean {
    return this.#following?.isOrderly === true && !this.#following.follower.isOver && !this.#isDamaged
  }

  /** Asks for the next page; true when nothing more belongs to it. */
  async page(crash: Crash = 'never'): Promise<Made> {
    const { sync } = this.instance
    const question = this.device.ask()
    const token = question.kind === 'snapshot' ? question.after : question.version
    const result =
      question.kind === 'snapshot'
        ? await sync.snapshot(this.personId, this.first, question.after)
        : await sync.changesSince(this.#by, question.version, this.first, this.device.compact)
    const bytes = JSON.stringify(result)
    const answer: Answer = JSON.parse(bytes)
    this.#told(bytes, answer, token, this.#lender ?? this.personId)
    const made = this.device.answer(answer, crash)
    if (made.kind !== 'staged') this.#overtake()
    if (made.kind === 'gap' && this.#lender === null) throw new Violation('D7', 'an answer starts elsewhere')
    if (made.kind !== 'staged') this.#lender = null
    this.#seen(made, crash, this.#world.today(this.instance))
    return made
  }

  /** Asks until the answer is whole. */
  async pull(crash: Crash = 'never'): Promise<Made> {
    for (let pages = 0; pages < 500; pages++) {
      const made = await this.page(crash)
      if (made.kind !== 'staged') return made
    }
    throw new Violation('D10', 'an answer without end')
  }

  async follow(): Promise<void> {
    const { cursor } = this.device
    if (cursor === null || this.#following) return
    const { instance } = this
    const today = () => this.#world.today(instance)
    const follower = new Witness(today, this.#by, cursor, this.device.compact)
    this.#following = {
      follower,
      instance,
      replaced: instance.replaced,
      messages: [],
      told: cursor,
      isOrderly: true,
    }
    await follower.join(instance.hub)
    await this.#world.push(instance)
    this.#arrived(cursor)
  }

  leave(): void {
    this.#following?.follower.leave()
    this.#following = null
  }

  /** Takes note of what was pushed: the bytes have reached the device, which may read them whenever it likes. */
  arrived(instance: Instance): void {
    if (this.#following?.instance === instance) this.#arrived(null)
  }

  receive(how: 'next' | 'twice' | 'late' | 'lost', crash: Crash): void {
    const following = this.#following
    const [message, second] = following?.messages ?? []
    if (!following || !message) return
    if (how === 'late' && second) {
      following.messages.splice(0, 2, second, message)
      following.isOrderly = false
    }
    const [next] = following.messages.splice(0, 1)
    if (!next) return
    if (how === 'lost') following.isOrderly = false
    else this.#take(next, crash)
    if (how === 'twice' && crash === 'never') this.#take(next, 'never')
  }

  /** Reads everything that has arrived. */
  receiveAll(): void {
    while (this.#following && this.#following.messages.length > 0) this.receive('next', 'never')
  }

  restart(): void {
    this.device.restart()
    this.#lender = null
    this.leave()
  }

  damage(row: number): void {
    this.device.store.damage(row)
    this.#isDamaged = true
    this.restart()
  }

  borrow(other: Seat): void {
    const { cursor } = other.device
    if (cursor === null || this.device.held.kind !== 'copy') return
    this.device.borrow(cursor)
    this.#lender = other.personId
  }

  #take({ answer, today }: Following['messages'][number], crash: Crash): void {
    const following = this.#following
    const made = this.device.pushed(answer, crash)
    if (made.kind === 'gap') {
      if (following?.isOrderly) throw new Violation('D7', 'a pushed delta does not start where the copy is')
      this.leave()
    }
    if (crash !== 'never' || made.kind === 'resynced') this.leave()
    if (crash !== 'never' || made.kind === 'committed' || made.kind === 'resynced') this.#lender = null
    this.#seen(made, crash, today)
  }

  /** What is asked for may overtake what was pushed. */
  #overtake(): void {
    if (this.#following) this.#following.isOrderly = false
  }

  /** `since`: the cursor from which it has just begun to follow. */
  #arrived(since: string | null): void {
    const following = this.#following
    if (!following) return
    for (const [i, bytes] of following.follower.inbox.splice(0).entries()) {
      const answer: Answer = JSON.parse(bytes)
      const today = following.follower.moments.shift() ?? this.#world.today(following.instance)
      following.messages.push({ answer, today })
      if (i === 0 && since !== null) this.#told(bytes, answer, since, this.personId)
      else this.#toldLater(bytes, answer, today, following)
      if (answer.kind === 'Delta') following.told = answer.to
    }
  }

  /** An answer to a question with a token that was given to somebody; null for a snapshot from its beginning. */
  #told(bytes: string, answer: Answer, token: string | null, giverId: string): void {
    const { instance, personId } = this
    const today = this.#world.today(instance)
    const place = token === null ? null : this.#world.past.place(token)
    const expected = expectedOutcomes({
      personId,
      place,
      giverId,
      today,
      chain: instance.replica.recentAfter(0),
      database: this.#world.log.versions,
      base: this.#world.log.base,
      isReported: instance.reported.delete(`${this.#sessionId} ${token}`),
    })
    const from = place && (place.kind === 'continuation' ? place.from : place.at)
    look('told', { personId, bytes, answer, target: this.#targetOf(answer, instance), from, expected })
  }

  #toldLater(bytes: string, answer: Answer, today: Moment, { instance, replaced, told }: Following): void {
    const { personId } = this
    const target = answer.kind === 'Resync' ? today : this.#targetOf(answer, instance)
    const from = this.#world.past.at(answer.kind === 'Delta' ? answer.from : told)
    const expected = new Set<Outcome>(['Delta'])
    // What was worked out before history was replaced may still come first.
    if (instance.replaced > replaced) expected.add('DIVERGED')
    // So may the log be pruned while a push is worked out over several turns.
    if (this.#world.past.at(told).version < this.#world.log.base) expected.add('PRUNED')
    look('told', { personId, bytes, answer, target, from, expected })
  }

  #targetOf(answer: Answer, instance: Instance) {
    const { past } = this.#world
    switch (answer.kind) {
      case 'Resync':
        return this.#world.today(instance)
      case 'SnapshotPage':
        return past.at(answer.version)
      case 'Delta': {
        const place = past.place(answer.to)
        if (place.kind === 'snapshot') throw new Violation('D7', 'a delta leads into a snapshot')
        return place.kind === 'cursor' ? place.at : place.target
      }
    }
  }

  #seen(made: Made, crash: Crash, today: Moment): void {
    const { past } = this.#world
    const { personId, device } = this
    switch (made.kind) {
      case 'staged':
      case 'known':
      case 'gap':
        return
      case 'wrong':
        if (!this.#isDamaged || device.cursor === null) throw new Violation('I4', made.what)
        this.instance.sync.reportDigest(this.#by, device.cursor)
        this.instance.reported.add(`${this.#sessionId} ${device.cursor}`)
        this.leave()
        return
      case 'resynced':
        if (crash !== 'before')
          look('resynced', { personId, keepOld: made.keepOld, today, kept: device.store.rows })
        return
      case 'committed': {
        const { rows, cursor } = device.store
        if (crash === 'before' || !rows || cursor === null) return
        if (made.from === null) this.#isDamaged = false
        const from = made.from === null ? null : past.at(made.from)
        const digest = device.held.kind === 'copy' ? device.held.copy.digest : ''
        look('committed', { personId, stored: rows, digest, from, to: past.at(cursor), delta: made.delta })
      }
    }
  }
}
