import { LRUCache } from 'lru-cache'
import { compareText } from '../model/canonical.ts'
import type { View } from '../access/view.ts'
import type { CursorMint, Position } from './cursor.ts'
import { depthOf } from './delta.ts'
import { digestText, type Summary } from './digest.ts'
import type { SnapshotPage } from './results.ts'
import { positionKey } from './views.ts'

/** The rows of a pinned view in the order in which a snapshot tells them. */
interface Order {
  readonly departments: readonly string[]
  readonly staff: readonly string[]
}

/** Cuts pinned views into pages (S1): departments, parents before children, then staff; equal on every instance. */
export class Snapshots {
  readonly #mint: CursorMint
  readonly #orders = new LRUCache<string, Order>({ max: 50 })

  constructor(mint: CursorMint) {
    this.#mint = mint
  }

  /** The page from `offset`, of at most `size` rows. */
  page(view: View, at: Position, summary: Summary, offset: number, size: number): SnapshotPage {
    const order = this.#order(view, at)
    const total = order.departments.length + order.staff.length
    const end = Math.min(offset + size, total)
    const inStaff = (position: number) => Math.max(0, position - order.departments.length)
    return {
      kind: 'SnapshotPage',
      version: this.#mint.cursor(at),
      digest: digestText(summary),
      ...view.catalogue(),
      departments: order.departments.slice(offset, end).flatMap((id) => view.department(id) ?? []),
      staff: order.staff.slice(inStaff(offset), inStaff(end)).flatMap((id) => view.staff(id) ?? []),
      endCursor: this.#mint.mint({ kind: 'snapshot', at, offset: end }),
      hasNextPage: end < total,
    }
  }

  #order(view: View, at: Position): Order {
    const key = positionKey(at)
    const known = this.#orders.get(key)
    if (known) return known
    const departments = [...view.allDepartments()].map(({ id }) => ({ id, depth: depthOf(view, id) }))
    departments.sort((a, b) => a.depth - b.depth || compareText(a.id, b.id))
    const staff = [...view.allStaff()].map(({ id }) => id).sort(compareText)
    const order = { departments: departments.map(({ id }) => id), staff }
    this.#orders.set(key, order)
    return order
  }
}
