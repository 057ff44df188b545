/** One line of a tree that is on the screen, from top to bottom. */
export interface TreeLine {
  readonly id: string
  readonly name: string
  /** 1 at the top, as aria-level counts. */
  readonly level: number
  readonly isOpen: boolean
  readonly hasChildren: boolean
}

/** What a key means in a tree (WAI-ARIA Authoring Practices, tree view). */
export type TreeMove =
  | { readonly kind: 'focus'; readonly index: number }
  | { readonly kind: 'open' | 'close' | 'choose'; readonly id: string }

/** Null: nothing. `typed`: what was typed in the last moment, for jumping to a name. */
export function treeMove(
  rows: readonly TreeLine[],
  index: number,
  key: string,
  typed: string,
): TreeMove | null {
  const row = rows[index]
  if (!row) return null
  const { id } = row
  const focus = (to: number): TreeMove | null => (rows[to] ? { kind: 'focus', index: to } : null)
  switch (key) {
    case 'ArrowDown':
      return focus(index + 1)
    case 'ArrowUp':
      return focus(index - 1)
    case 'Home':
      return focus(0)
    case 'End':
      return focus(rows.length - 1)
    case 'ArrowRight':
      if (!row.hasChildren) return null
      return row.isOpen ? focus(index + 1) : { kind: 'open', id }
    case 'ArrowLeft':
      if (row.isOpen) return { kind: 'close', id }
      return focus(rows.findLastIndex((r, i) => i < index && r.level < row.level))
    case 'Enter':
    case ' ':
      return { kind: 'choose', id }
    default:
      return typed === '' ? null : jump(rows, index, typed)
  }
}

function jump(rows: readonly TreeLine[], index: number, typed: string): TreeMove | null {
  const wanted = typed.toLowerCase()
  // One more letter may be of the same name; a first one goes on to the next.
  const from = typed.length > 1 ? index : index + 1
  for (let n = 0; n < rows.length; n++) {
    const at = (from + n) % rows.length
    if (rows[at]?.name.toLowerCase().startsWith(wanted)) return { kind: 'focus', index: at }
  }
  return null
}

const TYPING_MS = 700

/** What was typed in the last moment, letter by letter. */
export class Typed {
  #text = ''
  #at = 0

  /** `at`: milliseconds, by any clock. Empty when the key is no letter. */
  with(key: string, at: number): string {
    if (key.length !== 1 || key === ' ') return ''
    this.#text = at - this.#at > TYPING_MS ? key : this.#text + key
    this.#at = at
    return this.#text
  }
}
