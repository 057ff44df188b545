import type { Audience } from '../access/grant.ts'
import type { State } from '../model/state.ts'
import type { Moves } from './moves.ts'
import { getOrMake, Room, type Member } from './room.ts'

/** Somebody who is online, with all that follows for them. */
interface Person {
  readonly members: Set<Member>
  /** As in the state up to which the crowd was evaluated. */
  roleIds: readonly string[]
}

/** Where a member stands: what it sees, and the last `to` it was sent (D7). */
export interface Place {
  readonly audience: Audience
  readonly cursor: string
}

/** Members that were all evaluated up to the same version: rooms by audience, people by id and by role. */
export class Crowd {
  readonly #rooms = new Map<string, Room>()
  readonly #people = new Map<string, Person>()
  readonly #holders = new Map<string, Set<string>>()

  get isEmpty(): boolean {
    return this.#rooms.size === 0
  }

  /** As of now. */
  get rooms(): Room[] {
    return [...this.#rooms.values()]
  }

  get people(): number {
    return this.#people.size
  }

  /** `state` is that up to which the crowd was evaluated. */
  add(member: Member, { audience, cursor }: Place, state: State): void {
    const { staffId } = member.subscriber
    let person = this.#people.get(staffId)
    if (!person) {
      person = { members: new Set(), roleIds: state.get('staff', staffId)?.roleIds ?? [] }
      this.#people.set(staffId, person)
      for (const id of person.roleIds) getOrMake(this.#holders, id, () => new Set()).add(staffId)
    }
    person.members.add(member)
    getOrMake(this.#rooms, audience.key, () => new Room(audience)).add(member, cursor)
  }

  /** Answers where the member stood; null when it is not in this crowd. */
  remove(member: Member): Place | null {
    const { staffId } = member.subscriber
    const person = this.#people.get(staffId)
    if (!member.line || !person?.members.delete(member)) return null
    const { cursor, room } = member.line.cohort
    room.remove(member, member.line)
    if (room.isEmpty) this.#rooms.delete(room.audience.key)
    if (person.members.size === 0) this.#forget(staffId, person)
    return { audience: room.audience, cursor }
  }

  /** Takes everybody out of a room of the crowd; they stand in a room apart. */
  take(room: Room): Room {
    const apart = new Room(room.audience)
    for (const { cursor, member } of room.places()) {
      this.remove(member)
      apart.add(member, cursor)
    }
    return apart
  }

  /** Those whose viewer record differs after these moves to `newer`; nobody else is looked at. */
  concerned({ staffIds, departmentIds, roleIds }: Moves, newer: State): Member[] {
    const found = new Set<string>(staffIds)
    // Whoever is no member any more was touched as well.
    for (const id of departmentIds) for (const staffId of newer.members(id)) found.add(staffId)
    for (const id of roleIds) for (const staffId of this.#holders.get(id) ?? []) found.add(staffId)
    return [...found].flatMap((id) => [...(this.#people.get(id)?.members ?? [])])
  }

  members(): Member[] {
    return [...this.#people.values()].flatMap(({ members }) => [...members])
  }

  #forget(staffId: string, person: Person): void {
    this.#people.delete(staffId)
    for (const id of person.roleIds) {
      const holders = this.#holders.get(id)
      holders?.delete(staffId)
      if (holders?.size === 0) this.#holders.delete(id)
    }
  }
}
