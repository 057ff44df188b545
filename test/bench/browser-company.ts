import { ldifEntry } from '../../src/directory/ldif.ts'
import { demoCompany, type DemoEntry } from '../../src/local/demo/company.ts'

/** A department with a list of people that is long: the bench's own, the first below the top. */
export const LONG_LIST = { id: '11111111-1111-4111-8111-111111111111', name: 'All hands' }

/** The demo company as LDIF, with the first `listed` people in one department more, the first of them on top. */
export function longListCompany(o: { baseDn: string; people: number; listed: number }): {
  readonly ldif: string
  /** The DN of whoever is on top of the list. */
  readonly first: string
} {
  const pieces: string[] = []
  let isBelowTop = false
  let listed = 0
  let first = ''
  for (const entry of demoCompany(o)) {
    const { dn, id, attributes } = entry
    const memberships = attributes['dlrMembership']
    const isListed = Array.isArray(memberships) && listed < o.listed
    if (isListed && listed++ === 0) first = dn
    const sortKey = dn === first ? '' : '1'
    const membership = JSON.stringify({ departmentId: LONG_LIST.id, sortKey })
    const own = isListed ? { ...attributes, dlrMembership: [...memberships, membership] } : attributes
    pieces.push(ldifEntry(dn, { ...own, entryUUID: id }))
    if (!isBelowTop && dn.startsWith('ou=')) {
      isBelowTop = true
      pieces.push(longList(entry))
    }
  }
  return { ldif: pieces.join(''), first }
}

function longList({ dn, attributes }: DemoEntry): string {
  return ldifEntry(`ou=all-hands,${dn}`, {
    ...attributes,
    ou: 'all-hands',
    displayName: LONG_LIST.name,
    dlrSort: '',
    entryUUID: LONG_LIST.id,
  })
}
