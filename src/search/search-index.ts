import type { Department, Staff } from '../model/entry.ts'
import type { Placed } from '../access/view.ts'
import { TextMaker, type Name, type Texts } from './person.ts'

/** People whom every view shows or hides together, with the same fields: of one status, type and set of departments. */
export interface Place {
  readonly key: string
  readonly of: Placed
  readonly departmentIds: readonly string[]
  readonly people: Person[]
}

export interface Person extends Texts {
  readonly entry: Staff
  readonly place: Place
  /** Where they stand among the people of the place. */
  at: number
}

export interface FoundDepartment {
  readonly entry: Department
  readonly name: Name
}

/** So many empty places are kept at least. */
const EMPTY_PLACES = 1000

/**
 * What can be found in one state of the directory, hidden, disabled and trashed entries included: it knows nothing of views,
 * and answers nobody but `search`, which looks only at places that the view shows. Entries are put and removed one by one.
 */
export class SearchIndex {
  readonly #maker = new TextMaker()
  readonly #staff = new Map<string, Person>()
  readonly #departments = new Map<string, FoundDepartment>()
  readonly #byKey = new Map<string, Place>()
  #places: Place[] = []
  #empty = 0
  #stamp: object = {}

  /** The same object for as long as `places` only grows at its end. */
  get stamp(): object {
    return this.#stamp
  }

  /** Some may be empty. */
  get places(): readonly Place[] {
    return this.#places
  }

  get departments(): Iterable<FoundDepartment> {
    return this.#departments.values()
  }

  /** For tests: how many texts are held that people share. */
  get held(): number {
    return this.#maker.held
  }

  put(entry: Staff | Department): void {
    const { id } = entry
    if (entry.kind === 'department') {
      if (this.#departments.get(id)?.entry === entry) return
      const name = this.#maker.department(entry)
      this.remove('department', id)
      this.#departments.set(id, { entry, name })
      return
    }
    if (this.#staff.get(id)?.entry === entry) return
    const texts = this.#maker.staff(entry)
    this.remove('staff', id)
    const place = this.#placeOf(entry)
    if (place.people.length === 0) this.#empty--
    const person: Person = { ...texts, entry, place, at: place.people.length }
    place.people.push(person)
    this.#staff.set(id, person)
  }

  remove(kind: 'staff' | 'department', id: string): void {
    if (kind === 'department') {
      const known = this.#departments.get(id)
      if (known) this.#maker.forget(known.entry)
      this.#departments.delete(id)
      return
    }
    const person = this.#staff.get(id)
    if (!person) return
    this.#staff.delete(id)
    this.#maker.forget(person.entry)
    const { people } = person.place
    const last = people.pop()
    if (last && last !== person) {
      people[person.at] = last
      last.at = person.at
    }
    if (people.length === 0) this.#empty++
    if (this.#empty > EMPTY_PLACES && this.#empty > this.#places.length / 2) this.#compact()
  }

  #placeOf({ status, typeId, memberships }: Staff): Place {
    const departmentIds = memberships.map((m) => m.departmentId)
    const key = [status, typeId, ...departmentIds].join(' ')
    let place = this.#byKey.get(key)
    if (!place) {
      place = { key, of: { status, typeId, memberships }, departmentIds, people: [] }
      this.#byKey.set(key, place)
      this.#places.push(place)
      this.#empty++
    }
    return place
  }

  #compact(): void {
    for (const { key, people } of this.#places) if (people.length === 0) this.#byKey.delete(key)
    this.#places = this.#places.filter(({ people }) => people.length > 0)
    this.#empty = 0
    this.#stamp = {}
  }
}
