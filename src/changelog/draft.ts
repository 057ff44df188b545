import { setImmediate } from 'node:timers/promises'
import type { Entry, EntryChange, EntryKind } from '../model/entry.ts'
import { HeadState } from '../model/state.ts'

/** Entries that are taken in one turn of the event loop, a few milliseconds of work. */
export const AT_ONCE = 1000

const KINDS = [
  'department',
  'departmentType',
  'fieldDefinition',
  'role',
  'rule',
  'staff',
  'staffType',
] as const satisfies readonly EntryKind[]

/** A state of these entries, made in slices. */
export async function stateOf(entries: Iterable<Entry>): Promise<HeadState> {
  const state = new HeadState()
  let taken = 0
  for (const entry of entries) {
    state.put(entry)
    if (++taken % AT_ONCE === 0) await setImmediate()
  }
  return state
}

/** What a state becomes by changes, made beside it in slices. The state must stay as it is meanwhile. */
export async function stateAfter(state: HeadState, changes: readonly EntryChange[]): Promise<HeadState> {
  const next = await stateOf(entriesOf(state))
  for (let at = 0; at < changes.length; at += AT_ONCE) {
    next.apply(changes.slice(at, at + AT_ONCE))
    await setImmediate()
  }
  return next
}

function* entriesOf(state: HeadState): Iterable<Entry> {
  for (const kind of KINDS) yield* state.all(kind)
}
