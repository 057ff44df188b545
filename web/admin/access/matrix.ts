import type { Catalogue } from '../admin.ts'

/** How far the holders of a role see what is of a type. */
export interface Sight {
  /** Null: not at all. */
  readonly scope: 'ORGANISATION' | 'OWN_SUBTREE' | null
  /** Sensitive fields that are shown too, by key. */
  readonly sensitive: readonly string[]
}

export interface MatrixRow {
  readonly id: string
  readonly name: string
  /** By type of staff, in the order of the columns. */
  readonly cells: readonly Sight[]
}

export interface Matrix {
  readonly types: readonly { readonly id: string; readonly name: string }[]
  readonly rows: readonly MatrixRow[]
}

/** What each role shows of people, type by type: what all of its rules show together. */
export function matrixOf({ types, roles, rules }: Pick<Catalogue, 'types' | 'roles' | 'rules'>): Matrix {
  const columns = types.filter(({ appliesTo }) => appliesTo === 'STAFF')
  const rows = roles.map((role) => {
    const own = rules.filter(({ id }) => role.rules.some((rule) => rule.id === id))
    const cells = columns.map(({ id }): Sight => {
      const showing = own.filter(
        (rule) => rule.departmentTypes.length > 0 && rule.staffTypes.some((type) => type.id === id),
      )
      const isEverywhere = showing.some(({ scope }) => scope === 'ORGANISATION')
      return {
        scope: isEverywhere ? 'ORGANISATION' : showing.length > 0 ? 'OWN_SUBTREE' : null,
        sensitive: [...new Set(showing.flatMap(({ sensitiveFields }) => sensitiveFields))].sort(),
      }
    })
    return { id: role.id, name: role.name, cells }
  })
  return { types: columns.map(({ id, name }) => ({ id, name })), rows }
}
