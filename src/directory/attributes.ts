import { compareText } from '../model/canonical.ts'
import type { Entry, MetadataEntry } from '../model/entry.ts'
import { normaliseLines, normaliseText, TEXT_LIMIT } from '../model/text.ts'
import type { Rdn } from './names.ts'
import type { RawEntry } from './raw-entry.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** Keys of custom fields and of the field catalogue. */
export const FIELD_KEY = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/

/** A value without which the entry means nothing. */
export class Malformed extends Error {}

/** An entry before its place in the tree is known. */
export interface Draft {
  readonly entry: Entry
  /** The standard `manager` of a person. */
  readonly managerDn: string | null
}

export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/**
 * Reads the values of one entry and notes what is wrong with them. LDAP values are a set: where one is needed and several
 * are there, it is the one in the entry's name, else the first in code unit order, so that every server gives the same.
 */
export class Attributes {
  readonly problems: string[] = []
  readonly #values: RawEntry['attributes']
  readonly #rdn: Rdn
  /** Attributes with a language option; rare. */
  readonly #tagged: readonly string[]

  /** `rdn`: the entry's own name. */
  constructor(values: RawEntry['attributes'], rdn: Rdn) {
    this.#values = values
    this.#rdn = rdn
    this.#tagged = [...values.keys()].filter((key) => key.includes(';lang-'))
  }

  /** Values as they are, sorted; with language options only when there is no value without. */
  raw(name: string): string[] {
    const key = name.toLowerCase()
    const plain = this.#values.get(key)
    if (plain !== undefined) return plain.map(decode).sort(compareText)
    return this.#tagged
      .filter((tagged) => tagged.startsWith(`${key};`))
      .flatMap((tagged) => (this.#values.get(tagged) ?? []).map(decode))
      .sort(compareText)
  }

  /** Values as text of one line, none empty, sorted, each once. */
  texts(name: string, limit: number = TEXT_LIMIT): string[] {
    const texts = this.raw(name).map((value) =>
      this.#shortened(name, value, normaliseText(value, limit), limit),
    )
    return [...new Set(texts)].filter((text) => text !== '').sort(compareText)
  }

  text(name: string, limit: number = TEXT_LIMIT): string | null {
    const values = this.texts(name, limit)
    const named = this.#rdn.find((ava) => ava.type.toLowerCase() === name.toLowerCase())
    const distinguished = named ? normaliseText(named.value, limit) : ''
    return values.find((value) => value === distinguished) ?? values[0] ?? null
  }

  lines(name: string): string | null {
    const value = this.raw(name)[0]
    return (value === undefined ? '' : normaliseLines(value)) || null
  }

  flag(name: string): boolean {
    return this.raw(name).some((value) => value.toUpperCase() === 'TRUE')
  }

  id(name: string): string | null {
    return this.ids(name)[0] ?? null
  }

  /** References, sorted, each once. */
  ids(name: string): string[] {
    const ids = this.raw(name).map((value) => value.toLowerCase())
    for (const id of ids) if (!isUuid(id)) this.report(name, id, 'is not an entryUUID')
    return [...new Set(ids.filter(isUuid))].sort(compareText)
  }

  json(name: string): unknown[] {
    return this.raw(name).flatMap((value) => {
      try {
        return [JSON.parse(value) as unknown]
      } catch {
        this.report(name, value, 'is not JSON')
        return []
      }
    })
  }

  /** A value that has the form, else null and a report. */
  matching(name: string, form: RegExp, wanted: string): string | null {
    const value = this.text(name)
    if (value === null || form.test(value)) return value
    this.report(name, value, `is not ${wanted}`)
    return null
  }

  report(name: string, value: string, problem: string): void {
    const shown = JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
    this.problems.push(`${name} ${shown} ${problem}; ignored`)
  }

  #shortened(name: string, value: string, text: string, limit: number): string {
    if (text.length >= limit - 1 && value.length > limit) {
      this.problems.push(`${name} has ${value.length} characters; cut to ${limit}`)
    }
    return text
  }
}

function decode(value: Buffer): string {
  return value.toString('utf8')
}

/** `displayName`, else the attribute that names the entry. */
export function nameOf(attributes: Attributes, naming: 'cn' | 'ou'): string {
  const name = attributes.text('displayName', 256) ?? attributes.text(naming, 256)
  if (name === null) throw new Malformed(`has neither a displayName nor a ${naming} that can be shown`)
  return name
}

/** Custom fields, `key=value`: sorted by key, one value a key. */
export function metadataOf(attributes: Attributes): MetadataEntry[] {
  const byKey = new Map<string, string>()
  for (const text of attributes.raw('dlrMeta')) {
    const at = text.indexOf('=')
    const key = text.slice(0, Math.max(at, 0)).trim()
    if (!FIELD_KEY.test(key)) attributes.report('dlrMeta', text, 'is not key=value')
    else if (byKey.has(key)) attributes.report('dlrMeta', text, 'is a second value of its key')
    else byKey.set(key, normaliseLines(text.slice(at + 1)))
  }
  return [...byKey].map(([key, value]) => ({ key, value })).sort((a, b) => compareText(a.key, b.key))
}
