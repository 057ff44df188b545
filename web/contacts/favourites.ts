import { Store } from '../app/store.ts'

/** Whom somebody has starred, and whom they look at most: of this device and account. */
export interface Favourites {
  readonly starred: readonly string[]
  /** How often somebody was looked at, by id. */
  readonly seen: Readonly<Record<string, number>>
}

const KEYS = 'dolores.favourites.'
const MOST_SEEN = 200
const FREQUENT = 8
const NONE: Favourites = { starred: [], seen: {} }

export function starredWith(now: Favourites, id: string, isStarred: boolean): Favourites {
  const others = now.starred.filter((one) => one !== id)
  return { ...now, starred: isStarred ? [...others, id] : others }
}

/** Counts a look; when many are known, those that were looked at once are forgotten first. */
export function seenAgain(now: Favourites, id: string): Favourites {
  const seen = { ...now.seen, [id]: (now.seen[id] ?? 0) + 1 }
  const ids = Object.keys(seen)
  if (ids.length <= MOST_SEEN) return { ...now, seen }
  const kept = ids.sort((a, b) => (seen[b] ?? 0) - (seen[a] ?? 0)).slice(0, MOST_SEEN / 2)
  return { ...now, seen: Object.fromEntries(kept.map((one) => [one, seen[one] ?? 0])) }
}

/** Looked at more than once, the most first. */
export function frequent({ seen }: Favourites): string[] {
  return Object.keys(seen)
    .filter((id) => (seen[id] ?? 0) > 1)
    .sort((a, b) => (seen[b] ?? 0) - (seen[a] ?? 0))
    .slice(0, FREQUENT)
}

/** Ids alone are kept, never names: what was revoked leaves nothing behind. They go when somebody signs out. */
export class FavouritesStore {
  readonly value: Store<Favourites>
  readonly #key: string | null

  /** Null: nothing is kept, and nobody can be starred. */
  constructor(staffId: string | null) {
    this.#key = staffId === null ? null : KEYS + staffId
    this.value = new Store(this.#key === null ? NONE : read(this.#key))
  }

  get isKept(): boolean {
    return this.#key !== null
  }

  star(id: string, isStarred: boolean): void {
    this.#set(starredWith(this.value.value, id, isStarred))
  }

  look(id: string): void {
    this.#set(seenAgain(this.value.value, id))
  }

  #set(value: Favourites): void {
    if (this.#key === null) return
    this.value.set(value)
    localStorage.setItem(this.#key, JSON.stringify(value))
  }
}

/** Nothing is left in this browser of anybody but whoever is signed in; null: nobody is (T118). */
export function forgetFavourites(staffId: string | null): void {
  for (const key of Object.keys(localStorage))
    if (key.startsWith(KEYS) && key !== `${KEYS}${staffId}`) localStorage.removeItem(key)
}

function read(key: string): Favourites {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
    if (typeof kept !== 'object' || kept === null) return NONE
    const [starred, seen]: unknown[] = [Reflect.get(kept, 'starred'), Reflect.get(kept, 'seen')]
    return {
      starred: Array.isArray(starred) ? starred.filter((id): id is string => typeof id === 'string') : [],
      seen:
        typeof seen === 'object' && seen !== null
          ? Object.fromEntries(
              Object.entries(seen).filter((e): e is [string, number] => typeof e[1] === 'number'),
            )
          : {},
    }
  } catch {
    return NONE
  }
}
