import { LRUCache } from 'lru-cache'
import type { VisibleFields } from '../access/projection.ts'
import type { View } from '../access/view.ts'
import type { State } from '../model/state.ts'
import type { Shown } from './rank.ts'
import type { Place, SearchIndex } from './search-index.ts'

/** A place that a view shows, and which fields of its people. */
export interface SeenPlace {
  readonly place: Place
  readonly shown: Shown
}

interface Sight {
  readonly stamps: readonly object[]
  /** Places of the index that were looked at. */
  count: number
  readonly seen: SeenPlace[]
}

/** Shown places that are remembered, of all audiences together; some 30 bytes each. */
const MAX_PLACES = 1_000_000

/** Which places each audience sees: asked of the view once, for as long as no department, type or field changes. */
export class Sights {
  readonly #known = new LRUCache<string, Sight>({
    maxSize: MAX_PLACES,
    sizeCalculation: ({ seen }) => seen.length + 1,
  })
  readonly #shown = new WeakMap<VisibleFields, Shown>()

  /** The places that the view shows; some may be empty. */
  of(index: SearchIndex, view: View): readonly SeenPlace[] {
    const { key } = view.audience
    const stamps = [index.stamp, ...stampsOf(view.state)]
    let sight = this.#known.get(key)
    const isNew = !sight?.stamps.every((stamp, i) => stamp === stamps[i])
    if (!sight || isNew) sight = { stamps, count: 0, seen: [] }
    const { places } = index
    for (; sight.count < places.length; sight.count++) {
      const place = places[sight.count]
      const fields = place && view.fieldsOf(place.of)
      if (place && fields) sight.seen.push({ place, shown: this.#shownBy(fields) })
    }
    if (isNew) this.#known.set(key, sight)
    return sight.seen
  }

  #shownBy(fields: VisibleFields): Shown {
    let shown = this.#shown.get(fields)
    if (!shown) {
      const [nickname, title] = [fields.has('nickname'), fields.has('title')]
      shown = { nickname, title, mobile: fields.has('mobile'), email: fields.has('email') }
      this.#shown.set(fields, shown)
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
