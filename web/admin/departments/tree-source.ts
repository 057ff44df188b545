import type { Client } from 'urql'
import { Store } from '../../app/store.ts'
import { AdminDepartmentsDocument, type AdminDepartmentsQuery } from '../../generated/graphql.ts'
import type { TreeLine } from '../../ui/tree-keys.ts'
import type { News } from '../admin.ts'

type Edges = NonNullable<AdminDepartmentsQuery['admin']>['departments']['edges']
export type DepartmentNode = Edges[number]['node']

export interface TreeRow extends TreeLine {
  readonly node: DepartmentNode
  readonly parentId: string | null
  readonly position: number
  readonly siblings: number
}

export interface Tree {
  /** By parent; null: the tops of the scope. */
  readonly children: ReadonlyMap<string | null, readonly DepartmentNode[]>
  readonly open: ReadonlySet<string>
  readonly isAway: boolean
}

const PAGE = 100

/** Departments of the scope, each level asked for when it is opened. */
export class TreeSource {
  readonly state = new Store<Tree>({ children: new Map(), open: new Set(), isAway: false })
  readonly #client: Client
  readonly #news: News

  constructor(client: Client, news: News) {
    this.#client = client
    this.#news = news
  }

  /** The tops; a company with one of them begins opened. */
  async start(): Promise<void> {
    const tops = await this.#load(null)
    if (tops?.length === 1 && tops[0]) await this.open(tops[0].id)
  }

  async open(id: string): Promise<void> {
    const { state } = this
    state.set({ ...state.value, open: new Set(state.value.open).add(id) })
    if (!state.value.children.has(id)) await this.#load(id)
  }

  close(id: string): void {
    const open = new Set(this.state.value.open)
    open.delete(id)
    this.state.set({ ...this.state.value, open })
  }

  /** Asks for what is open again. */
  async refresh(): Promise<void> {
    const { children, open } = this.state.value
    const shown = [...children.keys()].filter((id) => id === null || open.has(id))
    await Promise.all(shown.map(async (id) => await this.#load(id)))
    // What is closed is asked for when it is opened.
    const kept = [...this.state.value.children].filter(([id]) => id === null || this.state.value.open.has(id))
    this.state.set({ ...this.state.value, children: new Map(kept) })
  }

  async #load(id: string | null): Promise<readonly DepartmentNode[] | null> {
    const nodes: DepartmentNode[] = []
    for (let after: string | null = null; ;) {
      const variables: { id: string | null; first: number; after: string | null; waitFor: string | null } = {
        id,
        first: PAGE,
        after,
        waitFor: this.#news.version,
      }
      const answer = await this.#client.query(AdminDepartmentsDocument, variables).toPromise()
      const page = answer.data?.admin?.departments
      if (!page) {
        this.state.set({ ...this.state.value, isAway: true })
        return null
      }
      nodes.push(...page.edges.map(({ node }) => node))
      after = page.pageInfo.endCursor
      if (!page.pageInfo.hasNextPage || after === null) break
    }
    const children = new Map(this.state.value.children).set(id, nodes)
    this.state.set({ ...this.state.value, children, isAway: false })
    return nodes
  }
}

/** The lines of a tree, from top to bottom. */
export function treeRows({ children, open }: Tree): TreeRow[] {
  const rows: TreeRow[] = []
  const add = (parentId: string | null, level: number) => {
    const nodes = children.get(parentId) ?? []
    for (const [i, node] of nodes.entries()) {
      const { id, name } = node
      const hasChildren = node.children.totalCount > 0
      const isOpen = hasChildren && open.has(id)
      rows.push({
        id,
        name,
        node,
        parentId,
        level,
        isOpen,
        hasChildren,
        position: i + 1,
        siblings: nodes.length,
      })
      if (isOpen) add(id, level + 1)
    }
  }
  add(null, 1)
  return rows
}
