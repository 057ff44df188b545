import { canonicalJson, compareText } from '../model/canonical.ts'
import { someByName, staffByName, type Named } from '../model/by-name.ts'
import type { Staff, Status } from '../model/entry.ts'
import { inOrderAfter } from '../model/in-order.ts'
import type { EditedStaff } from '../model/last-edits.ts'
import { subtree, type State } from '../model/state.ts'
import type { Authority } from './authority.ts'
import { kept } from './kept.ts'
import { allCounts, allCountsAfter, ownCounts, ownCountsAfter, type Counts } from './staff-counts.ts'
import { says, textsOf, wordsOf } from './staff-text.ts'
import { typeMatrix, type SightByType } from './type-matrix.ts'

export interface StaffFilter {
  readonly departmentId: string | null
  readonly isRecursive: boolean
  /** Null: whoever is not in the trash. */
  readonly status: Status | null
  readonly typeId: string | null
  readonly roleId: string | null
  /** Words, each of which has to stand in what the caller may read of a person. */
  readonly text: string
}

export const EVERYBODY: StaffFilter = {
  departmentId: null,
  isRecursive: false,
  status: null,
  typeId: null,
  roleId: null,
  text: '',
}

export const STAFF_ORDERS = [
  'NAME',
  'PINYIN',
  'LOGIN',
  'TITLE',
  'TYPE',
  'DEPARTMENT',
  'STATUS',
  'LEAVE_DATE',
] as const
export type StaffOrder = (typeof STAFF_ORDERS)[number]

/** Enough of a person to find their place in a list of some order. */
export interface Placed extends Named {
  /** What the order goes by, before name and id. */
  readonly place: string
}

/** Somebody in a list. */
interface Seat extends Placed {
  readonly entry: Staff
}

/**
 * People whom the administration shows: which of them, and in which order; each page of a list costs the same (T72). Lists are
 * kept, and an edit of somebody moves them alone: a page after it blocks for no longer than copying the list takes.
 */
export class StaffLists {
  readonly #authority: Authority
  readonly #state: State
  readonly #isShown: (entry: Staff) => boolean
  readonly #reads: (entry: Staff, key: string) => boolean

  constructor(authority: Authority) {
    this.#authority = authority
    this.#state = authority.state
    const showsAll = authority.everywhere('staff.read')
    this.#isShown = (entry) => showsAll || authority.showsStaff(entry)
    this.#reads = reading(authority)
  }

  /** By name, then id. */
  byName(filter: StaffFilter): readonly Named[] {
    return this.placed(filter, 'NAME', false)
  }

