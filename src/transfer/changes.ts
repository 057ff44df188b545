import { z } from 'zod'
import type { Plan, Step } from '../edit/step.ts'
import type { State } from '../model/state.ts'

/** One value of a change: its text, and the id of what it names, which whoever may not see that is not told (V3). */
const valueSchema = z.object({ text: z.string(), id: z.string().nullable() })

/** What an edit has changed of one field, before and after. */
export const changeSchema = z.object({
  /** As abilities name fields; of custom fields their key. */
  field: z.string(),
  before: z.array(valueSchema),
  after: z.array(valueSchema),
})
export const changesSchema = z.array(changeSchema)
export type Change = z.infer<typeof changeSchema>
type Value = z.infer<typeof valueSchema>

/** The field that an attribute belongs to; those that are not here follow from another one. */
const FIELDS: Readonly<Record<string, string>> = {
  displayName: 'name',
  dlrType: 'type',
  dlrNickname: 'nickname',
  dlrPinyin: 'pinyin',
  dlrInitials: 'initials',
  title: 'title',
  mobile: 'mobile',
  mail: 'email',
  dlrManager: 'manager',
  dlrDottedManager: 'dottedManagers',
  dlrLeaveDate: 'leaveDate',
  dlrMembership: 'memberships',
  description: 'description',
}

/** What names mean, as the report writes them. */
export interface Names {
  readonly state: State
  /** The path of a department. */
  path(id: string): string | null
  /** Whether an id means something outside of a rehearsal. */
  isReal(id: string): boolean
}

/** What a plan changes of what is there, in words; of something new nothing. */
export function changesOf({ steps }: Plan, names: Names): Change[] {
  const real = (values: readonly Value[]) =>
    values.map(({ text, id }) => ({ text, id: id !== null && names.isReal(id) ? id : null }))
  return steps
    .flatMap((step) => changesOfStep(step, names))
    .map(({ field, before, after }) => ({ field, before: real(before), after: real(after) }))
}

function changesOfStep(step: Step, names: Names): Change[] {
  switch (step.kind) {
    case 'add':
    case 'remove':
      return []
    case 'move':
      if (step.from.rdn !== step.to.rdn && step.to.rdn.startsWith('uid='))
        return [change('login', [plain(step.from.rdn.slice(4))], [plain(step.to.rdn.slice(4))])]
      return [change('parent', place(step.from.at, names), place(step.to.at, names))]
    case 'modify':
      return step.changes.flatMap(({ attribute, before, after }) => {
        const [old, now] = [texts(before), texts(after)]
        if (attribute === 'dlrMeta') return metadataChanges(old, now)
        if (attribute === 'dlrDisabled') return [change('status', [status(old)], [status(now)])]
        const field = FIELDS[attribute]
        if (field === undefined) return []
        const write = (value: string) => written(attribute, value, names)
        return [change(field, old.map(write), now.map(write))]
      })
  }
}

function change(field: string, before: readonly Value[], after: readonly Value[]): Change {
  const sorted = (values: readonly Value[]) => [...values].sort((a, b) => (a.text < b.text ? -1 : 1))
  return { field, before: sorted(before), after: sorted(after) }
}

const plain = (text: string): Value => ({ text, id: null })
const status = (values: readonly string[]) => plain(values[0] === 'TRUE' ? 'DISABLED' : 'ACTIVE')
const texts = (values: readonly unknown[]) => values.filter((value) => typeof value === 'string')

function place(at: { below: string } | { dn: string }, names: Names): Value[] {
  return 'below' in at ? [{ text: names.path(at.below) ?? '?', id: at.below }] : []
}

const membershipSchema = z.object({
  departmentId: z.string(),
  title: z.string().nullish(),
  isMain: z.boolean().nullish(),
  isLeader: z.boolean().nullish(),
})

function written(attribute: string, value: string, names: Names): Value {
  const { state } = names
  switch (attribute) {
    case 'dlrType':
      return plain(state.get('staffType', value)?.name ?? state.get('departmentType', value)?.name ?? value)
    case 'dlrManager':
    case 'dlrDottedManager':
      return { text: state.get('staff', value)?.login ?? '?', id: value }
    case 'dlrMembership': {
      const membership = membershipSchema.safeParse(jsonOf(value))
      if (!membership.success) return plain('?')
      const { departmentId: id, title, isMain, isLeader } = membership.data
      const notes = [title, isMain === true ? 'main' : null, isLeader === true ? 'leader' : null]
      const said = notes.filter((note) => note != null && note !== '')
      return { text: `${names.path(id) ?? '?'}${said.length > 0 ? ` (${said.join(', ')})` : ''}`, id }
    }
    default:
      return plain(value)
  }
}

function metadataChanges(before: readonly string[], after: readonly string[]): Change[] {
  const byKey = (values: readonly string[]) =>
    new Map(values.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]))
  const [old, now] = [byKey(before), byKey(after)]
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((key) => old.get(key) !== now.get(key))
    .map((key) => {
      const side = (values: Map<string, string>) => {
        const value = values.get(key)
        return value === undefined ? [] : [plain(value)]
      }
      return change(key, side(old), side(now))
    })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
