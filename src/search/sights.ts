import { LRUCache } from 'lru-cache'
import type { VisibleFields } from '../access/projection.ts'
import type { View } from '../access/view.ts'
import type { State } from '../model/state.ts'
import type { Shown } from './matcher.ts'
import type { SearchIndex } from './search-index.ts'

interface Sight {
  readonly stamps: readonly object[]
  /** By the number of the place; null: hidden. */
  readonly shown: (Shown | null)[]
}

/** Places that are remembered, of all audiences together; eight bytes each. */
const MAX_PLACES = 4_000_000

/** Which places each audience sees: asked of the view once, for as long as no department, type or field changes. */
export class Sights {
  readonly #known = new LRUCache<string, Sight>({
    maxSize: MAX_PLACES,
    sizeCalculation: ({ shown }) => shown.length + 1,
  })
  readonly #byFields = new WeakMap<VisibleFields, Shown>()

  /** By the number of a place: which fields of its people the view shows; null: they are hidden. */
  of(index: SearchIndex, view: View): readonly (Shown | null)[] {
    const { key } = view.audience
    const stamps = [index.stamp, ...stampsOf(view.state)]
    const known = this.#known.get(key)
    const isFresh = known?.stamps.every((stamp, i) => stamp === stamps[i]) === true
    const shown = known && isFresh ? known.shown : []
    for (const place of index.places.slice(shown.length)) {
      const fields = view.fieldsOf(place.of)
      shown.push(fields && this.#shownBy(fields))
    }
    if (!isFresh) this.#known.set(key, { stamps, shown })
    return shown
  }

  #shownBy(fields: VisibleFields): Shown {
    let shown = this.#byFields.get(fields)
    if (!shown) {
      const [nickname, title] = [fields.has('nickname'), fields.has('title')]
      shown = { nickname, title, mobile: fields.has('mobile'), email: fields.has('email') }
      this.#byFields.set(fields, shown)
    }
    return shown
  }
}

/** All that decides which places a view shows, beside its audience. */
function stampsOf(state: State): object[] {
  return [
    state.stamp('department'),
    state.stamp('departmentType'),
    state.stamp('staffType'),
    state.stamp('fieldDefinition'),
  ]
}
