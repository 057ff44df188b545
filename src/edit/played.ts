import { mapEntry } from '../directory/mapping.ts'
import { normDn, parseDn, type Layout } from '../directory/names.ts'
import { SYNC_ATTRIBUTES } from '../directory/raw-entry.ts'
import type { DirectoryReads, FreshEntry } from '../directory/reader.ts'
import type { Entry, EntryChange } from '../model/entry.ts'
import { OverlayState, type State } from '../model/state.ts'
import { loginKey } from '../model/text.ts'
import type { Plan, Step } from './step.ts'

type Values = Readonly<Record<string, readonly string[]>>

/** An entry as the plans so far would have left it. */
interface Played {
  readonly id: string
  readonly dn: string
  readonly values: Values
}

/**
 * A directory over the directory: plans are played in it, and it answers as if they had been made; nothing is written. What is
 * new has ids that exist here only.
 */
export class PlayedDirectory implements DirectoryReads {
  readonly layout: Layout
  readonly #reads: DirectoryReads
  readonly #byId = new Map<string, Played>()
  readonly #byDn = new Map<string, string>()
  readonly #byLogin = new Map<string, string>()
  readonly #base: State
  readonly #state: OverlayState
  readonly #laid = new Map<string, Pick<Entry, 'kind' | 'id'>>()

  constructor(reads: DirectoryReads, base: State) {
    this.layout = reads.layout
    this.#reads = reads
    this.#base = base
    this.#state = new OverlayState(base, [])
  }

  readonly state = (): State => this.#state

