import type { DepartmentRow, StaffRow } from '../access/row.ts'
import type { View } from '../access/view.ts'
import type { RowChange } from './delta.ts'

/** Size and digest of one view (D8), kept incrementally. */
export interface Summary {
  readonly rows: number
  /** The sum of the rows' marks, mod 2^128. */
  readonly sum: bigint
}

export const NO_ROWS: Summary = { rows: 0, sum: 0n }

export function markRow({ rows, sum }: Summary, row: DepartmentRow | StaffRow, view: View): Summary {
  return { rows: rows + 1, sum: BigInt.asUintN(128, sum + view.mark(row)) }
}

export function addSummaries(a: Summary, b: Summary): Summary {
  return { rows: a.rows + b.rows, sum: BigInt.asUintN(128, a.sum + b.sum) }
}

/** The summary after a difference of the whole view (one without revoked types). */
export function advanceSummary({ rows, sum }: Summary, changes: readonly RowChange[], view: View): Summary {
  let count = rows
  let total = sum
  for (const { before, after } of changes) {
    if (before) {
      count--
      total -= view.mark(before)
    }
    if (after) {
      count++
      total += view.mark(after)
    }
  }
  return { rows: count, sum: BigInt.asUintN(128, total) }
}

/** 32 hex digits; an empty view is all zeros. */
export function digestText({ sum }: Summary): string {
  return sum.toString(16).padStart(32, '0')
}
