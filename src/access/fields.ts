import { hash } from 'node:crypto'
import { compareText } from '../model/canonical.ts'
import type { FieldDefinition } from '../model/entry.ts'
import { SENSITIVE_BUILTINS } from '../model/entry.ts'
import type { State } from '../model/state.ts'
import type { VisibleFields } from './projection.ts'

type Category = FieldDefinition['appliesTo']

/**
 * The field catalogue as far as it decides what a row shows (V5). Metadata without a definition is shown to nobody; a
 * key that any definition marks sensitive is sensitive.
 */
export class FieldCatalogue {
  readonly #keys: Record<Category, Map<string, { isSensitive: boolean }>> = {
    STAFF: new Map(),
    DEPARTMENT: new Map(),
  }
  readonly #visible = new Map<string, VisibleFields>()

  constructor(state: State) {
    for (const category of ['STAFF', 'DEPARTMENT'] as const) {
      for (const key of SENSITIVE_BUILTINS[category]) this.#keys[category].set(key, { isSensitive: false })
    }
    for (const field of state.all('fieldDefinition')) {
      const keys = this.#keys[field.appliesTo]
      const builtin = keys.get(field.key)
      if (builtin) builtin.isSensitive ||= field.isSensitive
      const metadata = keys.get(`metadata:${field.key}`)
      keys.set(`metadata:${field.key}`, { isSensitive: field.isSensitive || metadata?.isSensitive === true })
    }
  }

  /** Keys of all that rows may show where these sensitive ones are granted, sorted; built-in ones among them. */
  shown(category: Category, granted: Pick<ReadonlySet<string>, 'has'>): string[] {
    return [...new Set(this.#shown(category, granted).map(plainKey))].sort(compareText)
  }

  /** What a row shows when the rules that show it grant these sensitive keys. */
  visible(category: Category, granted: ReadonlySet<string>): VisibleFields {
    const signature = `${category} ${[...granted].sort().join(' ')}`
    let fields = this.#visible.get(signature)
    if (!fields) {
      const keys = this.#shown(category, granted)
      const set = new Set(keys)
      fields = { signature: shortText(JSON.stringify(keys.sort())), has: (key) => set.has(key) }
      this.#visible.set(signature, fields)
    }
    return fields
  }

  #shown(category: Category, granted: Pick<ReadonlySet<string>, 'has'>): string[] {
    return [...this.#keys[category]]
      .filter(([key, { isSensitive }]) => !isSensitive || granted.has(plainKey(key)))
      .map(([key]) => key)
  }
}

function plainKey(name: string): string {
  return name.replace(/^metadata:/, '')
}

/** It stands in the key of every row: long ones would be compared a million times. */
function shortText(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 12)
}
