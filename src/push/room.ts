import type { Audience } from '../access/grant.ts'
import type { Channel, Subscriber } from './subscriber.ts'

/** A subscriber that has its first answer, and where it stands. */
export class Member {
  readonly subscriber: Subscriber
  /** Null while it is in no room: it waits for an answer of its own, and gets no delta until then (P3). */
  line: Line | null = null
  /** It has left: whatever is still on its way to it is dropped. */
  isGone = false

  constructor(subscriber: Subscriber) {
    this.subscriber = subscriber
  }
}

/** Members that get one frame: equal channels and ids. */
export type Row = readonly Member[]

/** Members of one cohort that get the same frames: one operation under one id. */
export class Line {
  readonly cohort: Cohort
  readonly members = new Set<Member>()

  constructor(cohort: Cohort) {
    this.cohort = cohort
  }
}

/** Members of a room to whom the same `to` was sent last (D7). */
export class Cohort {
  readonly room: Room
  cursor: string
  size = 0
  readonly #lines = new Map<Channel, Map<string, Line>>()

  constructor(room: Room, cursor: string) {
    this.room = room
    this.cursor = cursor
  }

  add(member: Member): void {
    const { channel, operationId } = member.subscriber
    const byId = getOrMake(this.#lines, channel, () => new Map<string, Line>())
    const line = getOrMake(byId, operationId, () => new Line(this))
    line.members.add(member)
    member.line = line
    this.size++
  }

  remove(member: Member, line: Line): void {
    const { channel, operationId } = member.subscriber
    if (!line.members.delete(member)) return
    member.line = null
    this.size--
    if (line.members.size > 0) return
    const byId = this.#lines.get(channel)
    byId?.delete(operationId)
    if (byId?.size === 0) this.#lines.delete(channel)
  }

  *lines(): Iterable<Line> {
    for (const byId of this.#lines.values()) yield* byId.values()
  }

  *members(): Iterable<Member> {
    for (const { members } of this.lines()) yield* members
  }

  /** Who is in the lines now: what joins later must not get what is written to them. */
  rows(): readonly Row[] {
    const rows: Row[] = []
    for (const byId of this.#lines.values()) for (const { members } of byId.values()) rows.push([...members])
    return rows
  }
}

/** Members of one audience, who get the same changes. */
export class Room {
  readonly audience: Audience
  readonly #cohorts = new Map<string, Cohort>()

  constructor(audience: Audience) {
    this.audience = audience
  }

  get isEmpty(): boolean {
    return this.#cohorts.size === 0
  }

  get cohorts(): Iterable<Cohort> {
    return this.#cohorts.values()
  }

  /** Everybody in the room with their cursor, as of now. */
  places(): { readonly member: Member; readonly cursor: string }[] {
    return [...this.#cohorts.values()].flatMap((cohort) =>
      Array.from(cohort.members(), (member) => ({ member, cursor: cohort.cursor })),
    )
  }

  add(member: Member, cursor: string): void {
    getOrMake(this.#cohorts, cursor, () => new Cohort(this, cursor)).add(member)
  }

  remove(member: Member, line: Line): void {
    const { cohort } = line
    cohort.remove(member, line)
    if (cohort.size === 0) this.#cohorts.delete(cohort.cursor)
  }

  /** Everybody was sent `to`: they are one cohort from now on. The largest stays as it is. */
  settle(to: string): void {
    const cohorts = [...this.#cohorts.values()]
    let largest = cohorts[0]
    if (!largest) return
    for (const cohort of cohorts) if (cohort.size > largest.size) largest = cohort
    this.#cohorts.clear()
    largest.cursor = to
    this.#cohorts.set(to, largest)
    for (const cohort of cohorts)
      if (cohort !== largest) for (const member of cohort.members()) largest.add(member)
  }
}

export function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
