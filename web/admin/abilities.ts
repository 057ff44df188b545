import type { AdminQuery } from '../generated/graphql.ts'

export type Granted = NonNullable<AdminQuery['admin']>['abilities'][number]

const INCLUDED_IN: Readonly<Record<string, readonly string[]>> = {
  'staff.read': ['staff.write'],
  'department.read': ['department.write'],
}

/**
 * What somebody may do, as far as the console has to know: what is certain to be refused is not offered. Whether something is
 * allowed at one place the server says.
 */
export class Abilities {
  readonly #granted: readonly Granted[]

  constructor(granted: readonly Granted[]) {
    this.#granted = granted
  }

  /** Anywhere, for any field. */
  has(name: string): boolean {
    return this.#of(name).length > 0
  }

  /** For a field, anywhere. */
  covers(name: string, field: string): boolean {
    return this.#of(name).some(({ fields }) => fields.includes('*') || fields.includes(field))
  }

  /** For all fields, anywhere: creating, moving, deleting and restoring need that. */
  hasAll(name: string): boolean {
    return this.covers(name, '*')
  }

  /** In the whole organisation: the catalogue of types, fields, rules and roles has no place in the tree. */
  everywhere(name: string): boolean {
    return this.#of(name).some(({ scope }) => scope === 'ORGANISATION')
  }

  #of(name: string): readonly Granted[] {
    const names = ['*', name, ...(INCLUDED_IN[name] ?? [])]
    return this.#granted.filter((ability) => names.includes(ability.name))
  }
}
