import { audienceOf, viewerRecord, type Audience } from '../access/grant.ts'
import type { LogVersion } from '../changelog/log.ts'
import type { State } from '../model/state.ts'

/** Whose grants and viewer records may differ between two states (P3); each is worked out once, and only where it can differ. */
export class Moves {
  readonly #older: State
  readonly #newer: State
  readonly #everyone: boolean
  readonly #staff = new Set<string>()
  readonly #departments = new Set<string>()
  readonly #audiences = new Map<string, Audience>()
  readonly #changed = new Map<string, boolean>()

  constructor(older: State, newer: State, versions: readonly LogVersion[]) {
    this.#older = older
    this.#newer = newer
    const changes = versions.flatMap((v) => v.changes)
    this.#everyone = changes.some(({ kind }) => kind === 'role' || kind === 'rule')
    for (const { kind, id } of changes) {
      if (kind === 'staff') this.#staff.add(id)
      if (kind === 'department') this.#departments.add(id)
    }
  }

  /** The person's audience in the newer state; `known` is the one in the older. */
  audience(staffId: string, known: Audience): Audience {
    if (!this.#everyone && !this.#staff.has(staffId)) return known
    return remember(this.#audiences, staffId, () => audienceOf(this.#newer, staffId))
  }

  viewerChanged(staffId: string): boolean {
    if (!this.#everyone && !this.#staff.has(staffId) && !this.#ownDepartmentTouched(staffId)) return false
    return remember(
      this.#changed,
      staffId,
      () => viewerRecord(this.#older, staffId) !== viewerRecord(this.#newer, staffId),
    )
  }

  #ownDepartmentTouched(staffId: string): boolean {
    if (this.#departments.size === 0) return false
    const memberships = this.#newer.get('staff', staffId)?.memberships ?? []
    return memberships.some((m) => this.#departments.has(m.departmentId))
  }
}

function remember<T>(memo: Map<string, T>, key: string, make: () => T): T {
  let value = memo.get(key)
  if (value === undefined) memo.set(key, (value = make()))
  return value
}