  /** In another order, those without what it goes by last; only by what the caller may read. */
  placed(filter: StaffFilter, order: StaffOrder, isDescending: boolean): readonly Placed[] {
    const seatOf = this.#seating(order, isDescending)
    const compare = isDescending ? descending : ascending
    const { departmentId } = filter
    if (departmentId !== null && !this.#authority.showsDepartment(departmentId)) return []
    const stamps = this.#stampsOf(order)
    const isWanted = this.#wanted(filter)
    return kept<readonly Seat[]>(this.#state, this.#key('list', filter, order, isDescending), {
      stamps: departmentId === null ? stamps : [...stamps, this.#state.stamp('department')],
      make: () => {
        const few = this.#few(filter)
        if (!few) return this.#everybody(order, isDescending).filter(({ entry }) => isWanted(entry))
        const seats = few.filter((entry) => this.#isShown(entry) && isWanted(entry)).map(seatOf)
        return seats.sort(compare)
      },
      renew: (list, edited) =>
        this.#renewed(list, edited, (entry) => this.#isShown(entry) && isWanted(entry), seatOf, compare),
    })
  }

  /** How many people who are not in the trash belong to each department, and to it or one below it, each once. */
  counts(): { readonly own: ReadonlyMap<string, number>; readonly all: ReadonlyMap<string, number> } {
    const state = this.#state
    const isCounted = (entry: Staff) => entry.status !== 'TRASHED' && this.#isShown(entry)
    const own = () =>
      kept(state, this.#key('own counts'), {
        stamps: this.#placeStamps(),
        make: () => ownCounts(this.#people().filter(isCounted)),
        renew: (before, edited) => ownCountsAfter(before, edited, state, isCounted),
      })
    const all = kept<Counts>(state, this.#key('all counts'), {
      stamps: [state.stamp('department')],
      make: () => allCounts(own(), state),
      renew: (before, edited) => allCountsAfter(before, edited, state, isCounted),
    })
    return { own: own().own, all }
  }

  /** Who is not in the trash and leads a department, by name. */
  leaders(departmentId: string): readonly Named[] {
    if (!this.#authority.showsDepartment(departmentId)) return []
    const seatOf = this.#seating('NAME', false)
    const leads = (entry: Staff) => this.#isShown(entry) && entry.memberships.some((m) => m.isLeader)
    const all = kept<readonly Seat[]>(this.#state, this.#key('leaders'), {
      stamps: this.#placeStamps(),
      make: () => this.#people().filter(leads).map(seatOf),
      renew: (list, edited) => this.#renewed(list, edited, leads, seatOf, ascending),
    })
    return all.filter(
      ({ entry: { status, memberships } }) =>
        status !== 'TRASHED' && memberships.some((m) => m.departmentId === departmentId && m.isLeader),
    )
  }

  /** What the people are shown whose roles the caller may read, by type. */
  typeMatrix(): readonly SightByType[] {
    return kept<readonly SightByType[]>(this.#state, this.#key('type matrix'), {
      stamps: [],
      make: () =>
        typeMatrix(
          this.#state,
          this.#people().filter(
            (entry) => entry.status === 'ACTIVE' && this.#isShown(entry) && this.showsRoles(entry),
          ),
        ),
      renew: () => null,
    })
  }

  /** How many people there are of each status. */
  statuses(): Readonly<Record<Status, number>> {
    return kept<Readonly<Record<Status, number>>>(this.#state, this.#key('statuses'), {
      stamps: this.#placeStamps(),
      make: () => {
        const counts = { ACTIVE: 0, DISABLED: 0, TRASHED: 0 }
        for (const entry of this.#people()) if (this.#isShown(entry)) counts[entry.status]++
        return counts
      },
      renew: (before, edited) => {
        const counts = { ...before }
        for (const [id, old] of edited) {
          if (old && this.#isShown(old)) counts[old.status]--
          const now = this.#state.get('staff', id)
          if (now && this.#isShown(now)) counts[now.status]++
        }
        return counts
      },
    })
  }

  showsRoles(entry: Staff): boolean {
    return this.#authority.over('role.assign', entry).isAll || this.#authority.everywhere('role.write')
  }

  /** All whom the caller administers, in some order. */
  #everybody(order: StaffOrder, isDescending: boolean): readonly Seat[] {
    const seatOf = this.#seating(order, isDescending)
    const compare = isDescending ? descending : ascending
    return kept<readonly Seat[]>(this.#state, this.#key('everybody', order, isDescending), {
      stamps: this.#stampsOf(order),
      make: () => {
        const seats = this.#people().filter(this.#isShown).map(seatOf)
        return order === 'NAME' && !isDescending ? seats : seats.sort(compare)
      },
      renew: (list, edited) => this.#renewed(list, edited, this.#isShown, seatOf, compare),
    })
  }

  #renewed(
    list: readonly Seat[],
    edited: EditedStaff,
    belongs: (entry: Staff) => boolean,
    seatOf: (entry: Staff) => Seat,
    compare: (a: Seat, b: Seat) => number,
  ): readonly Seat[] | null {
    const seats = (entry: Staff | null | undefined) => (entry && belongs(entry) ? [seatOf(entry)] : [])
    const gone = [...edited.values()].flatMap(seats)
    const come = [...edited.keys()].flatMap((id) => seats(this.#state.get('staff', id)))
    return inOrderAfter(list, { gone, come }, compare)
  }

  /** Nobody else is administered; by name. */
  #people(): readonly Staff[] {
    const tops = this.#authority.tops()
    if (!tops) return staffByName(this.#state)
    return someByName(this.#state, this.#membersOf(tops.flatMap((top) => [...subtree(this.#state, top)])))
  }

  /** Members of a department, where that are much fewer than everybody; null: no or a large one. */
  #few({ departmentId, isRecursive }: StaffFilter): readonly Staff[] | null {
    if (departmentId === null) return null
    const ids = this.#membersOf(isRecursive ? subtree(this.#state, departmentId) : [departmentId])
    return ids.size * FEW_SHARE > this.#state.count('staff') ? null : someByName(this.#state, ids)
  }

  #membersOf(departmentIds: Iterable<string>): Set<string> {
    const ids = new Set<string>()
    for (const id of departmentIds) for (const staffId of this.#state.members(id)) ids.add(staffId)
    return ids
  }

  /** Of those who are shown. */
  #wanted({ departmentId, isRecursive, status, typeId, roleId, text }: StaffFilter) {
    const places =
      departmentId === null
        ? null
        : new Set(isRecursive ? subtree(this.#state, departmentId) : [departmentId])
    const words = wordsOf(text)
    const textOf = textsOf(this.#authority, this.#reads)
    return (entry: Staff): boolean =>
      (status === null ? entry.status !== 'TRASHED' : entry.status === status) &&
      (places === null || entry.memberships.some((m) => places.has(m.departmentId))) &&
      (typeId === null || entry.typeId === typeId) &&
      (roleId === null || (this.showsRoles(entry) && entry.roleIds.includes(roleId))) &&
      (words.length === 0 || says(textOf(entry), words))
  }

  #seating(order: StaffOrder, isDescending: boolean): (entry: Staff) => Seat {
    const none = isDescending ? '' : LAST
    const orNone = (text: string | null | undefined) => (text == null || text === '' ? none : text)
    const placeOf = (entry: Staff): string => {
      switch (order) {
        case 'NAME':
          return ''
        case 'PINYIN':
          return (entry.pinyin ?? entry.name).toLowerCase()
        case 'LOGIN':
          return entry.login
        case 'TITLE':
          return this.#reads(entry, 'title') ? orNone(entry.title) : none
        case 'LEAVE_DATE':
          return this.#reads(entry, 'leaveDate') ? orNone(entry.leaveDate) : none
        case 'STATUS':
          return entry.status
        case 'TYPE':
          return orNone(entry.typeId === null ? null : this.#state.get('staffType', entry.typeId)?.name)
        case 'DEPARTMENT': {
          const seen = entry.memberships.filter((m) => this.#authority.showsDepartment(m.departmentId))
          const main = seen.find((m) => m.isMain) ?? seen[0]
          return orNone(main && this.#state.get('department', main.departmentId)?.name)
        }
      }
    }
    return (entry) => ({ id: entry.id, name: entry.name, place: placeOf(entry), entry })
  }

  /** On what an order depends beside people. */
  #stampsOf(order: StaffOrder): readonly object[] {
    const places = this.#placeStamps()
    if (order === 'TYPE') return [...places, this.#state.stamp('staffType')]
    return order === 'DEPARTMENT' ? [...places, this.#state.stamp('department')] : places
  }

  /** Where the caller's abilities have places, those decide who is shown. */
  #placeStamps(): readonly object[] {
    return this.#authority.isOfNoPlace ? [] : [this.#state.stamp('department')]
  }

  /** All that decides what may be seen is in it: whoever may see the same shares the lists. */
  #key(...of: readonly unknown[]): string {
    return canonicalJson([this.#authority.text, ...of])
  }
}

/** Behind every text. */
const LAST = '\uffff'

/** Of a department with fewer than one in so many of all people they are sorted by themselves. */
const FEW_SHARE = 20

function ascending(a: Seat, b: Seat): number {
  return compareText(a.place, b.place) || compareText(a.name, b.name) || compareText(a.id, b.id)
}

function descending(a: Seat, b: Seat): number {
  return ascending(b, a)
}

/** Whether a field of somebody may be read: nobody is found or put in order by what may not. */
function reading(authority: Authority): (entry: Staff, key: string) => boolean {
  const everywhere = new Map<string, boolean>()
  return (entry, key) => {
    const known = everywhere.get(key)
    const isEverywhere = known ?? authority.readsEverywhere('staff.read', key)
    if (known === undefined) everywhere.set(key, isEverywhere)
    return isEverywhere || authority.over('staff.read', entry).has(key)
  }
}
