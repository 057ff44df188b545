import type { Placed } from '../access/view.ts'
import type { Department, Staff } from '../model/entry.ts'
import type { Name } from './names.ts'
import { nameOf, People } from './people.ts'
import { Scratch } from './scratch.ts'
import { Readings } from './syllable.ts'

/** People whom every view shows or hides together, with the same fields: of one status, type and set of departments. */
export interface Place {
  readonly key: string
  readonly of: Placed
  readonly departmentIds: readonly string[]
  count: number
}

export interface FoundDepartment {
  readonly entry: Department
  readonly name: Name
}

/** So many empty places are kept at least. */
const EMPTY_PLACES = 1000
const NONE: readonly number[] = []

/**
 * What can be found in one state of the directory, hidden, disabled and trashed entries included: it knows nothing of views,
 * and answers nobody but `search`, which reads only people of places that the view shows. Entries are put and removed one by
 * one; memory is in proportion to them.
 */
export class SearchIndex {
  readonly #readings = new Readings()
  readonly people = new People(this.#readings)
  readonly scratch = new Scratch()
  readonly #departments = new Map<string, FoundDepartment>()
  readonly #numbers = new Map<string, number>()
  readonly #byDepartment = new Map<string, number[]>()
  #places: Place[] = []
  #empty = 0
  #stamp: object = {}

  /** The same object for as long as `places` only grows at its end. */
  get stamp(): object {
    return this.#stamp
  }

  /** By the numbers that stand in the column; some may be empty. */
  get places(): readonly Place[] {
    return this.#places
  }

  /** Numbers of the places that belong to a department. */
  placesOf(departmentId: string): readonly number[] {
    return this.#byDepartment.get(departmentId) ?? NONE
  }

  get departments(): Iterable<FoundDepartment> {
    return this.#departments.values()
  }

  put(entry: Staff | Department): void {
    if (entry.kind === 'department') {
      if (this.#departments.get(entry.id)?.entry === entry) return
      this.#departments.set(entry.id, { entry, name: nameOf(entry.name, null, null, this.#readings) })
      return
    }
    const row = this.people.rowOf(entry.id)
    if (row !== undefined && this.people.entries[row] === entry) return
    this.remove('staff', entry.id)
    this.people.add(entry, this.#placeOf(entry))
  }

  remove(kind: 'staff' | 'department', id: string): void {
    if (kind === 'department') {
      this.#departments.delete(id)
      return
    }
    const row = this.people.rowOf(id)
    if (row === undefined) return
    const place = this.#places[this.people.place.data[row] ?? 0]
    this.people.remove(row)
    if (place && --place.count === 0) this.#empty++
    if (this.#empty > EMPTY_PLACES && this.#empty > this.#places.length / 2) this.#compact()
  }

  #placeOf({ status, typeId, memberships }: Staff): number {
    const departmentIds = memberships.map((m) => m.departmentId)
    const key = [status, typeId, ...departmentIds].join(' ')
    let number = this.#numbers.get(key)
    if (number === undefined) {
      number = this.#places.length
      this.#addPlace({ key, of: { status, typeId, memberships }, departmentIds, count: 0 })
      this.#empty++
    }
    const place = this.#places[number]
    if (place && place.count++ === 0) this.#empty--
    return number
  }

  #addPlace(place: Place): void {
    const number = this.#places.length
    this.#numbers.set(place.key, number)
    this.#places.push(place)
    for (const id of place.departmentIds) {
      const numbers = this.#byDepartment.get(id)
      if (numbers) numbers.push(number)
      else this.#byDepartment.set(id, [number])
    }
  }

  /** Forgets empty places; the others get new numbers. */
  #compact(): void {
    const old = this.#places
    this.#places = []
    this.#numbers.clear()
    this.#byDepartment.clear()
    for (const each of old) if (each.count > 0) this.#addPlace(each)
    const { place, count } = this.people
    for (let row = 0; row < count; row++)
      place.set(row, this.#numbers.get(old[place.data[row] ?? 0]?.key ?? '') ?? 0)
    this.#empty = 0
    this.#stamp = {}
  }
}
