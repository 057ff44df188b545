import type { Mapped } from '../directory/mapping.ts'
import type { Layout } from '../directory/names.ts'
import type { Entry, Status } from '../model/entry.ts'
import type { Tree } from './tree.ts'

/** `lost`: no way up to the base is known. `trash`: below ou=trash. */
export type Standing = 'live' | 'trash' | 'lost'

/** What an entry becomes in the log: its mapping, completed by its place in the tree. */
export class Derivation {
  readonly #tree: Tree
  readonly #trashPath: readonly string[]
  readonly #mappedOf: (id: string) => Mapped | null

  constructor(layout: Layout, tree: Tree, mappedOf: (id: string) => Mapped | null) {
    this.#tree = tree
    this.#trashPath = tree.keysOf(layout.trash) ?? []
    this.#mappedOf = mappedOf
  }

  standing(id: string): Standing {
    if (!this.#tree.isAttached(id)) return 'lost'
    const trash = this.#tree.findPath(this.#trashPath)
    return trash !== null && this.#tree.isBelow(id, trash) ? 'trash' : 'live'
  }

  /**
   * The entry for the log; null for containers, for what is malformed and for what has no way up to the base. In the trash
   * departments and people have the status TRASHED, all other kinds are absent.
   */
  entry(id: string): Entry | null {
    const mapped = this.#mappedOf(id)
    if (mapped?.kind !== 'entry') return null
    const standing = this.standing(id)
    if (standing === 'lost') return null
    const { entry } = mapped
    switch (entry.kind) {
      case 'department':
        return { ...entry, parentId: this.#departmentAbove(id), status: status(entry.status, standing) }
      case 'staff': {
        const managerId = entry.managerId ?? this.#resolve(mapped.managerDn)
        return { ...entry, managerId, status: status(entry.status, standing) }
      }
      case 'departmentType':
      case 'fieldDefinition':
      case 'role':
      case 'rule':
      case 'staffType':
        return standing === 'trash' ? null : entry
    }
  }

  /** The nearest department above. */
  #departmentAbove(id: string): string | null {
    let at = this.#tree.place(id)?.parentId ?? null
    while (at !== null && isPassedOver(this.#mappedOf(at))) at = this.#tree.place(at)?.parentId ?? null
    return at
  }

  #resolve(managerDn: string | null): string | null {
    return managerDn === null ? null : this.#tree.find(managerDn)
  }
}

/**
 * Whether departments look through the entry for their parent. Not through a malformed one: the reference to it is kept
 * (L3), so that its repair is one change.
 */
export function isPassedOver(mapped: Mapped | null): boolean {
  return mapped?.kind === 'container' || (mapped?.kind === 'entry' && mapped.entry.kind !== 'department')
}

function status(own: Status, standing: 'live' | 'trash'): Status {
  return standing === 'trash' ? 'TRASHED' : own
}
