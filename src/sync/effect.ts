import { Audiences } from '../access/audiences.ts'
import { View } from '../access/view.ts'
import type { Audience } from '../access/grant.ts'
import type { EntryChange } from '../model/entry.ts'
import type { State } from '../model/state.ts'
import { drive } from './block-maker.ts'
import { diffViews, type RowChange } from './delta.ts'
import type { Turn } from './turn.ts'
import { wholeDifference } from './whole.ts'

/** Ids of rows that appear or disappear: how many, and the first few. */
export interface Sample {
  readonly count: number
  readonly ids: readonly string[]
}

/** What an edit would mean for everybody who sees the same before and the same after it. */
export interface EffectGroup {
  readonly viewers: Sample
  readonly gained: { readonly departments: Sample; readonly staff: Sample }
  readonly lost: { readonly departments: Sample; readonly staff: Sample }
  /** Rows that are seen before and after, with other fields or places. */
  readonly changed: number
}

/** What an edit would mean for what people see. */
export interface Effect {
  /** People who would see rows that they do not see now; and those who would lose some. */
  readonly gaining: number
  readonly losing: number
  /** Distinct rows that anybody would gain, or lose. */
  readonly rowsGained: number
  readonly rowsLost: number
  /** The largest first. */
  readonly groups: readonly EffectGroup[]
  /** False when so much would have to be compared that the smallest groups were left out. */
  readonly isComplete: boolean
}

export interface EffectOptions {
  readonly before: State
  readonly after: State
  /** The entries that differ. */
  readonly touched: readonly EntryChange[]
  /** Who counts, as viewers and as rows: what the asking administration shows (V10, T24). */
  readonly isShown: (category: 'DEPARTMENT' | 'STAFF', id: string) => boolean
  readonly turn: Turn
}

/** Rows that are compared for one answer, times the groups. */
const MAX_COMPARED = 4_000_000
const ROWS_AT_ONCE = 1000
const SAMPLE = 5
const PEOPLE_AT_ONCE = 500

/** Works out by the view itself (V9) who would gain and lose sight of what, in turns of the event loop (S2). */
export async function effectOf(o: EffectOptions): Promise<Effect> {
  const { before, after, touched, isShown, turn } = o
  const rows = before.count('department') + before.count('staff')
  const all = { gained: new Set<string>(), lost: new Set<string>() }
  const groups: EffectGroup[] = []
  let [gaining, losing, compared, isComplete] = [0, 0, 0, true]
  for (const { audiences, viewers } of await pairsOf(o)) {
    if (compared > MAX_COMPARED) {
      isComplete = false
      break
    }
    const older = new View(audiences.before, before)
    const newer = new View(audiences.after, after)
    const few = diffViews(older, newer, touched, ROWS_AT_ONCE)
    compared += few ? ROWS_AT_ONCE : rows
    const changes =
      few ??
      (await drive(
        wholeDifference(
          () => older,
          () => newer,
        ),
        turn,
      ))
    const group = groupOf(
      viewers,
      changes.filter(({ category, id }) => isShown(category, id)),
    )
    for (const { id, before: old, after: now } of changes) {
      if (old === null) all.gained.add(id)
      if (now === null) all.lost.add(id)
    }
    if (total(group.gained) > 0) gaining += viewers.length
    if (total(group.lost) > 0) losing += viewers.length
    if (total(group.gained) + total(group.lost) + group.changed > 0) groups.push(group)
    if (turn.isOver) await turn.next()
  }
  const shown = (ids: Set<string>) =>
    [...ids].filter((id) => isShown('STAFF', id) || isShown('DEPARTMENT', id)).length
  return { gaining, losing, rowsGained: shown(all.gained), rowsLost: shown(all.lost), groups, isComplete }
}

interface Pair {
  readonly audiences: { readonly before: Audience; readonly after: Audience }
  readonly viewers: string[]
}

/** Everybody, by what they are granted before and after; the most people first. */
async function pairsOf({ before, after, isShown, turn }: EffectOptions): Promise<Pair[]> {
  const pairs = new Map<string, Pair>()
  const [olds, news] = [new Audiences(), new Audiences()]
  let seen = 0
  for (const { id } of Array.from(before.all('staff'))) {
    if (++seen % PEOPLE_AT_ONCE === 0 && turn.isOver) await turn.next()
    if (!isShown('STAFF', id)) continue
    const audiences = { before: olds.of(before, id), after: news.of(after, id) }
    const key = `${audiences.before.fingerprint} ${audiences.after.fingerprint}`
    const known = pairs.get(key)
    if (known) known.viewers.push(id)
    else pairs.set(key, { audiences, viewers: [id] })
  }
  return [...pairs.values()].sort((a, b) => b.viewers.length - a.viewers.length)
}

function groupOf(viewers: readonly string[], changes: readonly RowChange[]): EffectGroup {
  const of = (category: RowChange['category'], gone: 'before' | 'after') =>
    sampleOf(changes.filter((c) => c.category === category && c[gone] === null).map(({ id }) => id))
  return {
    viewers: sampleOf(viewers),
    gained: { departments: of('DEPARTMENT', 'before'), staff: of('STAFF', 'before') },
    lost: { departments: of('DEPARTMENT', 'after'), staff: of('STAFF', 'after') },
    changed: changes.filter((c) => c.before !== null && c.after !== null).length,
  }
}

function sampleOf(ids: readonly string[]): Sample {
  return { count: ids.length, ids: ids.slice(0, SAMPLE) }
}

function total({ departments, staff }: EffectGroup['gained']): number {
  return departments.count + staff.count
}
