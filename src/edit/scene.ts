import { Administration } from '../access/administration.ts'
import { Authority } from '../access/authority.ts'
import { View } from '../access/view.ts'
import { audienceOf } from '../access/grant.ts'
import { normDn, type Layout } from '../directory/names.ts'
import type { DirectoryReads, FreshEntry } from '../directory/reader.ts'
import type { Department, Entry, EntryKind, EntryOf } from '../model/entry.ts'
import { OverlayState, type State } from '../model/state.ts'
import { EditConflict, NotFound } from './failures.ts'

/** An entry as it stands in the directory now, in the words of the model. */
export interface Subject<K extends EntryKind> {
  readonly entry: EntryOf<K>
  readonly fresh: FreshEntry
}

export interface SceneOptions {
  readonly staffId: string
  /** The newest state that this instance knows. */
  readonly state: () => State
  readonly reader: DirectoryReads
  readonly newId: () => string
  /** YYYY-MM-DD where the company is. */
  readonly today: string
}

/**
 * What an edit is decided on: the state of this instance, with those entries laid over it that are going to change or be
 * referred to, as the directory has them this moment. Rights are judged on the same state.
 */
export class Scene {
  readonly reader: DirectoryReads
  readonly layout: Layout
  readonly staffId: string
  readonly newId: () => string
  readonly today: string
  readonly #base: () => State
  readonly #over = new Map<string, { kind: EntryKind; id: string; entry: Entry | null }>()

  constructor({ staffId, state, reader, newId, today }: SceneOptions) {
    this.newId = newId
    this.today = today
    this.staffId = staffId
    this.#base = state
    this.reader = reader
    this.layout = reader.layout
  }

  /** Made anew at each use: it holds for this turn only. */
  get state(): State {
    return new OverlayState(this.#base(), this.#over.values())
  }

  get authority(): Authority {
    return new Authority(this.state, this.staffId)
  }

  get administration(): Administration {
    return new Administration(this.authority)
  }

  /** A department or a person that the caller's administration shows; NotFound for everything else. */
  async subject<K extends 'department' | 'staff'>(kind: K, id: string, path: string): Promise<Subject<K>> {
    const subject = await this.read(kind, id)
    const { administration } = this
    const shown = kind === 'staff' ? administration.staff(id) : administration.department(id)
    if (!subject || !shown) throw new NotFound(path, subject && id)
    return subject
  }

  /** A department or a person, whatever the caller may see: what lies in the trash has left the scopes. NotFound without it. */
  async known<K extends 'department' | 'staff'>(kind: K, id: string): Promise<Subject<K>> {
    const subject = await this.read(kind, id)
    if (!subject) throw new NotFound('id')
    return subject
  }

  /** An entry of a kind, whatever the caller may see; null when there is none, or one of another kind. */
  async read<K extends EntryKind>(kind: K, id: string): Promise<Subject<K> | null> {
    if (!isId(id)) return null
    const fresh = await this.reader.byId(id)
    const mapped = fresh?.mapped.kind === 'entry' ? fresh.mapped.entry : null
    const entry = mapped && fresh ? await this.#placed(mapped, fresh) : null
    this.#over.set(`${kind} ${id}`, { kind, id, entry: entry?.kind === kind ? entry : null })
    return fresh && entry && isOf(kind, entry) ? { entry, fresh } : null
  }

  /** The write that follows is made on the state that the caller has looked at (D8). */
  requireRevision(kind: 'department' | 'staff', id: string, ifRevision: string | null): void {
    if (ifRevision === null) return
    const { state, administration } = this
    const view = new View(audienceOf(state, this.staffId), state)
    const known =
      kind === 'staff'
        ? [administration.staff(id), view.staff(id)]
        : [administration.department(id), view.department(id)]
    if (!known.some((row) => row?.revision === ifRevision)) throw new EditConflict(id)
  }

  /** What follows from the place in the tree, which an entry alone does not tell. */
  async #placed(entry: Entry, fresh: FreshEntry): Promise<Entry> {
    switch (entry.kind) {
      case 'department':
        return { ...entry, ...(await this.#departmentPlace(entry, fresh)) }
      case 'staff':
        return {
          ...entry,
          status: this.#isTrashed(fresh) ? 'TRASHED' : entry.status,
          managerId: entry.managerId ?? this.#base().get('staff', entry.id)?.managerId ?? null,
        }
      case 'departmentType':
      case 'fieldDefinition':
      case 'role':
      case 'rule':
      case 'staffType':
        return entry
    }
  }

  async #departmentPlace(
    entry: Department,
    fresh: FreshEntry,
  ): Promise<Pick<Department, 'parentId' | 'status'>> {
    const above = await this.reader.above(fresh)
    const isBelowOne = above?.mapped.kind === 'entry' && above.mapped.entry.kind === 'department'
    const known = this.#base().get('department', entry.id)?.parentId ?? null
    const isTop = above !== null && topsOf(this.layout).has(normDn(above.dn))
    return {
      parentId: isBelowOne ? above.id : isTop ? null : known,
      status: this.#isTrashed(fresh) ? 'TRASHED' : entry.status,
    }
  }

  #isTrashed({ dn }: FreshEntry): boolean {
    return normDn(dn).endsWith(trashOf(this.layout))
  }
}

const topsOf = once((layout) => new Set([normDn(layout.departments), normDn(layout.trash)]))
const trashOf = once(({ trash }) => `,${normDn(trash)}`)

/** Names of the layout are read once, and compared for every entry. */
function once<T>(make: (layout: Layout) => T): (layout: Layout) => T {
  const made = new WeakMap<Layout, { readonly value: T }>()
  return (layout) => {
    const known = made.get(layout) ?? { value: make(layout) }
    made.set(layout, known)
    return known.value
  }
}

function isOf<K extends EntryKind>(kind: K, entry: Entry): entry is EntryOf<K> {
  return entry.kind === kind
}

export function isId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)
}
