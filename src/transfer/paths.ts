import type { Administration } from '../access/administration.ts'
import type { State } from '../model/state.ts'
import { normaliseText } from '../model/text.ts'

/** What a department path names. */
export type PathMatch =
  | { readonly kind: 'found'; readonly id: string }
  | { readonly kind: 'ambiguous' }
  /** `parentId`: of the deepest part that is there, null for none of them; `missing`: the names after it. */
  | { readonly kind: 'missing'; readonly parentId: string | null; readonly missing: readonly string[] }

/**
 * Department paths: names from the top of what the caller administers, `Company/Sales/East`; a `/`, `;` or `\` in a name has a
 * `\` before it. Departments that the caller's administration does not show have none (T37).
 */
export class Paths {
  readonly #administration: Administration
  readonly #state: State
  readonly #byKey = new Map<string, string | null>()
  readonly #texts = new Map<string, string>()
  /** Null: while it was not needed. */
  #isBuilt = false

  constructor(administration: Administration) {
    this.#administration = administration
    this.#state = administration.authority.state
  }

  find(path: string): PathMatch {
    this.#build()
    const names = splitPath(path)
    let parentId: string | null = null
    for (let depth = 1; depth <= names.length; depth++) {
      const id = this.#byKey.get(keyOf(names.slice(0, depth)))
      if (id === null) return { kind: 'ambiguous' }
      if (id === undefined) return { kind: 'missing', parentId, missing: names.slice(depth - 1) }
      parentId = id
    }
    return parentId === null ? { kind: 'missing', parentId, missing: [] } : { kind: 'found', id: parentId }
  }

  /** How the department is named in a file: by its path, or by its id where the path names several. Null: it is not shown. */
  of(id: string): string | null {
    this.#build()
    const text = this.#texts.get(id)
    if (text === undefined) return null
    return this.#byKey.get(keyOf(splitPath(text))) === id ? text : id
  }

  #build(): void {
    if (this.#isBuilt) return
    this.#isBuilt = true
    const { authority } = this.#administration
    const isShown = new Map<string, boolean>()
    const shown = (id: string) => {
      let is = isShown.get(id)
      if (is === undefined) isShown.set(id, (is = authority.showsDepartment(id)))
      return is
    }
    const textOf = (id: string, seen: ReadonlySet<string>): string => {
      const known = this.#texts.get(id)
      if (known !== undefined) return known
      const entry = this.#state.get('department', id)
      const name = escapeName(entry?.name ?? '')
      const parentId = entry?.parentId ?? null
      const isBelow =
        parentId !== null &&
        !seen.has(parentId) &&
        this.#state.get('department', parentId) !== undefined &&
        shown(parentId)
      const text = isBelow ? `${textOf(parentId, new Set([...seen, id]))}/${name}` : name
      this.#texts.set(id, text)
      return text
    }
    for (const { id, status } of this.#state.all('department')) {
      if (status === 'TRASHED' || !shown(id)) continue
      const key = keyOf(splitPath(textOf(id, new Set())))
      this.#byKey.set(key, this.#byKey.has(key) ? null : id)
    }
  }
}

/** Paths that are made anew only when the tree, or what the caller may see of it, has changed. */
export class LastingPaths {
  #of: readonly unknown[] = []
  #paths: Paths | null = null

  now(administration: Administration): Paths {
    const { state, staffId } = administration.authority
    const of = [state, state.stamp('department'), state.stamp('role'), state.get('staff', staffId)]
    if (!this.#paths || of.some((one, i) => one !== this.#of[i])) this.#paths = new Paths(administration)
    this.#of = of
    return this.#paths
  }
}

/** Names of a path as they are kept. */
export function splitPath(path: string): string[] {
  const names: string[] = []
  let name = ''
  for (let i = 0; i < path.length; i++) {
    if (path[i] === '\\' && i + 1 < path.length) name += path[++i] ?? ''
    else if (path[i] === '/') {
      names.push(name)
      name = ''
    } else name += path[i] ?? ''
  }
  return [...names, name].map((text) => normaliseText(text, 512)).filter((text) => text !== '')
}

export function joinPath(names: readonly string[]): string {
  return names.map(escapeName).join('/')
}

function escapeName(name: string): string {
  return name.replace(/[\\/;]/g, '\\$&')
}

/** As names of departments are compared. */
function keyOf(names: readonly string[]): string {
  return names.map((name) => escapeName(name.normalize('NFKC').toLowerCase())).join('/')
}
