import type { Administration } from '../access/administration.ts'
import type { Layout } from '../directory/names.ts'
import { compareText } from '../model/canonical.ts'
import { subtree, type State } from '../model/state.ts'
import { csvColumns, csvHead, csvRow, type HeaderLanguage } from './export-csv.ts'
import { LdifWriter } from './export-ldif.ts'
import { jsonOf, RowWriter } from './export-rows.ts'
import type { Format } from './options.ts'
import { LastingPaths } from './paths.ts'
import type { RowKind } from './row.ts'

export interface ExportRequest {
  readonly format: Format
  /** Null: departments, then people; CSV has one of them. */
  readonly kind: RowKind | null
  /** Only this department, what stands below it, and who belongs there. */
  readonly departmentId: string | null
  /** Of CSV: which columns, in this order; null: all. */
  readonly columns: readonly string[] | null
  /** Of CSV. */
  readonly headers: HeaderLanguage
  /** Of LDIF: whether ids stand in it. */
  readonly withIds: boolean
}

export interface ExportSource {
  readonly layout: Layout
  /** What the caller administers at this moment; rejects when they may not ask any more (T40). */
  readonly administration: () => Promise<Administration>
}

/** Rows that are written in one turn. */
const PAGE = 100

/** The text of a file, page by page: each as the caller's administration shows it when the page is asked for (T35). */
export async function* exported(
  request: ExportRequest,
  { layout, administration }: ExportSource,
): AsyncGenerator<string, void, undefined> {
  const { format } = request
  const first = await administration()
  const state: State = first.authority.state
  const { kind, headers } = request
  const fields = first.fields()
  const columns = csvColumns(kind ?? 'staff', fields, request.columns)
  const ldif = new LdifWriter(layout, request.withIds)
  if (format === 'csv') yield csvHead(kind ?? 'staff', columns, headers, fields)
  const paths = new LastingPaths()
  let isFirst = true
  const items = itemsOf(request, state)
  for (let done = false; !done;) {
    const now = await administration()
    const writer = new RowWriter(now, paths.now(now))
    let text = ''
    for (let n = 0; n < PAGE; n++) {
      const item = items.next()
      if (item.done === true) {
        done = true
        break
      }
      const shown = item.value.kind === 'staff' ? now.staff(item.value.id) : now.department(item.value.id)
      if (!shown || shown.status === 'TRASHED') continue
      switch (format) {
        case 'csv':
          text += csvRow(shown.kind === 'staff' ? writer.staff(shown) : writer.department(shown), columns)
          break
        case 'json': {
          const row = shown.kind === 'staff' ? writer.staff(shown) : writer.department(shown)
          text += `${isFirst ? '[' : ','}\n${jsonOf(row)}`
          isFirst = false
          break
        }
        case 'ldif':
          text += shown.kind === 'staff' ? ldif.staff(shown) : ldif.department(shown)
      }
    }
    if (text !== '') yield text
  }
  if (format === 'json') yield isFirst ? '[]\n' : '\n]\n'
}

interface Item {
  readonly kind: RowKind
  readonly id: string
}

/** Who and what may be in the file: departments before people, parents before what is below them. */
function* itemsOf({ kind, departmentId }: ExportRequest, state: State): Generator<Item, void, undefined> {
  const inside = departmentId === null ? null : new Set(subtree(state, departmentId))
  if (kind !== 'staff') for (const id of departmentIds(state, departmentId)) yield { kind: 'department', id }
  if (kind === 'department') return
  const ids: string[] = []
  for (const { id, memberships } of state.all('staff'))
    if (inside === null || memberships.some((m) => inside.has(m.departmentId))) ids.push(id)
  for (const id of ids) yield { kind: 'staff', id }
}

/** Parents first, siblings in their order. */
function departmentIds(state: State, departmentId: string | null): string[] {
  const tops: string[] = []
  if (departmentId !== null) tops.push(departmentId)
  else
    for (const { id, parentId } of state.all('department'))
      if (parentId === null || state.get('department', parentId) === undefined) tops.push(id)
  const ids = new Set<string>()
  const visit = (siblings: Iterable<string>) => {
    const entries = [...siblings].flatMap((id) => state.get('department', id) ?? [])
    entries.sort((a, b) => compareText(a.sortKey, b.sortKey) || compareText(a.name, b.name))
    for (const { id } of entries) {
      if (ids.has(id)) continue
      ids.add(id)
      visit(state.children(id))
    }
  }
  visit(tops)
  return [...ids]
}