  /** What was played, entry by entry. */
  changes(): EntryChange[] {
    return [...this.#laid.values()].map(({ kind, id }) => ({
      kind,
      id,
      before: this.#base.get(kind, id) ?? null,
      after: this.#state.get(kind, id) ?? null,
    }))
  }

  async byId(id: string): Promise<FreshEntry | null> {
    const played = this.#byId.get(id)
    return played ? this.#freshOf(played) : await this.#reads.byId(id)
  }

  async byDn(dn: string): Promise<FreshEntry | null> {
    const id = this.#byDn.get(normDn(dn))
    const played = id === undefined ? undefined : this.#byId.get(id)
    if (played) return this.#freshOf(played)
    return this.#unmoved(await this.#reads.byDn(dn))
  }

  async above(entry: FreshEntry): Promise<FreshEntry | null> {
    const id = this.#byDn.get(normDn(parseDn(entry.dn).slice(1)))
    const played = id === undefined ? undefined : this.#byId.get(id)
    return played ? this.#freshOf(played) : await this.#reads.above(entry)
  }

  async find(under: string, scope: 'sub' | 'one', matching: string): Promise<FreshEntry[]> {
    return await this.#reads.find(under, scope, matching)
  }

  async byLogin(login: string): Promise<FreshEntry[]> {
    const id = this.#byLogin.get(loginKey(login))
    const played = id === undefined ? undefined : this.#byId.get(id)
    if (played) return [this.#freshOf(played)]
    return (await this.#reads.byLogin(login)).filter((entry) => !this.#byId.has(entry.id))
  }

  /** What was moved or renamed is not where it stands in the directory. */
  #unmoved(entry: FreshEntry | null): FreshEntry | null {
    return entry && this.#byId.has(entry.id) ? null : entry
  }

  /** `made`: the id of what the plan makes anew. */
  async apply({ steps, losses = [] }: Plan, made: string): Promise<void> {
    for (const step of steps) {
      const before = step.kind === 'add' ? null : await this.byId(step.id)
      const after = await this.#after(step, before, made)
      if (after) this.#keep(after, before, step)
    }
    for (const id of losses) {
      const lost = this.#state.get('staff', id) ?? this.#state.get('department', id)
      if (lost?.status === 'ACTIVE') this.#lay({ ...lost, status: 'TRASHED' })
    }
  }

  async #after(step: Step, before: FreshEntry | null, made: string): Promise<Played | null> {
    switch (step.kind) {
      case 'add': {
        const dn = `${step.rdn},${'dn' in step.at ? step.at.dn : ((await this.byId(step.at.below))?.dn ?? '')}`
        return { id: made, dn, values: { ...namesIn(dn), ...textsOf(step.attributes) } }
      }
      case 'modify': {
        if (!before) return null
        const now = Object.fromEntries(step.changes.map(({ attribute, after }) => [attribute, after]))
        return { id: step.id, dn: before.dn, values: { ...this.#valuesOf(before), ...textsOf(now) } }
      }
      case 'move': {
        if (!before) return null
        const { at, rdn } = step.to
        const above = 'dn' in at ? at.dn : ((await this.byId(at.below))?.dn ?? '')
        const dn = `${rdn},${above}`
        return { id: step.id, dn, values: { ...this.#valuesOf(before), ...namesIn(dn) } }
      }
      case 'remove':
        return null
    }
  }

  #keep(played: Played, before: FreshEntry | null, step: Step): void {
    if (before) {
      this.#byDn.delete(normDn(before.dn))
      for (const login of before.values('uid')) this.#byLogin.delete(loginKey(login))
    }
    this.#byId.set(played.id, played)
    this.#byDn.set(normDn(played.dn), played.id)
    for (const login of played.values['uid'] ?? []) this.#byLogin.set(loginKey(login), played.id)
    const { mapped } = this.#freshOf(played)
    if (mapped.kind === 'entry') this.#lay(this.#placed(mapped.entry, played, step))
  }

  #lay(entry: Entry): void {
    this.#laid.set(`${entry.kind} ${entry.id}`, entry)
    this.#state.lay(entry)
  }

  /** What follows from the place in the tree, or from other entries. */
  #placed(entry: Entry, { values }: Played, step: Step): Entry {
    if (entry.kind === 'staff') {
      const known = this.#state.get('staff', entry.id)
      const byDn = values['manager']?.length ? (known?.managerId ?? null) : null
      const status = known?.status === 'TRASHED' ? known.status : entry.status
      return { ...entry, managerId: entry.managerId ?? byDn, status }
    }
    if (entry.kind !== 'department') return entry
    const known = this.#state.get('department', entry.id)
    const at = step.kind === 'add' ? step.at : step.kind === 'move' ? step.to.at : null
    const parentId = at === null ? (known?.parentId ?? null) : 'below' in at ? at.below : null
    return { ...entry, parentId, status: known?.status === 'TRASHED' ? known.status : entry.status }
  }

  #valuesOf(entry: FreshEntry): Values {
    const played = this.#byId.get(entry.id)
    if (played) return played.values
    return Object.fromEntries(
      [...SYNC_ATTRIBUTES, 'sn'].map((attribute) => [attribute, entry.values(attribute)]),
    )
  }

  #freshOf({ id, dn, values }: Played): FreshEntry {
    const { layout } = this
    const lower = () =>
      new Map(
        Object.entries(values)
          .filter(([, texts]) => texts.length > 0)
          .map(([name, texts]) => [name.toLowerCase(), texts.map((text) => Buffer.from(text))]),
      )
    return {
      id,
      dn,
      csn: '',
      get mapped() {
        return mapEntry({ id, dn, csn: '', attributes: lower() }, layout)
      },
      values: (attribute) => {
        const found = Object.entries(values).find(([name]) => name.toLowerCase() === attribute.toLowerCase())
        return [...(found?.[1] ?? [])]
      },
    }
  }
}

function textsOf(attributes: Readonly<Record<string, readonly unknown[]>>): Values {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, values]) => [
      name,
      values.filter((value) => typeof value === 'string'),
    ]),
  )
}

/** What the name of an entry says of it. */
function namesIn(dn: string): Values {
  return Object.fromEntries((parseDn(dn)[0] ?? []).map(({ type, value }) => [type, [value]]))
}
