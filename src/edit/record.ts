import { z } from 'zod'
import {
  changedFields,
  clearFields,
  entryIn,
  fieldsOf,
  fieldsOfEntry,
  isSilent,
  kindOfClasses,
  labelOf,
  type RawChange,
} from '../audit/fields.ts'
import type { Masks } from '../audit/mask.ts'
import { namesIn } from '../audit/names.ts'
import {
  entryChangeSchema,
  subjectSchema,
  whenceSchema,
  type EntryDiff,
  type NewRecord,
  type Subject,
} from '../audit/record.ts'
import { normDn, parseDn } from '../directory/names.ts'
import type { EntryKind } from '../model/entry.ts'
import type { State } from '../model/state.ts'
import type { Scene } from './scene.ts'
import type { Place, Plan, Step, StepValue, Trace } from './step.ts'

/**
 * What will stand in the audit log of an edit, worked out with its plan, when what was there before is still known, and kept
 * with it until it is finished. `step`: the position of the step that makes the entry, whose id is not known before.
 */
export const draftSchema = z.object({
  subject: subjectSchema,
  changes: z.array(entryChangeSchema.extend({ step: z.int().nullable() })),
  from: whenceSchema,
  onBehalfOf: z.string().nullable(),
  batchId: z.string().nullable(),
})
export type RecordDraft = z.infer<typeof draftSchema>

type DraftChange = RecordDraft['changes'][number]

/** Who asks for an edit, besides whose edit it is. */
export type Circumstances = Pick<RecordDraft, 'from' | 'onBehalfOf' | 'batchId'>

export function draftOf(scene: Scene, plan: Plan, by: Circumstances, masks: Masks): RecordDraft {
  const { state } = scene
  const drafter = new Drafter(scene, state, masks)
  const changes = drafter.changes(plan.steps)
  const { subject } = plan
  const made = 'step' in subject ? changes.find(({ step }) => step === subject.step) : undefined
  return {
    subject: 'id' in subject ? subjectIn(state, subject.id) : subjectOf(made),
    changes,
    from: by.from,
    onBehalfOf: by.onBehalfOf,
    batchId: by.batchId,
  }
}

export function subjectIn(state: State, id: string): Subject {
  const entry = entryIn(state, id)
  return { kind: entry?.kind ?? null, id, label: entry && labelOf(entry) }
}

function subjectOf(change: DraftChange | undefined): Subject {
  return { kind: change?.kind ?? null, id: null, label: change?.label ?? null }
}

/** The record of an edit that is finished; `draft` is null where a version before this one has planned it. */
export function recordOf(
  edit: { readonly id: string; readonly actorId: string; readonly name: string },
  outcome: 'DONE' | 'UNDONE',
  subjectId: string | null,
  draft: RecordDraft | null,
  written: readonly Trace[],
): NewRecord {
  const { id: editId, actorId, name: action } = edit
  if (!draft) return { actorId, action, outcome, editId, subject: { kind: null, id: subjectId, label: null } }
  return {
    actorId,
    action,
    outcome,
    editId,
    subject: { ...draft.subject, id: subjectId ?? draft.subject.id },
    changes: draft.changes.map(({ step, ...change }) => ({
      ...change,
      id: change.id ?? (step === null ? null : (written[step]?.id ?? null)),
    })),
    from: draft.from,
    onBehalfOf: draft.onBehalfOf,
    batchId: draft.batchId,
  }
}

class Drafter {
  readonly #state: State
  readonly #masks: Masks
  readonly #isClear: ReturnType<typeof clearFields>
  readonly #trash: string

  constructor(scene: Scene, state: State, masks: Masks) {
    this.#state = state
    this.#masks = masks
    this.#isClear = clearFields(state)
    this.#trash = normDn(scene.layout.trash)
  }

