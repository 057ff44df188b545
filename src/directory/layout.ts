import { createHash, randomBytes } from 'node:crypto'
import { ldifEntry } from './ldif.ts'
import { parseDn, type Layout } from './names.ts'

export interface LayoutEntry {
  readonly dn: string
  readonly attributes: Readonly<Record<string, string | readonly string[]>>
}

/** What must stand below the base before the first department is made, parents first. */
export function layoutEntries(layout: Layout): LayoutEntry[] {
  const { base: _, policies, ...parts } = layout
  const unit = (dn: string): LayoutEntry => ({
    dn,
    attributes: { objectClass: 'organizationalUnit', ou: parseDn(dn)[0]?.[0]?.value ?? '' },
  })
  return [...Object.values(parts).map(unit), unit(policies), ...policyEntries(policies)]
}

export function layoutLdif(layout: Layout): string {
  return [baseEntry(layout.base), ...layoutEntries(layout)]
    .map((entry) => ldifEntry(entry.dn, entry.attributes))
    .join('')
}

/** The base itself; throws when its name does not say what it is. */
export function baseEntry(base: string): LayoutEntry {
  const { type = '', value = '' } = parseDn(base)[0]?.[0] ?? {}
  switch (type.toLowerCase()) {
    case 'dc':
      return { dn: base, attributes: { objectClass: ['dcObject', 'organization'], dc: value, o: value } }
    case 'o':
      return { dn: base, attributes: { objectClass: 'organization', o: value } }
    case 'ou':
      return { dn: base, attributes: { objectClass: 'organizationalUnit', ou: value } }
    default:
      throw new Error(
        `The base ${base} cannot be made here: it must begin with dc=, o= or ou=, or exist already.`,
      )
  }
}

/** Logins that nobody has are checked against this account, so that they take as long as those that somebody has (T91). */
export function decoyDn(layout: Layout): string {
  return `cn=decoy,${layout.policies}`
}

/**
 * Failed binds are not counted by the directory: whoever knows a login could lock its owner out, and each count would be
 * a write. The server slows down guessing itself, per account and address.
 */
function policyEntries(policies: string): LayoutEntry[] {
  return [
    {
      dn: `cn=default,${policies}`,
      attributes: {
        objectClass: ['device', 'pwdPolicy'],
        cn: 'default',
        pwdAttribute: 'userPassword',
        pwdLockout: 'FALSE',
        pwdMinLength: '8',
        pwdCheckQuality: '1',
      },
    },
    {
      dn: `cn=decoy,${policies}`,
      attributes: {
        objectClass: ['device', 'simpleSecurityObject'],
        cn: 'decoy',
        description: 'Nobody. Logins that do not exist are checked against it.',
        userPassword: hashPassword(randomBytes(32).toString('base64')),
      },
    },
  ]
}

/** {SSHA}, the strongest scheme that every slapd has without a module: for LDIF, which slapadd loads as it is. */
export function hashPassword(password: string): string {
  const salt = randomBytes(8)
  const digest = createHash('sha1').update(password).update(salt).digest()
  return `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}`
}
