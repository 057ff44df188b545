import { LRUCache } from 'lru-cache'
import type { VisibleFields } from '../access/projection.ts'
import type { View } from '../access/view.ts'
import type { State } from '../model/state.ts'
import { NO_KINDS, type Around } from './matcher.ts'
import type { FoundDepartment, SearchIndex } from './search-index.ts'

/** What one audience sees of the index. */
export interface Sight {
  readonly departments: readonly FoundDepartment[]
  /** By the number of a place, as far as nothing is looked for; null: its people are hidden. */
  readonly places: readonly (Around | null)[]
}

interface Known {
  readonly stamps: readonly object[]
  readonly departments: readonly FoundDepartment[]
  readonly places: (Around | null)[]
}

/** Places and departments that are remembered, of all audiences together; eight bytes each. */
const MAX_REMEMBERED = 4_000_000

/** Which departments and places each audience sees: asked of the view once, for as long as no department, type or field changes. */
export class Sights {
  readonly #known = new LRUCache<string, Known>({
    maxSize: MAX_REMEMBERED,
    sizeCalculation: ({ departments, places }) => departments.length + places.length + 1,
  })
  readonly #byFields = new WeakMap<VisibleFields, Around>()

  of(index: SearchIndex, view: View): Sight {
    const { key } = view.audience
    const stamps = [index.stamp, ...stampsOf(view.state)]
    const known = this.#known.get(key)
    const isFresh = known?.stamps.every((stamp, i) => stamp === stamps[i]) === true
    const sight = known && isFresh ? known : { stamps, departments: departmentsOf(index, view), places: [] }
    for (let number = sight.places.length; number < index.places.length; number++) {
      const place = index.places[number]
      const fields = place ? view.fieldsOf(place.of) : null
      sight.places.push(fields && this.#around(fields))
    }
    if (!isFresh) this.#known.set(key, sight)
    return sight
  }

  #around(fields: VisibleFields): Around {
    let around = this.#byFields.get(fields)
    if (!around) {
      const [nickname, title] = [fields.has('nickname'), fields.has('title')]
      const shown = { nickname, title, mobile: fields.has('mobile'), email: fields.has('email') }
      around = { shown, kinds: NO_KINDS, isOwn: false }
      this.#byFields.set(fields, around)
    }
    return around
  }
}

function departmentsOf(index: SearchIndex, view: View): FoundDepartment[] {
  return [...index.departments].filter(({ entry }) => view.rulesShowing(entry.id).length > 0)
}

/** All that decides what a view shows of the index, beside its audience. */
function stampsOf(state: State): object[] {
  return [
    state.stamp('department'),
    state.stamp('departmentType'),
    state.stamp('staffType'),
    state.stamp('fieldDefinition'),
  ]
}
