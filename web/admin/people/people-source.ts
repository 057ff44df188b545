import type { Client } from 'urql'
import { Store } from '../../app/store.ts'
import {
  AdminStaffListDocument,
  type AdminStaffLineFragment,
  type AdminStaffListQueryVariables,
} from '../../generated/graphql.ts'
import type { News } from '../admin.ts'

export type Line = AdminStaffLineFragment
export type PeopleFilter = Omit<AdminStaffListQueryVariables, 'skip' | 'first' | 'after' | 'waitFor'>

export interface Listed {
  /** Null: not known yet. */
  readonly total: number | null
  readonly pages: ReadonlyMap<number, readonly Line[]>
  readonly isAway: boolean
}

export const PAGE = 100

/** People of one list, page by page: those that are on the screen are asked for, wherever in the list that is. */
export class PeopleSource {
  readonly state = new Store<Listed>({ total: null, pages: new Map(), isAway: false })
  readonly #client: Client
  readonly #news: News
  readonly #filter: PeopleFilter
  /** How many rows on the screen want each page. */
  readonly #wanted = new Map<number, number>()
  /** By page: the round in which it was asked for last. */
  readonly #asked = new Map<number, number>()
  #round = 0
  #isClosed = false

  constructor(client: Client, news: News, filter: PeopleFilter) {
    this.#client = client
    this.#news = news
    this.#filter = filter
  }

  lineAt(index: number): Line | undefined {
    return this.state.value.pages.get(Math.floor(index / PAGE))?.[index % PAGE]
  }

  /** The first so many people, for choosing them all, wherever the screen is; null: the server is away. */
  async first(count: number): Promise<Line[] | null> {
    const lines: Line[] = []
    for (let skip = 0; skip < count; skip += PAGE) {
      const variables = {
        ...this.#filter,
        skip,
        first: Math.min(PAGE, count - skip),
        waitFor: this.#news.version,
      }
      const { data } = await this.#client.query(AdminStaffListDocument, variables).toPromise()
      const edges = data?.admin?.staffList.edges
      if (!edges) return null
      lines.push(...edges.map(({ node }) => node))
    }
    return lines
  }

  /** A row is on the screen until the answer is called. */
  want(index: number): () => void {
    const page = Math.floor(index / PAGE)
    this.#wanted.set(page, (this.#wanted.get(page) ?? 0) + 1)
    void this.#load(page)
    return () => {
      const left = (this.#wanted.get(page) ?? 1) - 1
      if (left === 0) this.#wanted.delete(page)
      else this.#wanted.set(page, left)
    }
  }

  /** Asks for what is on the screen again; it stays there until the answer comes. */
  refresh(): void {
    this.#round++
    const { total, pages, isAway } = this.state.value
    const shown = [...pages].filter(([page]) => this.#wanted.has(page))
    this.state.set({ total, pages: new Map(shown), isAway })
    const wanted = this.#wanted.size > 0 ? [...this.#wanted.keys()] : [0]
    for (const page of wanted) void this.#load(page)
  }

  close(): void {
    this.#isClosed = true
  }

  async #load(page: number): Promise<void> {
    const round = this.#round
    if (this.#asked.get(page) === round && !this.state.value.isAway) return
    this.#asked.set(page, round)
    const variables = { ...this.#filter, skip: page * PAGE, first: PAGE, waitFor: this.#news.version }
    const { data } = await this.#client.query(AdminStaffListDocument, variables).toPromise()
    if (this.#isClosed || this.#asked.get(page) !== round) return
    const list = data?.admin?.staffList
    if (!list) {
      this.#asked.delete(page)
      this.state.set({ ...this.state.value, isAway: true })
      return
    }
    const pages = new Map(this.state.value.pages).set(
      page,
      list.edges.map(({ node }) => node),
    )
    this.state.set({ total: list.totalCount, pages, isAway: false })
  }
}
