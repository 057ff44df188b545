import { LRUCache } from 'lru-cache'
import type { VisibleFields } from '../access/projection.ts'
import type { View } from '../access/view.ts'
import type { State } from '../model/state.ts'
import type { FoundDepartment, SearchIndex } from './search-index.ts'

/** What may be looked at of the people of a place (V5); 0 where they are hidden. */
export const SHOWN = 1
export const NICK = 2
export const TITLED = 4
export const MOBILE = 8
export const EMAIL = 16
/** Marks of one search: the place is of a department that matches, or of one of the viewer's own. */
export const BY_NAME = 32
export const OWN = 64

/** What one audience sees of the index. */
export interface Sight {
  readonly departments: SeenDepartments
  /** By the number of a place. */
  readonly places: Uint8Array
}

/** Departments that are shown; beside each the traits by which most are passed over. */
export interface SeenDepartments {
  readonly list: readonly FoundDepartment[]
  readonly bits: Int32Array
  readonly wide: Int32Array
}

interface Known extends Sight {
  readonly stamps: readonly object[]
}

/** Places and departments that are remembered, of all audiences together; some bytes each. */
const MAX_REMEMBERED = 4_000_000

/** Which departments and places each audience sees: asked of the view once, for as long as no department, type or field changes. */
export class Sights {
  readonly #known = new LRUCache<string, Known>({
    maxSize: MAX_REMEMBERED,
    sizeCalculation: ({ departments, places }) => departments.list.length * 2 + places.length + 1,
  })
  readonly #byFields = new WeakMap<VisibleFields, number>()

  of(index: SearchIndex, view: View): Sight {
    const { key } = view.audience
    const stamps = [index.stamp, ...stampsOf(view.state)]
    const known = this.#known.get(key)
    const isFresh = known?.stamps.every((stamp, i) => stamp === stamps[i]) === true
    if (known && isFresh && known.places.length === index.places.length) return known
    const before = known && isFresh ? known : { departments: departmentsOf(index, view), places: NO_PLACES }
    const places = new Uint8Array(index.places.length)
    places.set(before.places)
    for (let number = before.places.length; number < places.length; number++) {
      const place = index.places[number]
      const fields = place ? view.fieldsOf(place.of) : null
      if (fields) places[number] = this.#marks(fields)
    }
    const sight = { stamps, departments: before.departments, places }
    this.#known.set(key, sight)
    return sight
  }

  #marks(fields: VisibleFields): number {
    let marks = this.#byFields.get(fields)
    if (marks === undefined) {
      marks = SHOWN
      if (fields.has('nickname')) marks |= NICK
      if (fields.has('title')) marks |= TITLED
      if (fields.has('mobile')) marks |= MOBILE
      if (fields.has('email')) marks |= EMAIL
      this.#byFields.set(fields, marks)
    }
    return marks
  }
}

const NO_PLACES = new Uint8Array(0)

function departmentsOf(index: SearchIndex, view: View): SeenDepartments {
  const list = [...index.departments].filter(({ entry }) => view.rulesShowing(entry.id).length > 0)
  return {
    list,
    bits: Int32Array.from(list, ({ name }) => name.bits),
    wide: Int32Array.from(list, ({ name }) => name.wide),
  }
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
