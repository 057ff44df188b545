/** An entry as LDAP shows it; names of attributes in lower case. */
export interface LdapRecord {
  readonly dn: string
  readonly id: string
  readonly values: (attribute: string) => readonly string[]
  readonly value: (attribute: string) => string | null
}

/** Reads what `ldapsearch -LLL -o ldif-wrap=no` prints with `*` and `entryUUID`. */
export function readLdif(text: string): LdapRecord[] {
  return text
    .split('\n\n')
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const attributes = new Map<string, string[]>()
      for (const line of block.trim().split('\n')) {
        const [, name = '', encoded, value = ''] = /^([^:]+):(:?) ?(.*)$/.exec(line) ?? []
        const text = encoded ? Buffer.from(value, 'base64').toString() : value
        const key = name.toLowerCase()
        attributes.set(key, [...(attributes.get(key) ?? []), text])
      }
      return recordOf(attributes)
    })
}

/** The same from what ldapts finds. */
export function recordOfSearch(
  found: Readonly<Record<string, string | string[] | Buffer | Buffer[]>>,
): LdapRecord {
  return recordOf(
    new Map(Object.entries(found).map(([name, values]) => [name.toLowerCase(), [values].flat().map(String)])),
  )
}

function recordOf(attributes: ReadonlyMap<string, readonly string[]>): LdapRecord {
  const values = (attribute: string) => attributes.get(attribute.toLowerCase()) ?? []
  const value = (attribute: string) => values(attribute)[0] ?? null
  return { dn: value('dn') ?? '', id: value('entryUUID') ?? '', values, value }
}

export const rdnOf = (dn: string) => dn.slice(0, dn.indexOf(','))
export const parentOf = (dn: string) => dn.slice(dn.indexOf(',') + 1)
/** Whether `dn` stands below `top`; names of the lanes have no commas in them. */
export const isBelow = (dn: string, top: string) => dn.toLowerCase().endsWith(`,${top.toLowerCase()}`)
