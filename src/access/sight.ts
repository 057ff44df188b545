import type { Department } from '../model/entry.ts'
import { subtree, type State } from '../model/state.ts'
import type { FieldCatalogue } from './fields.ts'
import type { Audience } from './grant.ts'
import type { VisibleFields } from './projection.ts'

/** Rules as positions in the audience, ascending. The same rules are the same array, so that it can be a key. */
export type RulePositions = readonly number[]

export const NO_RULES: RulePositions = []

/**
 * Which departments an audience sees, by which rules (V1): memos that hold for every state with the same departments and
 * types of departments, so that an edit of a person costs nothing here.
 */
export class Sight {
  readonly #audience: Audience
  readonly #departments: object
  readonly #departmentTypes: object
  readonly #showing = new Map<string, RulePositions>()
  readonly #subsets = new Map<string, RulePositions>()
  #ownSubtree: ReadonlySet<string> | null = null
  #fields: Fields | null = null

  constructor(audience: Audience, state: State) {
    this.#audience = audience
    this.#departments = state.stamp('department')
    this.#departmentTypes = state.stamp('departmentType')
  }

  holds(state: State): boolean {
    return (
      this.#departments === state.stamp('department') &&
      this.#departmentTypes === state.stamp('departmentType')
    )
  }

  /** The rules that show a department; none when it is hidden. `state`: one that this holds for. */
  rulesShowing(state: State, departmentId: string): RulePositions {
    const known = this.#showing.get(departmentId)
    if (known) return known
    const entry = state.get('department', departmentId)
    const showing = entry ? this.#rulesFor(state, entry) : NO_RULES
    this.#showing.set(departmentId, showing)
    return showing
  }

  /** The positions that pass, as the one array that stands for them. */
  subset(positions: RulePositions, passes: (position: number) => boolean): RulePositions {
    if (positions.every(passes)) return positions
    const passed = positions.filter(passes)
    if (passed.length === 0) return NO_RULES
    const key = passed.join()
    const known = this.#subsets.get(key)
    if (known) return known
    this.#subsets.set(key, passed)
    return passed
  }

  /** Which fields of a row are read when these rules show it (V5). */
  fields(catalogue: FieldCatalogue, category: 'STAFF' | 'DEPARTMENT', showing: RulePositions): VisibleFields {
    if (this.#fields?.catalogue !== catalogue)
      this.#fields = { catalogue, STAFF: new Map(), DEPARTMENT: new Map() }
    const memo = this.#fields[category]
    let fields = memo.get(showing)
    if (!fields) {
      const { rules } = this.#audience
      fields = catalogue.visible(category, new Set(showing.flatMap((at) => rules[at]?.sensitiveFields ?? [])))
      memo.set(showing, fields)
    }
    return fields
  }

  #rulesFor(state: State, { id, status, typeId }: Department): RulePositions {
    if (status !== 'ACTIVE' || typeId === null || !state.get('departmentType', typeId)) return NO_RULES
    const { byDepartmentType, isScoped, rules } = this.#audience
    const named = byDepartmentType.get(typeId) ?? NO_RULES
    if (!isScoped) return named
    return this.subset(named, (at) => rules[at]?.scope === 'ORGANISATION' || this.#isBelowOwn(state, id))
  }

  #isBelowOwn(state: State, departmentId: string): boolean {
    this.#ownSubtree ??= new Set(this.#audience.ownDepartmentIds.flatMap((id) => [...subtree(state, id)]))
    return this.#ownSubtree.has(departmentId)
  }
}

interface Fields extends Record<'STAFF' | 'DEPARTMENT', Map<RulePositions, VisibleFields>> {
  readonly catalogue: FieldCatalogue
}
