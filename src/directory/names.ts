/** The one place where distinguished names (RFC 4514) and filters (RFC 4515) are read, written and compared. */

export interface Ava {
  readonly type: string
  readonly value: string
}
/** One or more type=value pairs; several are joined by `+`. */
export type Rdn = readonly Ava[]

export class InvalidDn extends Error {
  constructor(text: string) {
    super(`Not a DN: ${JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)}`)
    this.name = 'InvalidDn'
  }
}

/** Reads a DN, nearest name first; the empty DN is the empty list. Also understands RFC 2253's `;` and quotes. */
export function parseDn(text: string): Rdn[] {
  return new DnReader(text).read()
}

/** Writes a DN. Special characters become hex pairs, so that a `,` or `+` in the text always separates. */
export function formatDn(rdns: readonly Rdn[]): string {
  return rdns.map(formatRdn).join(',')
}

export function formatRdn(rdn: Rdn): string {
  return rdn.map((ava) => `${ava.type}=${escapeDnValue(ava.value)}`).join('+')
}

/** Key for comparing: two texts of the same name give the same key. A DN below another one ends with `,` and its key. */
export function normDn(dn: string | readonly Rdn[]): string {
  return (typeof dn === 'string' ? parseDn(dn) : dn).map(normRdn).join(',')
}

export function normRdn(rdn: Rdn): string {
  return rdn
    .map((ava) => `${ava.type.toLowerCase()}=${escapeDnValue(foldValue(ava.value))}`)
    .sort()
    .join('+')
}

function foldValue(value: string): string {
  return value.normalize('NFKC').toLowerCase().trim().replace(/ +/g, ' ')
}

export function parentDn(dn: string): string {
  return formatDn(parseDn(dn).slice(1))
}

/**
 * A DN from parts: what follows `,` is a DN and is inserted as one, everything else is a value or a part of one and is
 * escaped.
 * `dn`uid=${login},${layout.people}``
 */
export function dn(texts: TemplateStringsArray, ...parts: readonly string[]): string {
  return texts.reduce((built, text, i) => {
    const part = parts[i - 1] ?? ''
    const isDn = built === '' || built.endsWith(',')
    return built + (isDn ? formatDn(parseDn(part)) : escapeDnValue(part)) + text
  })
}

export function escapeDnValue(value: string): string {
  // Servers take tabs and line breaks at the ends for spaces, which they drop.
  return value
    .replace(/[\\,+"<>;=\0\t\n\v\f\r]/g, hexPair)
    .replace(/^[ #]/, hexPair)
    .replace(/ $/, hexPair)
}

/** A search filter in which every part is an escaped value: `filter`(uid=${login})``. */
export function filter(texts: TemplateStringsArray, ...values: readonly string[]): string {
  return texts.reduce((built, text, i) => built + escapeFilterValue(values[i - 1] ?? '') + text)
}

export function escapeFilterValue(value: string): string {
  return value.replace(/[\\*()\0]/g, hexPair)
}

function hexPair(char: string): string {
  return `\\${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`
}

/** Where everything stands below the base. */
export interface Layout {
  readonly base: string
  readonly departments: string
  readonly people: string
  readonly roles: string
  readonly rules: string
  readonly types: string
  readonly fields: string
  readonly trash: string
  readonly policies: string
}

export function layoutOf(baseDn: string): Layout {
  const base = formatDn(parseDn(baseDn))
  const at = (ou: string) => `ou=${ou},${base}`
  return {
    base,
    departments: at('departments'),
    people: at('people'),
    roles: at('roles'),
    rules: at('rules'),
    types: at('types'),
    fields: at('fields'),
    trash: at('trash'),
    policies: at('policies'),
  }
}

class DnReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): Rdn[] {
    this.#spaces()
    if (this.#at >= this.#text.length) return []
    const rdns: Rdn[] = []
    for (;;) {
      rdns.push(this.#rdn())
      if (this.#at >= this.#text.length) return rdns
      if (!this.#take(',') && !this.#take(';')) throw this.#invalid()
    }
  }

  #rdn(): Rdn {
    const rdn: Ava[] = []
    do {
      rdn.push(this.#ava())
    } while (this.#take('+'))
    return rdn
  }

  #ava(): Ava {
    this.#spaces()
    const type = this.#match(/[A-Za-z0-9][A-Za-z0-9.-]*/y)
    this.#spaces()
    if (type === '' || !this.#take('=')) throw this.#invalid()
    this.#spaces()
    if (this.#text[this.#at] === '#') return { type, value: this.#hexString() }
    if (this.#text[this.#at] === '"') return { type, value: this.#quoted() }
    return { type, value: this.#plain() }
  }

  #plain(): string {
    const bytes: Buffer[] = []
    let trailingSpaces = 0
    for (;;) {
      const literal = this.#match(/[^,+;"<>\\\0]+/y)
      if (literal !== '') {
        bytes.push(Buffer.from(literal))
        trailingSpaces = literal.length - literal.replace(/ +$/, '').length
      } else if (this.#text[this.#at] === '\\') {
        bytes.push(this.#escaped())
        trailingSpaces = 0
      } else break
    }
    const value = Buffer.concat(bytes)
    return value.subarray(0, value.length - trailingSpaces).toString()
  }

  #quoted(): string {
    this.#at++
    const bytes: Buffer[] = []
    while (!this.#take('"')) {
      const literal = this.#match(/[^"\\]+/y)
      if (literal !== '') bytes.push(Buffer.from(literal))
      else if (this.#text[this.#at] === '\\') bytes.push(this.#escaped())
      else throw this.#invalid()
    }
    this.#spaces()
    return Buffer.concat(bytes).toString()
  }

  #escaped(): Buffer {
    this.#at++
    const pair = this.#match(/[0-9A-Fa-f]{2}/y)
    if (pair !== '') return Buffer.from(pair, 'hex')
    const code = this.#text.codePointAt(this.#at)
    if (code === undefined) throw this.#invalid()
    const char = String.fromCodePoint(code)
    this.#at += char.length
    return Buffer.from(char)
  }

  /** `#` and the BER encoding of the value in hex digits. */
  #hexString(): string {
    const bytes = Buffer.from(this.#match(/#((?:[0-9A-Fa-f]{2})+)/y).slice(1), 'hex')
    this.#spaces()
    const long = (bytes[1] ?? 0) & 0x80 ? (bytes[1] ?? 0) & 0x7f : 0
    if (bytes.length < 2 + long || long > 4) throw this.#invalid()
    const length = long === 0 ? bytes.readUInt8(1) : bytes.readUIntBE(2, long)
    if (bytes.length !== 2 + long + length) throw this.#invalid()
    return bytes.subarray(2 + long).toString()
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false
    this.#at++
    return true
  }

  #spaces(): void {
    while (this.#text[this.#at] === ' ') this.#at++
  }

  #invalid(): InvalidDn {
    return new InvalidDn(this.#text)
  }
}
