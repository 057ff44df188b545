import { compareText } from '../model/canonical.ts'
import type { DepartmentRow, StaffRow } from './row.ts'
import type { View } from './view.ts'

export type SearchHit =
  | { readonly kind: 'staff'; readonly row: StaffRow }
  | { readonly kind: 'department'; readonly row: DepartmentRow }

const EXACT = 0
const START = 1
const INSIDE = 2

/**
 * Rows of the view that match a text, best first: name, nickname, pinyin, initials, login, title, phone tail (four or
 * more digits) and department name. It reads rows only, so what a viewer may not see can neither match nor rank (V9).
 */
export function search(view: View, query: string, first: number): SearchHit[] {
  const text = query.trim().toLowerCase()
  if (text === '' || first <= 0) return []
  const hits: { rank: number; name: string; hit: SearchHit }[] = []
  for (const row of view.allDepartments()) {
    const rank = rankOf(text, [row.name])
    if (rank !== null) hits.push({ rank, name: row.name, hit: { kind: 'department', row } })
  }
  for (const row of view.allStaff()) {
    const rank = staffRank(text, row)
    if (rank !== null) hits.push({ rank, name: row.name, hit: { kind: 'staff', row } })
  }
  hits.sort(
    (a, b) => a.rank - b.rank || compareText(a.name, b.name) || compareText(a.hit.row.id, b.hit.row.id),
  )
  return hits.slice(0, first).map(({ hit }) => hit)
}

function staffRank(text: string, row: StaffRow): number | null {
  const titles = [row.title, ...row.memberships.map((m) => m.title)]
  const rank = rankOf(text, [row.name, row.nickname, row.pinyin, row.initials, row.login, ...titles])
  if (rank !== null) return rank
  const digits = text.replace(/[\s+-]/g, '')
  const isTail = /^\d{4,}$/.test(digits) && row.mobile?.replace(/\D/g, '').endsWith(digits)
  return isTail ? INSIDE : null
}

function rankOf(text: string, values: readonly (string | null)[]): number | null {
  let best: number | null = null
  for (const value of values) {
    if (value === null) continue
    const lower = value.toLowerCase()
    const at = lower.indexOf(text)
    if (at === -1) continue
    const rank = lower === text ? EXACT : at === 0 ? START : INSIDE
    best = best === null ? rank : Math.min(best, rank)
  }
  return best
}
