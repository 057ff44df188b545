import type { Audience } from '../access/grant.ts'
import type { View } from '../access/view.ts'
import type { LogVersion } from '../changelog/log.ts'
import { rewind, type State } from '../model/state.ts'
import type { Evaluation } from '../sync/evaluate.ts'
import type { Sync } from '../sync/sync.ts'
import { changesOf } from '../sync/trail.ts'
import type { Crowd } from './crowd.ts'
import { movesBetween } from './moves.ts'
import { getOrMake, Room, type Member } from './room.ts'

/** What becomes of members after a run of versions; who is told nothing stands in none. */
export type Outcome =
  /** The rows of the room's view have changed. */
  | { readonly kind: 'changes'; readonly room: Room; readonly told: Evaluation }
  /** Their viewer record has changed, and with it perhaps their grant (P3): they left the crowd and stand in a room apart. */
  | { readonly kind: 'viewer'; readonly room: Room; readonly told: Evaluation }
  /** It takes more than a turn to know: each follows anew from its cursor. A room apart. */
  | { readonly kind: 'anew'; readonly room: Room }
  /** A snapshot is cheaper (D6). A room apart. */
  | { readonly kind: 'tooMuch'; readonly room: Room }

export interface Advance {
  readonly crowd: Crowd
  /** What the crowd has not seen, up to the head. */
  readonly versions: readonly LogVersion[]
  readonly sync: Pick<Sync, 'views' | 'evaluateAtHead'>
  /** The head. */
  readonly state: State
}

/** Changed grants that one turn evaluates; whoever has yet another one follows anew. */
const GRANTS_A_TURN = 100

/** Evaluates a run of versions, once an audience (P1); members that move are taken out of the crowd first (P3). */
export function advance({ crowd, versions, sync, state }: Advance): {
  readonly outcomes: readonly Outcome[]
  readonly evaluations: number
} {
  const changes = changesOf(versions)
  const older = rewind(state, changes)
  const views = new Map<string, View>()
  const known = new Map<string, Evaluation | null>()
  const evaluate = (before: Audience, today: Audience, compact: boolean): Evaluation | null =>
    getOrMake(known, before.key === today.key ? today.key : `${before.key}\n${today.key}\n${compact}`, () => {
      const view = getOrMake(views, before.key, () => sync.views.over(before, older))
      return sync.evaluateAtHead(view, today, versions, compact)
    })

  const outcomes: Outcome[] = []
  const moved = takeMovers(crowd, crowd.concerned(movesBetween(older, state, changes), state), sync.views)
  for (const room of crowd.rooms) {
    const told = evaluate(room.audience, room.audience, false)
    if (!told) outcomes.push({ kind: 'anew', room: crowd.take(room) })
    else if (!told.isEmpty) outcomes.push({ kind: 'changes', room, told })
  }
  for (const { room, before, compact } of moved.rooms) {
    const told = evaluate(before, room.audience, compact)
    if (!told) outcomes.push({ kind: 'anew', room })
    else outcomes.push({ kind: told.isTooMuch ? 'tooMuch' : 'viewer', room, told })
  }
  for (const room of moved.rest) outcomes.push({ kind: 'anew', room })
  return { outcomes, evaluations: known.size }
}

interface Moved {
  /** Members that had and have the same grants. */
  readonly rooms: Iterable<{ readonly room: Room; readonly before: Audience; readonly compact: boolean }>
  /** Those that are too many for a turn, by the grant they had. */
  readonly rest: readonly Room[]
}

function takeMovers(crowd: Crowd, members: readonly Member[], views: Sync['views']): Moved {
  const made = views.audiencesMade
  const rooms = new Map<string, { room: Room; before: Audience; compact: boolean }>()
  const rest = new Map<string, Room>()
  for (const member of members) {
    const place = crowd.remove(member)
    if (!place) continue
    const { audience: before, cursor } = place
    if (views.audiencesMade - made < GRANTS_A_TURN) {
      const today = views.audienceOf(member.subscriber.staffId)
      const compact = member.subscriber.channel.compact && before.key !== today.key
      const key = `${before.key}\n${today.key}\n${compact}`
      getOrMake(rooms, key, () => ({ room: new Room(today), before, compact })).room.add(member, cursor)
    } else getOrMake(rest, before.key, () => new Room(before)).add(member, cursor)
  }
  return { rooms: rooms.values(), rest: [...rest.values()] }
}