  /** One for each entry, in the order in which they are first touched. */
  changes(steps: readonly Step[]): DraftChange[] {
    const byEntry = new Map<string, DraftChange>()
    const moved = new Set(steps.flatMap((step) => (step.kind === 'move' ? [step.id] : [])))
    for (const [i, step] of steps.entries()) {
      const change = this.#change(step, i)
      for (const one of [...(change ? [change] : []), ...this.#goingAlong(step, moved)]) {
        const key = one.id ?? `step ${i}`
        const known = byEntry.get(key)
        if (known) {
          known.fields.push(...one.fields)
          known.names = { ...known.names, ...one.names }
        } else byEntry.set(key, one)
      }
    }
    return [...byEntry.values()]
  }

  /** Departments that go into the trash, or come back, below another one: what is moved by itself says so itself. */
  #goingAlong(step: Step, moved: ReadonlySet<string>): DraftChange[] {
    if (step.kind !== 'move' || this.#state.get('department', step.id) === undefined) return []
    const isGoing = this.#isInTrash(step.to.at)
    if (isGoing === this.#isInTrash(step.from.at)) return []
    const below = (id: string): string[] =>
      [...this.#state.children(id)]
        .filter((child) => !moved.has(child))
        .flatMap((child) => [child, ...below(child)])
    return below(step.id).map((id) => {
      const was = this.#state.get('department', id)?.status ?? 'ACTIVE'
      const raw: RawChange[] = isGoing
        ? [['status', [was], ['TRASHED']]]
        : [['status', ['TRASHED'], ['ACTIVE']]]
      return this.#known(id, raw)
    })
  }

  /** Null for what nobody asked for: places in the trash. */
  #change(step: Step, position: number): DraftChange | null {
    switch (step.kind) {
      case 'add': {
        const classes = step.attributes['objectClass']?.map(textOf) ?? []
        const kind = kindOfClasses(classes, step.attributes['dlrAppliesTo']?.map(textOf)[0])
        if (kind === null) return null
        const parent = kind === 'department' ? this.#placeId(step.at) : null
        const raw: RawChange[] = Object.entries(step.attributes)
          .flatMap(([attribute, values]) => fieldsOf(attribute, values.map(textOf)))
          .map(([field, values]) => [field, [], values])
        return this.#entry(kind, null, step.attributes['displayName']?.map(textOf)[0] ?? null, position, [
          ...raw,
          ['parent', [], parent === null ? [] : [parent]],
        ])
      }
      case 'modify': {
        const raw = step.changes.flatMap(({ attribute, before, after }) =>
          changedFields(attribute, before.map(textOf), after.map(textOf)),
        )
        return this.#known(step.id, raw)
      }
      case 'move':
        return this.#known(step.id, this.#moved(step))
      case 'remove': {
        const entry = entryIn(this.#state, step.id)
        const raw = entry
          ? [...fieldsOfEntry(entry)].map(([field, values]): RawChange => [field, values, []])
          : []
        return entry && this.#known(step.id, raw)
      }
    }
  }

  #moved({ id, from, to }: Extract<Step, { kind: 'move' }>): RawChange[] {
    const entry = entryIn(this.#state, id)
    const isGoing = this.#isInTrash(to.at)
    const status = entry && 'status' in entry ? entry.status : 'ACTIVE'
    const wasGone = this.#isInTrash(from.at) || status === 'TRASHED'
    const raw: RawChange[] = []
    if (isGoing !== wasGone)
      raw.push(['status', [wasGone ? 'TRASHED' : status], [isGoing ? 'TRASHED' : 'ACTIVE']])
    if (entry?.kind === 'department' && !isGoing) {
      const [before, after] = [entry.parentId, this.#placeId(to.at)]
      if (before !== after) raw.push(['parent', listOf(before), listOf(after)])
    }
    const [login, wanted] = [loginIn(from.rdn), loginIn(to.rdn)]
    if (entry?.kind === 'staff' && wanted !== null && login !== wanted)
      raw.push(['login', listOf(login), [wanted]])
    return raw
  }

  #isInTrash(place: Place): boolean {
    return 'dn' in place && `,${normDn(place.dn)}`.endsWith(`,${this.#trash}`)
  }

  #placeId(place: Place): string | null {
    return 'below' in place ? place.below : null
  }

  #known(id: string, raw: readonly RawChange[]): DraftChange {
    const { kind, label } = subjectIn(this.#state, id)
    const known = entryIn(this.#state, id)
    return this.#entry(known?.kind ?? null, id, kind === null ? null : label, null, raw)
  }

  #entry(
    kind: EntryKind | null,
    id: string | null,
    label: string | null,
    step: number | null,
    raw: readonly RawChange[],
  ): DraftChange {
    const fields: EntryDiff['fields'] = raw
      .filter(([field, before, after]) => !isSilent(field) && before.length + after.length > 0)
      .map(([field, before, after]) =>
        this.#masks.change(this.#isClear, kind, { field, before: [...before], after: [...after] }),
      )
    return { kind, id, label, step, fields, names: namesIn(this.#state, fields) }
  }
}

function listOf(value: string | null): string[] {
  return value === null ? [] : [value]
}

function loginIn(rdn: string): string | null {
  return parseDn(rdn)[0]?.find(({ type }) => type.toLowerCase() === 'uid')?.value ?? null
}

/** Bytes stand as they are written in LDIF. */
function textOf(value: StepValue): string {
  return typeof value === 'string' ? value : value.base64
}
