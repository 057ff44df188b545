import { normDn } from '../directory/names.ts'
import type { Entry, EntryChange } from '../model/entry.ts'
import type { Scene } from './scene.ts'
import { bytesOf, type Plan, type Step } from './step.ts'

/** The entries as a plan would leave them, without touching the directory; entries that it makes anew are left out. */
export async function outcomeOf(scene: Scene, plan: Plan): Promise<EntryChange[]> {
  const changes = new Map<string, EntryChange>()
  const note = (before: Entry, after: Entry | null) => {
    const key = `${before.kind} ${before.id}`
    const first = changes.get(key)?.before ?? before
    changes.set(key, { kind: before.kind, id: before.id, before: first, after })
  }
  const now = (entry: Entry): Entry => changes.get(`${entry.kind} ${entry.id}`)?.after ?? entry
  for (const step of plan.steps) {
    if (step.kind === 'add') continue
    const known = knownEntry(scene, step.id)
    if (known) note(known, await afterStep(scene, step, now(known)))
  }
  for (const id of plan.losses ?? []) {
    const lost = knownEntry(scene, id)
    const entry = lost && now(lost)
    if (lost && (entry?.kind === 'department' || entry?.kind === 'staff'))
      note(lost, { ...entry, status: entry.status === 'ACTIVE' ? 'TRASHED' : entry.status })
  }
  return [...changes.values()]
}

type Later = Exclude<Step, { kind: 'add' }>

async function afterStep(scene: Scene, step: Later, entry: Entry): Promise<Entry | null> {
  switch (step.kind) {
    case 'remove':
      return null
    case 'move': {
      if (entry.kind !== 'department') return entry
      const { at } = step.to
      const isTop = 'dn' in at && normDn(at.dn) === normDn(scene.layout.departments)
      return { ...entry, parentId: 'below' in at ? at.below : isTop ? null : entry.parentId }
    }
    case 'modify': {
      const fresh = await scene.reader.byId(step.id)
      const mapped = fresh?.after(
        step.changes.map(({ attribute, after }) => ({
          attribute,
          values: bytesOf(after).map((value) => Buffer.from(value)),
        })),
      )
      return mapped?.kind === 'entry' ? withPlace(mapped.entry, entry) : entry
    }
  }
}

/** What an entry alone does not tell stays as it was. */
function withPlace(changed: Entry, entry: Entry): Entry {
  if (changed.kind === 'department' && entry.kind === 'department')
    return { ...changed, parentId: entry.parentId, status: statusOf(changed, entry) }
  if (changed.kind === 'staff' && entry.kind === 'staff')
    return { ...changed, managerId: changed.managerId ?? null, status: statusOf(changed, entry) }
  return changed
}

function statusOf<S extends string>(changed: { status: S }, { status }: { status: S }): S {
  return status === 'TRASHED' ? status : changed.status
}

const KINDS = [
  'staff',
  'department',
  'rule',
  'role',
  'fieldDefinition',
  'staffType',
  'departmentType',
] as const

function knownEntry({ state }: Scene, id: string): Entry | null {
  for (const kind of KINDS) {
    const entry = state.get(kind, id)
    if (entry) return entry
  }
  return null
}
