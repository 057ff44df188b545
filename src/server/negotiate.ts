/** The forms in which a GraphQL answer without a stream may come. */
export type MediaType = 'application/json' | 'application/graphql-response+json'

const OFFERED: readonly MediaType[] = ['application/json', 'application/graphql-response+json']

/**
 * The form of an answer by its Accept header, as Yoga chooses it: the first that is named, whatever its q; JSON where a
 * wildcard comes first. Null: none of them, which Yoga answers.
 */
export function mediaTypeOf(accept: string | undefined): MediaType | null {
  if (accept === undefined || accept === '' || accept === '*/*') return 'application/json'
  if (accept === 'application/json' || accept === 'application/graphql-response+json') return accept
  for (const range of accept.replaceAll(/\s/g, '').toLowerCase().split(',')) {
    const [asked = '', ...parameters] = range.split(';')
    const charset = parameters.find((p) => p.includes('charset='))
    if (charset !== undefined && charset !== 'charset=utf-8') continue
    const found = OFFERED.find((offered) => matches(asked, offered))
    if (found) return found
  }
  return null
}

function matches(asked: string, offered: MediaType): boolean {
  const [type, subtype] = asked.split('/')
  const [offeredType, offeredSubtype] = offered.split('/')
  return (type === '*' || type === offeredType) && (subtype === '*' || subtype === offeredSubtype)
}

/** Whether a client takes gzip (RFC 9110, 12.5.3): named, or covered by `*`, with a q above 0. */
export function acceptsGzip(acceptEncoding: string | string[] | undefined): boolean {
  let wildcard = false
  for (const item of String(acceptEncoding ?? '')
    .toLowerCase()
    .split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim())
    const weight = parameters.find((p) => p.startsWith('q='))?.slice(2) ?? '1'
    const isWanted = Number(weight) > 0
    if (coding === 'gzip' || coding === 'x-gzip') return isWanted
    if (coding === '*') wildcard = isWanted
  }
  return wildcard
}
