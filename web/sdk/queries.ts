import type { DirectoryClient } from './client.ts'
import type { DepartmentRow, StaffRow } from './contract.ts'
import type { Rows } from './copy.ts'
import { Finder, type Hit } from './finder.ts'
import { Listeners } from './listeners.ts'
import { Managers } from './managers.ts'
import type { Outline } from './outline.ts'
import { inLaterSlices } from './slices.ts'
import { Tree } from './tree.ts'

/**
 * Questions to the copy, answered here and now; empty where nothing may be shown. Right after a start people may still be on
 * their way from the device: departments and counts are right, and `isLoading` tells of what no people are known yet.
 */
export interface Queries {
  /**
   * Whether people are still being read: those of a department, one person, or any for null. Until they are there nobody is
   * answered for them, of a department of many people those who come first in it; whoever is asked for is read first.
   */
  isLoading(id: string | null): boolean
  department(id: string): DepartmentRow | null
  person(id: string): StaffRow | null
  /** Departments below one, or the topmost for null; in their order. */
  children(id: string | null): readonly DepartmentRow[]
  /** From the topmost department to this one. */
  path(id: string): readonly DepartmentRow[]
  /** People of one department, in the order that it has. */
  members(id: string): readonly StaffRow[]
  /** People of a department and of all below it, or everybody for null; each once, by name. */
  people(id: string | null): readonly StaffRow[]
  /** How many people there are at and below a department, each once; in it alone when not `recursive`. */
  count(id: string, recursive?: boolean): number
  /** People who report to somebody, or those at the top for null; by name. A manager who is not shown is none. */
  reports(id: string | null): readonly StaffRow[]
  /** From the top of the reporting lines to this person. */
  chain(id: string): readonly StaffRow[]
  /** Best first, 20 unless told otherwise. */
  search(query: string, first?: number): readonly Hit[]
}

export interface LiveQueries extends Queries {
  /**
   * Tells the answer to a question at once, and again whenever it is another, until the function that it answers is called.
   * Rows are never edited: an answer of the same rows in the same order is the same.
   */
  watch<T>(ask: (queries: Queries) => T, tell: (answer: T) => void): () => void
  /**
   * Searches in slices of some milliseconds, so that a page with many people stays smooth; the answer is of the rows as they are
   * then. Null once it was given up, or the copy went.
   */
  seek(query: string, first: number, signal: AbortSignal): Promise<readonly Hit[] | null>
  /** Follows the client no more. */
  close(): void
}

export interface QueriesOptions {
  /** Makes `search` ready in the background, in slices, whenever there is a new copy; otherwise the first search does. */
  readonly preparesSearch?: boolean
}

/** Follows a client and answers questions about what it shows. One for each client is enough. */
export function createQueries(
  client: Pick<DirectoryClient, 'rows' | 'onNews'> & Partial<Pick<DirectoryClient, 'outline' | 'onOutline'>>,
  { preparesSearch = false }: QueriesOptions = {},
): LiveQueries {
  let tree: Tree | null = null
  let finder: Finder | null = null
  let managers: Managers | null = null
  /** What is told before the rows; then it goes on answering until their tree is there. */
  let told = client.outline ?? null
  let late: Outline | null = null
  const watches = new Listeners<null>()
  const grow = async (rows: Rows, outline: Outline) => {
    const isWanted = () => late === outline
    const grown = await inLaterSlices(Tree.grow(rows, outline.asked), isWanted)
    if (!grown || !isWanted()) return
    tree = grown
    late = null
    watches.tell(null)
  }
  const reset = () => {
    const { rows } = client
    late = rows && told
    managers = told = null
    tree = rows && !late ? Tree.of(rows) : null
    if (rows && late) void grow(rows, late)
    const made = (finder = rows && new Finder(rows))
    if (preparesSearch) void made?.prepare(() => finder === made)
  }
  reset()
  const early = () => (client.rows ? late : (client.outline ?? null))
  const stopOutline = client.onOutline?.(() => {
    if (!client.rows) told = client.outline ?? null
    watches.tell(null)
  })
  const stop = client.onNews((news) => {
    if (news.kind === 'reset') reset()
    else {
      if (tree) tree.apply(news.changes)
      else tree = Tree.of(news.rows)
      late = null
      finder?.apply(news.changes)
      managers?.apply(news.changes)
    }
    watches.tell(null)
  })
  // Made when somebody asks: opening the copy does not wait for it.
  const managersNow = () => (managers ??= client.rows && new Managers(client.rows))
  const queries: Queries = {
    isLoading: (id) => {
      const outline = early()
      return outline !== null && (id === null || outline.isLoading(id))
    },
    department: (id) => (client.rows ?? early())?.departments.get(id) ?? null,
    person: (id) => (client.rows ? client.rows.staff.get(id) : early()?.person(id)) ?? null,
    children: (id) => (tree ?? early())?.children(id) ?? [],
    path: (id) => (tree ?? early())?.path(id) ?? [],
    members: (id) => (tree ?? early())?.members(id) ?? [],
    people: (id) => tree?.people(id) ?? [],
    count: (id, recursive) => (tree ?? early())?.count(id, recursive) ?? 0,
    reports: (id) => managersNow()?.reports(id) ?? [],
    chain: (id) => managersNow()?.chain(id) ?? [],
    search: (query, first = 20) => finder?.search(query, first) ?? [],
  }
  return {
    ...queries,
    async seek(query, first, signal) {
      const asked = finder
      if (!asked) return []
      const isWanted = () => !signal.aborted && finder === asked
      const hits = await asked.seek(query, first, isWanted)
      return isWanted() ? hits : null
    },
    watch(ask, tell) {
      let last = ask(queries)
      const look = () => {
        const answer = ask(queries)
        if (isSame(last, answer)) return
        last = answer
        tell(answer)
      }
      const end = watches.add(look)
      tell(last)
      return end
    },
    close() {
      stop()
      stopOutline?.()
      watches.clear()
      tree = finder = managers = told = late = null
    },
  }
}

/** Whether two answers show the same: rows by identity, lists and hits by what is in them. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => isSame(item, b[i]))
  if (isHit(a) && isHit(b)) return a.row === b.row
  return false
}

function isHit(value: unknown): value is Hit {
  return typeof value === 'object' && value !== null && 'row' in value && 'category' in value
}
