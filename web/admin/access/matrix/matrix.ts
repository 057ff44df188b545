import type { Catalogue } from '../../admin.ts'

/** How far the holders of a role see what is of a type. */
export interface Sight {
  /** Null: not at all. */
  readonly scope: 'ORGANISATION' | 'OWN_SUBTREE' | null
  /** Sensitive fields that are shown too, by key. */
  readonly sensitive: readonly string[]
}

export interface Column {
  readonly id: string
  readonly name: string
  readonly appliesTo: 'STAFF' | 'DEPARTMENT'
  /** No role shows it: it is hidden from everybody. */
  readonly isHidden: boolean
}

export interface MatrixRow {
  readonly id: string
  readonly name: string
  /** In the order of the columns. */
  readonly cells: readonly Sight[]
}

export interface Matrix {
  /** Types of staff, then of departments. */
  readonly columns: readonly Column[]
  readonly rows: readonly MatrixRow[]
}

type Rule = Catalogue['rules'][number]

/** What each role shows, type by type: what all of its rules show together. */
export function matrixOf({
  types,
  roles,
  rules,
  fields,
}: Pick<Catalogue, 'types' | 'roles' | 'rules' | 'fields'>): Matrix {
  const ordered = [
    ...types.filter(({ appliesTo }) => appliesTo === 'STAFF'),
    ...types.filter(({ appliesTo }) => appliesTo === 'DEPARTMENT'),
  ]
  const rows = roles.map((role) => {
    const own = rules.filter(({ id }) => role.rules.some((rule) => rule.id === id))
    const cells = ordered.map((type): Sight => {
      const showing = own.filter((rule) => showsType(rule, type))
      const isEverywhere = showing.some(({ scope }) => scope === 'ORGANISATION')
      const keys = new Set(showing.flatMap(({ sensitiveFields }) => sensitiveFields))
      return {
        scope: isEverywhere ? 'ORGANISATION' : showing.length > 0 ? 'OWN_SUBTREE' : null,
        sensitive: [...keys]
          .filter((key) => fields.some((field) => field.key === key && field.appliesTo === type.appliesTo))
          .toSorted(),
      }
    })
    return { id: role.id, name: role.name, cells }
  })
  const columns = ordered.map(({ id, name, appliesTo }, i) => ({
    id,
    name,
    appliesTo,
    isHidden: rows.every(({ cells }) => cells[i]?.scope == null),
  }))
  return { columns, rows }
}

/** People are shown in departments: a rule without types of departments shows nobody. */
export function showsType(
  rule: Pick<Rule, 'departmentTypes' | 'staffTypes'>,
  { id, appliesTo }: { readonly id: string; readonly appliesTo: 'STAFF' | 'DEPARTMENT' },
): boolean {
  const named = appliesTo === 'STAFF' ? rule.staffTypes : rule.departmentTypes
  return rule.departmentTypes.length > 0 && named.some((type) => type.id === id)
}
